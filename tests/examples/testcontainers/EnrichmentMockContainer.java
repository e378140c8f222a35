// Testcontainers in Java: @Container static final EnrichmentMockContainer mock = new EnrichmentMockContainer();
import org.testcontainers.Testcontainers;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

public class EnrichmentMockContainer extends GenericContainer<EnrichmentMockContainer> {
  private static final int PORT = 8080;

  public EnrichmentMockContainer() {
    super(DockerImageName.parse("ghcr.io/your-org/enrichment-mock:0.1.0"));
    withExposedPorts(PORT);
    withEnv("ENRICHMENT_MOCK_CLOCK", "manual");
    // Not the default, which looks for the port with a shell: the image has none.
    waitingFor(Wait.forHttp("/__admin/ready").forPort(PORT));
  }

  /** The base URL for the client under test. */
  public String url() {
    return "http://" + getHost() + ":" + getMappedPort(PORT);
  }

  /** Call before start(): where the mock finds a receiver that listens on this port of the test's machine. */
  public static String callbackUrl(int port) {
    Testcontainers.exposeHostPorts(port);
    return "http://host.testcontainers.internal:" + port;
  }
}
