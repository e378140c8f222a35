// exec: the status, streams, signals and processes of the command, and what is reported about it.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/api_client.h"
#include "support/checkout.h"
#include "support/control_client.h"
#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;

namespace {

constexpr char kMockVariable[] = "MOCK";  // the program, for scripts

constexpr int kMany = 100;

Process::Settings exec_of(const std::string& script, std::vector<std::string> flags = {}) {
  flags.insert(flags.begin(), "exec");
  flags.insert(flags.end(), {"--", "sh", "-c", script});
  return {.args = std::move(flags), .environment = {{kMockVariable, mock_binary()}, {"GITHUB_ACTIONS", ""}}};
}

Process::Ended run_exec(const std::string& script, std::vector<std::string> flags = {}) {
  return run_to_end(exec_of(script, std::move(flags)));
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The values of NAME=value that the command prints.
std::map<std::string, std::string> read_variables(Process& process, int count) {
  std::map<std::string, std::string> found;
  for (int i = 0; i < count; ++i) {
    const auto line = process.read_line().value_or("");
    found[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
  }
  return found;
}

bool is_gone(pid_t pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; }

// Waits until a process that was killed is gone: the last moment of a process has no other sign.
bool goes(pid_t pid) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!is_gone(pid))
    if (std::chrono::steady_clock::now() > deadline) return false;
  return true;
}

// Makes one call with the key, and one without a team.
constexpr char kCalls[] = R"(
call() { curl -s -o /dev/null -H "content-type: application/json" -H "x-api-key: $ENRICHMENT_MOCK_API_KEY" "$@"; }
call $ENRICHMENT_MOCK_URL/v1/api/enrichment/email -d '{"linkedin_url": "https://www.linkedin.com/in/not-fuond"}'
call $ENRICHMENT_MOCK_URL/v1/api/enrichment/credit
curl -s -o /dev/null $ENRICHMENT_MOCK_URL/v1/api/enrichment/credits -H 'x-api-key: defalut.x'
)";

}  // namespace

TEST_CASE("exec: returns the command's exit status, as a shell shows it") {
  struct Case {
    const char* script;
    int status;
    const char* message;
  };
  for (const auto& [script, status, message] : {Case{"exit 0", 0, ""},
                                                {"exit 3", 3, ": exit status 3"},
                                                {"exit 255", 255, ": exit status 255"},
                                                {"kill -9 $$", 137, ": killed by signal 9 (Killed)"},
                                                {"kill -TERM $$", 143, ": killed by signal 15"},
                                                {"kill -SEGV $$", 139, ": killed by signal 11"}}) {
    const auto ended = run_exec(script);
    CAPTURE(ended.errors);
    CHECK(ended.status == status);
    CHECK(ended.output.empty());
    CHECK(has(ended.errors, message));
    CHECK(ended.errors.empty() == (status == 0));
  }
}

TEST_CASE("exec: 127 if there is no such command, 126 if it cannot be started") {
  const TemporaryDirectory directory;
  const auto plain = directory.write("plain", "echo no");
  struct Case {
    std::string command;
    int status;
  };
  for (const auto& [command, status] :
       {Case{"/nowhere/x", 127}, {"no-such-command", 127}, {plain, 126}, {directory.path(), 126}}) {
    const auto ended = run({"exec", "--", command});
    CHECK(ended.status == status);
    CHECK(has(ended.errors, "enrichment-mock: " + command + ": cannot be started: "));
    CHECK_FALSE(has(ended.errors, "no calls"));
  }
}

TEST_CASE("exec: bad usage, a bad scenario and a port in use are reported without running the command") {
  const TemporaryDirectory directory;
  const auto bad = directory.write("bad.json", R"({"name": "bad", "credits": -1})");
  const RunningMock other;
  struct Case {
    std::vector<std::string> args;
    int status;
    std::string message;
  };
  for (const auto& [args, status, message] :
       {Case{{"exec"}, 2, "exec: expected -- and the command to run"},
        {{"exec", "echo"}, 2, "unexpected argument \"echo\"; expected -- before the command"},
        {{"exec", "x", "--", "echo"}, 2, "unexpected argument \"x\"; expected -- before the command"},
        {{"exec", "--verfy", "--", "echo"}, 2, "unknown flag \"--verfy\"; did you mean \"--verify\"?"},
        {{"exec", "--stop-on-eof", "--", "echo"}, 2, "unknown flag \"--stop-on-eof\""},
        {{"exec", "--scenario", bad, "--", "echo"}, 2, "bad.json:1:"},
        {{"exec", "--port", std::to_string(other.port), "--", "echo"}, 1, "address already in use"}}) {
    const auto ended = run(args);
    CHECK(ended.status == status);
    CHECK(ended.output.empty());
    CHECK_MESSAGE(has(ended.errors, message), ended.errors);
  }
}

