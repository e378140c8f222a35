// audit: in which scenarios the command runs and how, what is reported, and that nothing is left.
#include <csignal>
#include <doctest/doctest.h>

#include "support/checkout.h"
#include "support/control_client.h"
#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;

namespace {

Process::Settings audit_of(const std::string& script, std::vector<std::string> flags) {
  flags.insert(flags.begin(), "audit");
  flags.insert(flags.end(), {"--", "sh", "-c", script});
  return {.args = std::move(flags), .environment = {{"GITHUB_ACTIONS", ""}}};
}

Process::Ended run_audit(const std::string& script, std::vector<std::string> flags) {
  return run_to_end(audit_of(script, std::move(flags)));
}

bool contains_text(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A scenario without expectations in a directory.
std::string write_scenario(const TemporaryDirectory& directory, const std::string& name, const std::string& more = "") {
  return directory.write(name + ".json", R"({"name": ")" + name + "\"" + more + "}");
}

constexpr char kSubmitTwice[] = R"(for i in 1 2; do
curl -s -o /dev/null -H "content-type: application/json" -H "x-api-key: $ENRICHMENT_MOCK_API_KEY" \
  $ENRICHMENT_MOCK_URL/v1/api/enrichment/email -d '{"linkedin_url": "https://www.linkedin.com/in/a", "type": "work"}'; done)";

}  // namespace

TEST_CASE("audit: runs the command once in each scenario, and prints a table") {
  const TemporaryDirectory directory;
  const auto good = write_scenario(directory, "good"), bad = write_scenario(directory, "bad");
  const auto strict = write_scenario(directory, "strict", R"(, "expect": {"completed": 1})");
  const auto ended = run_audit("case $ENRICHMENT_MOCK_API_KEY in good.audit-*) ;; strict.*) ;; *) exit 3;; esac",
                               {"--scenarios", good + "," + bad + "," + strict});
  CHECK(ended.status == 1);
  CHECK(contains_text(ended.output, "scenario  result  exit  expect  time "));
  CHECK(contains_text(ended.output, "\nbad       FAILED  3     ok "));
  CHECK(contains_text(ended.output, "\ngood      passed  0     ok "));
  CHECK(contains_text(ended.output, "\nstrict    FAILED  0     failed "));
  CHECK(ended.output.ends_with("\n3 scenarios: 1 passed, 2 failed\n"));
  CHECK(contains_text(ended.errors, "enrichment-mock: bad: exit status 3\nno calls with the key"));
  CHECK(contains_text(ended.errors, "expect of the scenario strict: completed: expected 1, found 0\n"));

  const auto passed = run_audit("exit 0", {"--scenarios", good});
  CHECK(passed.status == 0);
  CHECK(passed.output.ends_with("\n1 scenarios: 1 passed, 0 failed\n"));
}

TEST_CASE("audit: without a list it runs in all shipped scenarios, each with a key that opens it") {
  const auto ended = run_audit(R"(curl -s -H "x-api-key: $ENRICHMENT_MOCK_API_KEY" $ENRICHMENT_MOCK_ADMIN_URL/teams)",
                               {"--format", "json", "--jobs", "4"});
  const auto scenarios = json::parse(ended.output)["scenarios"];
  CHECK(scenarios.size() > 15);
  for (const auto& each : scenarios) {
    const auto name = each["scenario"].get<std::string>();
    CHECK_MESSAGE(contains_text(ended.errors, R"("scenario":")" + name + "\""), name);
  }
}

TEST_CASE("audit: team time runs ten times as fast, except if the scenario has a schedule or a rate limit") {
  const TemporaryDirectory directory;
  write_scenario(directory, "manual", R"(, "clock": {"mode": "manual"})");
  write_scenario(directory, "limited", R"(, "rate_limit": {"requests": 5, "per": "1s"})");
  write_scenario(directory, "scheduled", R"(, "schedule": [{"at": "1h", "until": "2h", "response": {"status": 503}}])");
  const auto ended =
      run_audit(R"(curl -s -H "x-api-key: $ENRICHMENT_MOCK_API_KEY" $ENRICHMENT_MOCK_ADMIN_URL/clock; echo)",
                {"--scenarios", directory.path()});
  const auto clock = [&](const std::string& scale) { return "{\"mode\":\"running\",\"scale\":" + scale + ".0,"; };
  CHECK(contains_text(ended.errors, clock("1")));
  CHECK(ended.errors.find(clock("1"), ended.errors.find(clock("1")) + 1) != std::string::npos);
  CHECK(contains_text(ended.errors, clock("10")));
}

