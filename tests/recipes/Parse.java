// Reads Java files as the compiler does, without looking for what they import. Prints what is no Java, and exits with 1.
import com.sun.source.util.JavacTask;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

public class Parse {
  public static void main(String[] files) throws Exception {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var problems = new DiagnosticCollector<JavaFileObject>();
    var manager = compiler.getStandardFileManager(problems, null, null);
    var task = (JavacTask) compiler.getTask(null, manager, problems, null, null, manager.getJavaFileObjects(files));
    task.parse();
    problems.getDiagnostics().forEach(System.out::println);
    System.exit(problems.getDiagnostics().isEmpty() ? 0 : 1);
  }
}