TEST_CASE("exec: the command gets the URLs of the mock and a key of its own") {
  struct Case {
    const char *scenario, *key;
  };
  for (const auto& [scenario, key] : {Case{"default", "default.exec-"},
                                      {"flaky-callback", "flaky-callback.exec-"},
                                      {"closed-teams", "closed-teams-acme"}}) {
    Process process(exec_of("env | grep ^ENRICHMENT_MOCK_; exec sleep 1000", {"--scenario", scenario}));
    const auto variables = read_variables(process, 3);
    const auto url = variables.at("ENRICHMENT_MOCK_URL");
    CHECK(variables.at("ENRICHMENT_MOCK_ADMIN_URL") == url + "/__admin");
    CHECK(variables.at("ENRICHMENT_MOCK_API_KEY").starts_with(key));
    ControlClient client(url, variables.at("ENRICHMENT_MOCK_API_KEY"));
    CHECK(client.credits() == 250);
    CHECK(client.get("teams").body()["teams"][0]["scenario"] == scenario);
    process.signal(SIGTERM);
    CHECK(process.wait().status == 143);
  }
}

TEST_CASE("exec: the command can call verify and other commands, with the token") {
  const auto ended = run_exec(R"("$MOCK" healthcheck > /dev/null && "$MOCK" verify --timeout 1ms; echo $?)",
                              {"--admin-token", "secret", "--scenario", "not-found"});
  CHECK(has(ended.output, "failed: requests: expected at least 1, found 0"));
  CHECK(ended.output.ends_with("\n1\n"));
}

TEST_CASE("exec: the streams are the command's alone") {
  auto settings = exec_of("cat; echo error >&2");
  settings.input = "one\ntwo\n";
  const auto ended = run_to_end(settings);
  CHECK(ended.output == "one\ntwo\n");
  CHECK(ended.errors == "error\n");

  Process process(exec_of("echo first; exec >&-; trap 'exit 5' TERM; echo closed >&2; sleep 1000 & wait"));
  CHECK(process.read_line() == "first");
  CHECK(process.read_line() == std::nullopt);  // while the command still runs
  process.await_error("closed");
  process.signal(SIGTERM);
  CHECK(process.wait().status == 5);

  CHECK(run_exec(R"("$MOCK" exec -- sh -c 'exec <&- >&- 2>&-; exit 4'; echo $?)").output == "4\n");
}

TEST_CASE("exec: a reader that leaves ends the command, as without exec") {
  const auto directly =
      run_to_end({.args = {"-c", "{ yes 2> /dev/null; echo $? >&2; } | head -n 1"}, .program = "/bin/sh"});
  const auto ended = run_exec(R"({ "$MOCK" exec -- yes 2> /dev/null; echo $? >&2; } | head -n 1)");
  CHECK(ended.output == "y\n");
  CHECK(ended.errors == directly.errors);  // 128 + SIGPIPE, unless these tests ignore it
}

