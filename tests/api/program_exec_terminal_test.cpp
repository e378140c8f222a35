// exec on a terminal: the command reads it, gets each key once, and the terminal is as before when it has ended.
#include <csignal>
#include <doctest/doctest.h>

#include "support/checkout.h"
#include "support/process.h"

using namespace enrichment_mock::support;

namespace {

// A shell on a terminal of its own, with exec as its parent.
struct ExecOnTerminal {
  explicit ExecOnTerminal(const std::string& script)
      : process({.args = {"exec", "--", "sh", "-c", script},
                 .environment = {{"MOCK", mock_binary()}, {"TERM", "dumb"}, {"PS1", "prompt\\n"}},
                 .terminal = true}) {}

  std::string next() {
    auto line = process.read_line().value_or("(the end)");
    while (line.ends_with('\r')) line.pop_back();
    return line;
  }

  // Reads up to the line that is `wanted`; what is typed is shown on the terminal, too.
  bool shows(const std::string& wanted) {
    auto line = next();
    while (line != wanted && line != "(the end)") line = next();
    return line == wanted;
  }

  Process process;
};

// Shows each signal that it takes. A shell may lose one while it starts a process.
const std::string kTakes = R"(exec python3 -c 'import signal
taken = {signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1}
signal.pthread_sigmask(signal.SIG_BLOCK, taken)
print("ready", flush=True)
while True: print(signal.Signals(signal.sigwait(taken)).name, flush=True)')";

// Reads no key until it has been stopped and continued. A command that waits for a key when Ctrl+Z is pressed may still
// take the next one: exec may stop before it, and then the shell prompts.
const std::string kReadsWhenContinued = R"py(import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCONT})
print("ready", flush=True)
signal.sigwait({signal.SIGCONT})
print("read:", input()))py";

}  // namespace

TEST_CASE("exec terminal: the command reads what is typed") {
  ExecOnTerminal exec("echo ready; read line; echo \"read: $line\"; exit 3");
  CHECK(exec.shows("ready"));
  exec.process.type("hello\n");
  CHECK(exec.shows("read: hello"));
  CHECK(exec.process.wait().status == 3);
}

TEST_CASE("exec terminal: a key that sends a signal reaches the command once, a second one kills the command") {
  struct Case {
    const char *key, *shown;
  };
  for (const auto& [key, shown] : {Case{"\x03", "SIGINT"}, {"\x1c", "SIGQUIT"}}) {
    ExecOnTerminal exec(kTakes);
    CHECK(exec.shows("ready"));
    exec.process.type(key);
    CHECK(exec.next().ends_with(shown));  // after ^C
    exec.process.signal(SIGUSR1);         // exec passes signals on one after the other
    CHECK(exec.next() == "SIGUSR1");
    exec.process.type(key);
    CHECK(exec.process.wait().status == 128 + SIGKILL);
  }
}

TEST_CASE("exec terminal: Ctrl+C ends a command that does not handle it") {
  ExecOnTerminal exec(
      "exec python3 -c 'import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); print(\"ready\", "
      "flush=True); signal.pause()'");
  CHECK(exec.shows("ready"));
  exec.process.type("\x03");
  CHECK(exec.process.wait().status == 128 + SIGINT);
}

TEST_CASE("exec terminal: a signal from another process is passed on, also on a terminal") {
  ExecOnTerminal exec(kTakes);
  CHECK(exec.shows("ready"));
  exec.process.signal(SIGINT);
  CHECK(exec.next() == "SIGINT");
}

TEST_CASE("exec terminal: a command that is killed leaves the terminal as it was") {
  ExecOnTerminal exec(R"("$MOCK" exec -- sh -c 'stty raw -echo; kill -9 $$' 2> /dev/null
      stty -a | tr -s ' ;' '\n' | grep -x -e '-*echo' -e '-*icanon'; echo end)");
  CHECK(exec.shows("icanon"));
  CHECK(exec.shows("echo"));
  CHECK(exec.shows("end"));

  // A shell with jobs makes itself the foreground group.
  ExecOnTerminal shell(R"("$MOCK" exec -- bash --norc -i -c 'kill -9 $$' 2> /dev/null; read line; echo "read: $line")");
  shell.process.type("hello\n");
  CHECK(shell.shows("read: hello"));
}

TEST_CASE("exec terminal: Ctrl+Z stops the command and exec, and a shell continues both") {
  ExecOnTerminal exec("export READER='" + kReadsWhenContinued + "'; exec bash --norc --noediting -i");
  CHECK(exec.shows("prompt"));
  exec.process.type("\"$MOCK\" exec -- python3 -c \"$READER\"; echo status $?\n");
  CHECK(exec.shows("ready"));
  exec.process.type("\x1a");
  CHECK(exec.shows("status 148"));
  exec.process.type("jobs | grep -c 'Stopped.*exec'\n");
  CHECK(exec.shows("1"));
  exec.process.type("fg > /dev/null; echo again $?\n");
  exec.process.type("hello\n");
  CHECK(exec.shows("read: hello"));
  CHECK(exec.shows("again 0"));
  exec.process.type("exit 6\n");
  CHECK(exec.process.wait().status == 6);
}

TEST_CASE("exec terminal: if the terminal is closed, nothing is left") {
  auto exec = std::make_unique<ExecOnTerminal>("setsid sleep 1000 & echo ready; sleep 1000");
  CHECK(exec->shows("ready"));
  exec->process.close_terminal();
  CHECK(exec->process.leaves_nothing());
  CHECK(exec->process.wait().status == 128 + SIGHUP);
}