TEST_CASE("audit: a command that takes too long is killed with all that it has started, and has failed") {
  const TemporaryDirectory directory;
  Process process(audit_of("trap '' TERM; setsid sleep 1000 & sleep 1000",
                           {"--scenarios", write_scenario(directory, "one"), "--timeout", "100ms"}));
  CHECK(process.leaves_nothing());
  const auto ended = process.wait();
  CHECK(ended.status == 1);
  CHECK(contains_text(ended.output, "\none       FAILED  timeout  ok "));
  CHECK(contains_text(ended.errors, "enrichment-mock: one: killed at the timeout\n"));
}

TEST_CASE("audit: a signal ends it and everything that it has started") {
  const TemporaryDirectory directory;
  for (const char* name : {"one", "two", "three"}) write_scenario(directory, name);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGKILL}) {
    Process process(
        audit_of("echo ready >&2; setsid sleep 1000 & sleep 1000", {"--scenarios", directory.path(), "--jobs", "2"}));
    process.await_error("ready\nready\n");
    process.signal(signal);
    if (signal == SIGHUP) process.signal(signal);  // as a terminal that is closed may do: no second request
    if (signal != SIGKILL) CHECK(process.leaves_nothing());
    const auto ended = process.wait();  // returns when nothing is left
    CHECK(ended.status == 128 + signal);
    CHECK(ended.output.empty());
  }
}

TEST_CASE("audit: standard output has only the table; the command reads nothing") {
  const TemporaryDirectory directory;
  auto settings = audit_of("cat; echo printed", {"--scenarios", write_scenario(directory, "one"), "--format", "json"});
  settings.input = "typed\n";
  const auto ended = run_to_end(settings);
  CHECK(contains_text(ended.errors, "printed\n"));
  CHECK_FALSE(contains_text(ended.errors, "typed"));
  const auto result = json::parse(ended.output);
  CHECK(result["passed"] == true);
  const auto& scenario = result["scenarios"][0];
  CHECK(scenario["seconds"].is_number());
  const json expected{
      {"scenario", "one"}, {"passed", true}, {"status", 0}, {"end", "exit status 0"}, {"complete", true}};
  for (const auto& [name, value] : expected.items()) CHECK(scenario[name] == value);
  CHECK(scenario["expect"] == json{{"passed", true}, {"message", ""}});
  CHECK(scenario["findings"] == json::array());
}

TEST_CASE("audit: findings are shown, and fail it with --fail-on") {
  const TemporaryDirectory directory;
  const auto one = write_scenario(directory, "one"), file = directory.path("report.xml");
  const auto shown = run_audit(kSubmitTwice, {"--scenarios", one});
  CHECK(shown.status == 0);
  CHECK(contains_text(shown.output, "duplicate-lookup"));
  CHECK(contains_text(shown.errors, "(duplicate-lookup)"));
  const auto failed = run_audit(kSubmitTwice, {"--scenarios", one, "--fail-on", "error", "--junit", file});
  CHECK(failed.status == 1);
  CHECK(contains_text(failed.output, "\none       FAILED  0     ok "));
  const auto report = read_file(file);
  CHECK(contains_text(report, R"(<testsuite name="enrichment-mock audit" tests="1" failures="1" errors="0")"));
  CHECK(contains_text(report, R"(name="one")"));
  CHECK(contains_text(report, "duplicate-lookup"));
}

TEST_CASE("audit: bad usage is reported") {
  const TemporaryDirectory directory;
  struct Case {
    std::vector<std::string> args;
    std::string message;
  };
  for (const auto& [args, message] :
       {Case{{"audit"}, "audit: expected -- and the command to run"},
        {{"audit", "--scenarios", "stukc", "--", "true"},
         "--scenarios: there is no scenario \"stukc\": expected a file, a directory, or a name"},
        {{"audit", "--jobs", "0", "--", "true"}, "--jobs: \"0\" is not valid: expected a number from 1 to 100"},
        {{"audit", "--fail-on", "warn", "--", "true"},
         "--fail-on: \"warn\" is not valid: expected note or warning or error"},
        {{"audit", "--scenarios", directory.write("bad.json", "{}"), "--", "true"}, "bad.json"}}) {
    const auto ended = run(args);
    CHECK(ended.status == 2);
    CHECK_MESSAGE(contains_text(ended.errors, message), ended.errors);
  }
}