TEST_CASE("exec: passes on as much as the command prints") {
  const std::string size = std::to_string(2'000'000'000LL);
  const auto ended = run_exec("\"$MOCK\" exec -- head -c " + size + " /dev/zero | wc -c");
  CHECK(ended.output.find(size) != std::string::npos);
  CHECK(ended.status == 0);
}

#ifdef __linux__
TEST_CASE("exec: the command starts with the limits, open files, signal mask and ignored signals of exec") {
  constexpr char kShow[] = "ulimit -n; ls /proc/self/fd | wc -l; grep -E 'Sig(Blk|Ign)' /proc/self/status";
  for (const std::string before : {"", "trap '' HUP PIPE USR1 CHLD; ", "ulimit -Sn 200; exec 7< /dev/null; "}) {
    const auto direct = run_to_end({.args = {"-c", before + "sh -c \"" + kShow + "\""}, .program = "/bin/sh"}).output;
    const auto with_exec = run_to_end({.args = {"-c", before + "\"$MOCK\" exec -- sh -c \"" + kShow + "\""},
                                       .environment = {{kMockVariable, mock_binary()}},
                                       .program = "/bin/sh"})
                               .output;
    CHECK(with_exec == direct);
  }
}
#endif

TEST_CASE("exec: no process outlives it, whatever the command has started") {
  for (const char* script :
       {"sleep 1000 & echo started", "setsid sleep 1000 & echo started",
        "setsid sh -c 'trap \"\" TERM HUP INT; (sleep 1000 & sleep 1000) & sleep 1000' & echo started",
        "(setsid sh -c 'sleep 1000 & sleep 1000 & exit' &) ; echo started; kill -9 $$",
        "chain() { (chain &) ; }; chain & echo started", "sh -c 'kill -STOP $$' & echo started",
        "\"$MOCK\" exec -- sh -c 'setsid sleep 1000 & sleep 1000' & echo started"}) {
    CAPTURE(script);
    Process process(exec_of(script));
    CHECK(process.read_line() == "started");
    CHECK(process.leaves_nothing());
    process.wait();
  }
}

TEST_CASE("exec: a daemon that has closed all its files does not outlive it") {
  Process process(
      exec_of("setsid sh -c 'echo $$; exec sleep 1000 <&- >&- 2>&- 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-' & trap 'exit 5' "
              "TERM; wait; wait"));
  const auto daemon = static_cast<pid_t>(std::stol(process.read_line().value_or("0")));
  REQUIRE(daemon > 0);
  process.signal(SIGTERM);
  CHECK(process.wait().status == 5);
  CHECK(is_gone(daemon));
}

TEST_CASE("exec: if it is killed, nothing is left") {
  for (int round = 0; round < kMany; ++round) {
    Process process(
        exec_of("trap '' TERM HUP; setsid sleep 1000 & sh -c 'sleep 1000 & sleep 1000' & echo $$; wait; wait"));
    const auto command = static_cast<pid_t>(std::stol(process.read_line().value_or("0")));
    process.signal(SIGKILL);
    CHECK(process.wait().status == 128 + SIGKILL);  // returns when no process has the descriptor that each inherits
    CHECK(goes(command));
  }
}

#ifdef __linux__
TEST_CASE("exec: if its whole process group is killed, nothing is left") {
  auto settings = exec_of("setsid sleep 1000 & echo started; kill -9 0");
  settings.args.insert(settings.args.begin(), mock_binary());
  settings.program = "/usr/bin/setsid";
  Process process(settings);
  CHECK(process.read_line() == "started");
  CHECK(process.wait().status == 128 + SIGKILL);
}

TEST_CASE("exec: if its guardian is killed, it ends the command and reports it") {
  Process process(exec_of("setsid sleep 1000 & echo $PPID; trap '' TERM; while :; do sleep 1000; done"));
  const auto guardian = static_cast<pid_t>(std::stol(process.read_line().value_or("0")));
  REQUIRE(guardian > 1);
  ::kill(guardian, SIGKILL);
  CHECK(process.leaves_nothing());
  const auto ended = process.wait();
  CHECK(ended.status == 1);
  CHECK(has(ended.errors, "killed, because the process that watches it was killed"));
}
#endif

TEST_CASE("exec: many at once, and one in another, leave nothing") {
  std::vector<std::unique_ptr<Process>> all;
  for (int i = 0; i < kMany; ++i)
    all.push_back(std::make_unique<Process>(exec_of("setsid sleep 1000 & echo ready; sleep 1000")));
  for (auto& process : all) CHECK(process->read_line() == "ready");
  for (auto& process : all) process->signal(SIGTERM);
  for (auto& process : all) {
    CHECK(process->leaves_nothing());
    CHECK(process->wait().status == 143);
  }

  const auto nested = run_exec(R"(echo $ENRICHMENT_MOCK_API_KEY $ENRICHMENT_MOCK_URL
      "$MOCK" exec --scenario stuck -- sh -c 'echo $ENRICHMENT_MOCK_API_KEY $ENRICHMENT_MOCK_URL; exit 9')");
  CHECK(nested.status == 9);
  const auto inner = nested.output.find("\nstuck.exec-");
  REQUIRE(inner != std::string::npos);
  CHECK(nested.output.substr(nested.output.find("http"), inner - nested.output.find("http")) !=
        nested.output.substr(nested.output.rfind("http")));
}

TEST_CASE("exec: passes signals on to the command") {
  struct Case {
    int signal;
    const char* name;
  };
  for (const auto& [signal, name] : {Case{SIGTERM, "TERM"},
                                     {SIGINT, "INT"},
                                     {SIGHUP, "HUP"},
                                     {SIGQUIT, "QUIT"},
                                     {SIGUSR1, "USR1"},
                                     {SIGUSR2, "USR2"}}) {
    const std::string trap = "trap 'echo got; exit 7' " + std::string(name);
    Process process(exec_of(trap + "; echo ready; sleep 1000 & wait"));
    CHECK(process.read_line() == "ready");
    process.signal(signal);
    CHECK(process.read_line() == "got");
    CHECK(process.wait().status == 7);
  }
}

TEST_CASE("exec: a second signal kills the command; SIGUSR1 and SIGUSR2 do not count") {
  constexpr char kIgnores[] = "trap '' TERM INT; trap 'echo got' USR1; echo ready; while :; do sleep 1000 & wait; done";
  Process process(exec_of(kIgnores));
  CHECK(process.read_line() == "ready");
  for (int i = 0; i < 3; ++i) {
    process.signal(SIGUSR1);
    CHECK(process.read_line() == "got");
  }
  process.signal(SIGTERM);
  process.signal(SIGINT);
  CHECK(process.wait().status == 128 + SIGKILL);
}

TEST_CASE("exec: a signal that comes twice at once, as from timeout(1), is one signal") {
  CHECK(succeeds_in_one_try([] {
    Process process(exec_of("trap '' TERM; trap 'exit 4' USR1; echo ready; while :; do sleep 1000 & wait; done"));
    process.read_line();
    process.signal(SIGTERM);
    process.signal(SIGTERM);
    process.signal(SIGUSR1);
    return process.wait().status == 4;
  }));
}

TEST_CASE("exec: a signal while it waits for lookups ends it at once") {
  Process process(exec_of(std::string(kCalls) + R"(
      call $ENRICHMENT_MOCK_URL/v1/api/enrichment/email -d '{"linkedin_url": "https://www.linkedin.com/in/a", "type": "work"}'
      trap '' USR1; setsid sleep 1000 & echo done)",
                          {"--verify", "--timeout", "10m", "--scenario", "slow-lookup"}));
  CHECK(process.read_line() == "done");
  process.signal(SIGUSR1);  // is for the command
  process.signal(SIGTERM);
  CHECK(process.leaves_nothing());
  CHECK(process.wait().status == 143);
}

TEST_CASE("exec: if the command fails, its calls are shown with reasons, and the snapshot is written") {
  const TemporaryDirectory directory;
  const auto file = directory.path("snapshot.json"), report = directory.path("report.xml");
  const auto ended = run_exec(kCalls + std::string("exit 3"), {"--snapshot", file, "--junit", report});
  CHECK(ended.status == 3);
  CHECK(ended.output.empty());
  for (const char* part :
       {"exit status 3\ncalls:\n  1 POST /v1/api/enrichment/email 400: type is required\n",
        "\n  2 GET /v1/api/enrichment/credit 404: Cannot GET /v1/api/enrichment/credit; did you mean",
        "\ncalls without a team:\n  3 GET /v1/api/enrichment/credits 401: No scenario is named \"defalut\""})
    CHECK_MESSAGE(has(ended.errors, part), ended.errors);
  const auto snapshot = json::parse(read_file(file));
  CHECK(snapshot["teams"][0]["requests"].size() == 2);
  CHECK(snapshot["other_requests"].size() == 1);
  CHECK(has(read_file(report), R"(<testsuite name="enrichment-mock exec" tests="1" failures="1" errors="0")"));
  CHECK(has(read_file(report), "type is required"));

  CHECK(run_exec("true", {"--snapshot", directory.path("none.json")}).status == 0);
  CHECK(read_file(directory.path("none.json")).empty());
}

TEST_CASE("exec: shows the nearest rule of a call, calls with other keys, and callbacks that were not delivered") {
  const TemporaryDirectory directory;
  const auto scenario =
      directory.write("mine.json", R"({"name": "mine", "lookup": {"pending": "0ms", "processing": "0ms"},
      "callback": {"max_attempts": 1}, "expect": {"completed": 1},
      "rules": [{"name": "no email", "match": {"username": "nobody*", "type": "work"}, "lookup": {"outcome": "not-found"}}]})");
  const auto ended = run_exec(R"(call() { curl -s -o /dev/null -H "content-type: application/json" "$@"; }
      call -H "x-api-key: $ENRICHMENT_MOCK_API_KEY" $ENRICHMENT_MOCK_URL/v1/api/enrichment/email -d '{"type": "personal",
        "linkedin_url": "https://www.linkedin.com/in/nobody-1", "callback_url": "http://127.0.0.1:1/x"}'
      call -H "x-api-key: mine.other" $ENRICHMENT_MOCK_URL/v1/api/enrichment/credits; exit 1)",
                              {"--scenario", scenario, "--verify"});
  for (const char* part :
       {"\n    nearest rule: no email; type: expected work, found personal\n", "\ncalls with other keys:\n  min***#",
        ": exhausted, attempts: 1, the last one failed: connection refused"})
    CHECK_MESSAGE(has(ended.errors, part), ended.errors);
  CHECK_FALSE(has(ended.errors, "expect of the scenario"));
}

TEST_CASE("exec: --verify waits for what is open, and fails with 1 if only the check fails") {
  const TemporaryDirectory directory;
  const auto file = directory.path("snapshot.json"), report = directory.path("report.xml");
  const auto scenario = directory.write("mine.json", R"({"name": "mine", "expect": {"completed": 1}})");
  const auto submits = [](int count, const std::string& more) {
    std::string script = "i=0; while [ $i -lt " + std::to_string(count) + " ]; do i=$((i+1));";
    return script +
           R"(curl -s -o /dev/null -H "content-type: application/json" -H "x-api-key: $ENRICHMENT_MOCK_API_KEY" \
        $ENRICHMENT_MOCK_URL/v1/api/enrichment/email -d '{"linkedin_url": "https://www.linkedin.com/in/a", "type": "work"}'
      done; )" +
           more;
  };
  const auto passed = run_exec(submits(1, ""), {"--verify", "--scenario", scenario, "--junit", report});
  CHECK_FALSE(has(passed.errors, "expect of the scenario"));
  CHECK(passed.status == 0);
  CHECK(has(read_file(report), R"(tests="2" failures="0" errors="0")"));

  const auto failed =
      run_exec(submits(2, ""), {"--verify", "--scenario", scenario, "--junit", report, "--snapshot", file});
  CHECK(failed.status == 1);
  CHECK(has(failed.errors, "enrichment-mock: expect of the scenario mine: completed: expected 1, found 2\n"));
  CHECK(has(failed.errors, "\ncalls:\n  1 POST /v1/api/enrichment/email 201\n"));
  CHECK(has(read_file(report), R"(tests="2" failures="1" errors="0")"));
  CHECK(json::parse(read_file(file))["teams"][0]["enrichments"].size() == 2);

  const auto open =
      run_exec(submits(1, ""), {"--verify", "--scenario", scenario, "--timeout", "1ms", "--time-scale", "0.001"});
  CHECK(open.status == 1);
  CHECK(has(open.errors, "\nopen: "));

  const auto both = run_exec(submits(2, "exit 6"), {"--verify", "--scenario", scenario});
  CHECK(both.status == 6);
  CHECK(has(both.errors, "exit status 6"));
  CHECK(has(both.errors, "completed: expected 1, found 2"));
  CHECK(run_exec(submits(2, ""), {"--scenario", scenario}).status == 0);
  CHECK(run_exec(submits(1, ""), {"--verify", "--scenario", scenario, "--clock", "manual"}).status == 0);
}

TEST_CASE("exec: says what the client does wrong, and fails with --fail-on if that is severe") {
  const TemporaryDirectory directory;
  const auto report = directory.path("report.xml");
  constexpr char kTwice[] = R"(for i in 1 2; do
      curl -s -o /dev/null -H "content-type: application/json" -H "x-api-key: $ENRICHMENT_MOCK_API_KEY" \
        $ENRICHMENT_MOCK_URL/v1/api/enrichment/email -d '{"linkedin_url": "https://www.linkedin.com/in/a", "type": "work"}'
      done; )";
  const auto shown = run_exec(kTwice);
  CHECK(shown.status == 0);
  CHECK(has(shown.errors, "error: The same profile and type was requested again"));
  const auto failed = run_exec(kTwice, {"--fail-on", "error", "--junit", report});
  CHECK(failed.status == 1);
  CHECK(has(failed.errors, "enrichment-mock: advice: duplicate-lookup\ncalls:\n"));
  CHECK(has(read_file(report), R"(<testcase classname="enrichment-mock.exec" name="advice">)"));
  CHECK(run_exec(kTwice + std::string("exit 7"), {"--fail-on", "note"}).status == 7);
  CHECK(run_exec(kTwice, {"--fail-on", "error", "--journal-size", "1"}).status == 1);
  CHECK(has(run_exec(kTwice, {"--fail-on", "error", "--journal-size", "1"}).errors, "enrichment-mock: advice: "));
  CHECK(run_exec("exit 0", {"--fail-on", "note"}).errors.empty());
}

TEST_CASE("exec: processes that the command has left can take callbacks until what is open has ended") {
  const TemporaryDirectory directory;
  const auto scenario = directory.write("mine.json", R"({"name": "mine", "expect": {"callbacks": {"delivered": 1}}})");
  const auto ended = run_exec(R"("$MOCK" --port 0 --port-file )" + directory.path("port") + R"( > /dev/null 2>&1 &
      until [ -s )" + directory.path("port") +
                                  R"( ]; do :; done
      curl -s -o /dev/null -H "content-type: application/json" -H "x-api-key: $ENRICHMENT_MOCK_API_KEY" \
        $ENRICHMENT_MOCK_URL/v1/api/enrichment/email -d '{"linkedin_url": "https://www.linkedin.com/in/a", "type": "work",
        "callback_url": "http://127.0.0.1:'$(cat )" +
                                  directory.path("port") + R"()'/__admin/sink/x"}')",
                              {"--scenario", scenario, "--verify"});
  CHECK_MESSAGE(ended.status == 0, ended.errors);
}

TEST_CASE("exec: a report or snapshot that cannot be written is an error, but the command's status comes first") {
  for (const auto& [script, status] : {std::pair{"exit 0", 1}, {"exit 5", 5}}) {
    const auto ended = run_exec(script, {"--junit", "/nowhere/report.xml"});
    CHECK(ended.status == status);
    CHECK(has(ended.errors, "enrichment-mock: cannot write the report /nowhere/report.xml"));
  }
  CHECK(has(run_exec("exit 5", {"--snapshot", "/nowhere/s.json"}).errors, "cannot write the snapshot /nowhere/s.json"));
}

TEST_CASE("exec: in a workflow of GitHub Actions, annotations are printed on standard error") {
  auto settings = exec_of("exit 3");
  settings.environment["GITHUB_ACTIONS"] = "true";
  const auto ended = run_to_end(settings);
  CHECK(ended.output.empty());
  CHECK(has(ended.errors,
            "\n::error title=enrichment-mock exec%3A sh -c 'exit 3'::exit status 3%0Ano calls with the key"));
}

TEST_CASE("exec: requests are logged only to a file") {
  const TemporaryDirectory directory;
  const auto ended = run_exec(kCalls, {"--log-file", directory.path("log")});
  CHECK(ended.errors.empty());
  CHECK(has(read_file(directory.path("log")), "\"path\":\"/v1/api/enrichment/email\",\"status\":400"));
}
