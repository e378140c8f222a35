// The commands except serve and validate, and the messages for wrong calls.
#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>

#include "support/process.h"
#include "support/receiver.h"
#include "support/temporary_directory.h"
#include "support/without_ipv6.h"

using namespace enrichment_mock::support;

namespace {

Process::Ended verify(const std::string& url, std::vector<std::string> more = {}) {
  std::vector<std::string> args{"verify", "--url", url, "--key", "k"};
  args.insert(args.end(), more.begin(), more.end());
  return run_to_end({.args = args, .environment = {}, .input = {}});
}

struct Case {
  std::vector<std::string> args;
  std::map<std::string, std::string> environment;
  int status;
  std::string said;
};

}  // namespace

TEST_CASE("program: help and version go to standard output, with exit status 0") {
  CHECK(run({"--version"}).output.find("\ncommit ") != std::string::npos);
  for (const char* command : {"serve", "init", "validate", "scenarios", "healthcheck", "verify"}) {
    const auto help = run({command, "--help"});
    CHECK(help.status == 0);
    CHECK(help.output.starts_with("Usage: enrichment-mock "));
    CHECK(help.errors.empty());
  }
}

TEST_CASE("program: scenarios lists the shipped scenarios") {
  const auto listed = run({"scenarios"});
  CHECK(listed.status == 0);
  CHECK(listed.output.find("default ") != std::string::npos);
}

TEST_CASE("program: scenarios lists the scenarios that serve would load, and names the default") {
  const TemporaryDirectory directory;
  const std::string file = directory.write("mine.json", R"({"name": "mine", "description": "My own."})");
  const auto listed = run({"scenarios", "--scenario", file});
  CHECK(listed.status == 0);
  CHECK(listed.output.find("\nmine ") != std::string::npos);
  CHECK(listed.output.find(" My own. (default)\n") != std::string::npos);
  CHECK(run({"scenarios", "--scenarios", directory.path()}).output.find(" My own.\n") != std::string::npos);
  const auto bad = run({"scenarios", "--scenario", directory.write("bad.json", R"({"nmae": "bad"})")});
  CHECK(bad.status == 2);
  CHECK(bad.errors.find("did you mean \"name\"?") != std::string::npos);
}

TEST_CASE("program: init writes a scenario that is valid and runs, and never overwrites a file") {
  const TemporaryDirectory directory;
  const std::string file = directory.path("starter-2.json");
  const auto written = run({"init", file});
  CHECK(written.status == 0);
  CHECK(written.output.find("--scenario " + file) != std::string::npos);
  CHECK(run({"validate", file}).output == file + ": valid\n");
  CHECK(read_file(file).find("\n  // ") != std::string::npos);
  CHECK(RunningMock({"--scenario", file}).ready_line.ends_with("(scenario starter-2)"));

  directory.write("starter-2.json", "precious");
  const auto again = run({"init", file});
  CHECK(again.status == 1);
  CHECK(again.errors == "enrichment-mock: " + file + " already exists; choose another name\n");
  CHECK(read_file(file) == "precious");
  CHECK(run({"init", "/nowhere/x.json"}).status == 1);

  const auto shown = run({"init", "-"});
  CHECK(run_to_end({.args = {"validate", "-"}, .environment = {}, .input = shown.output}).output == "-: valid\n");
}

TEST_CASE("program: healthcheck finds a running mock, and reports when there is none") {
  std::string url;
  {
    RunningMock mock;
    url = mock.url;
    CHECK(run({"healthcheck", "--url", url}).status == 0);
    CHECK(run({"healthcheck", "--port", std::to_string(mock.port)}).output == url + " is healthy\n");
    mock.process.signal(SIGTERM);
    CHECK(mock.process.wait().status == 0);
  }
  const auto ended = run({"healthcheck", "--url", url});
  CHECK(ended.status == 1);
  CHECK(ended.errors.starts_with("enrichment-mock: " + url + " does not answer"));
}

TEST_CASE("program: healthcheck finds a mock that listens on every address, with and without IPv6") {
  const auto check = [] {
    const RunningMock mock({"--host", "::"});
    const std::string port = std::to_string(mock.port);
    CHECK(run({"healthcheck"}, {{"ENRICHMENT_MOCK_HOST", "::"}, {"ENRICHMENT_MOCK_PORT", port}}).output ==
          "http://127.0.0.1:" + port + " is healthy\n");
    return mock.url.substr(0, mock.url.rfind(':'));
  };
  check();
  if (!without_ipv6([&] { CHECK(check() == "http://0.0.0.0"); })) MESSAGE("skipped: sockets cannot be forbidden here");
}

TEST_CASE("program: healthcheck does not accept a 200 of another server") {
  for (const auto& [status, body] : {std::pair{200, "<html>hello</html>"},
                                     {200, ""},
                                     {200, "{}"},
                                     {200, R"({"status":"ok"})"},
                                     {200, R"({"status":"UP","version":"1.0"})"},
                                     {200, R"(["ok"])"},
                                     {503, R"({"status":"ok","version":"1.0"})"}}) {
    CAPTURE(body);
    const Receiver other(answers(status, body));
    const auto ended = run({"healthcheck", "--url", "http://127.0.0.1:" + std::to_string(other.port())});
    CHECK(ended.status == 1);
    CHECK(ended.output.empty());
    CHECK(ended.errors.find("answers with status " + std::to_string(status)) != std::string::npos);
  }
}

TEST_CASE("program: scenarios takes the flags of serve, and checks them") {
  CHECK(run({"scenarios", "--port", "9000", "--quiet", "--scenario", "not-found"}).output.find(" (default)\n") !=
        std::string::npos);
  const auto wrong = run({"scenarios", "--port", "many"});
  CHECK(wrong.status == 2);
  CHECK(wrong.errors.find("--port: \"many\" is not valid") != std::string::npos);
}

TEST_CASE("program: scenarios prints no control character of a description") {
  const TemporaryDirectory directory;
  const std::string file = directory.write("x.json", R"({"name": "x", "description": "a\u001b[31mb\nc\u009b"})");
  CHECK(run({"scenarios", "--scenario", file}).output.find("a\\u001b[31mb\\u000ac\\u009b (default)\n") !=
        std::string::npos);
}

TEST_CASE("program: verify passes if the mock says so, and prints failures") {
  const RunningMock mock;
  const TemporaryDirectory directory;
  const auto none = directory.write("none.json", R"({"expect":[{"unmatched":0}]})");
  CHECK(verify(mock.url, {"--expect", none}).output == "as expected\n");
  CHECK(verify(mock.url).output == "failed: requests: expected at least 1, found 0\n");
  const auto failed = verify(mock.url, {"--expect", directory.write("e.json", R"({"expect":[{"requests":{}}]})")});
  CHECK(failed.status == 1);
  CHECK(failed.output == "failed: expectation 0: any method any path: expected at least 1 requests, found 0\n");
}

TEST_CASE("program: verify does not accept a 200 of another server") {
  for (const auto& [status, body] : {std::pair{200, "<html>hello</html>"},
                                     {200, "{}"},
                                     {200, R"({"passed":false})"},
                                     {200, R"({"passed":"true"})"},
                                     {200, "[true]"},
                                     {422, "{}"},
                                     {422, R"({"failures":[]})"},
                                     {422, R"({"failures":[{"reason":"x"}]})"},
                                     {404, "not here"}}) {
    CAPTURE(body);
    const Receiver other(answers(status, body));
    const auto ended = verify("http://127.0.0.1:" + std::to_string(other.port()));
    CHECK(ended.status == 1);
    CHECK(ended.output.empty());
    CHECK(ended.errors.find("answers with status " + std::to_string(status) +
                            ", but not like enrichment-mock; is another server running there?") != std::string::npos);
  }
}

TEST_CASE("program: verify reports errors in its file and its key") {
  const TemporaryDirectory directory;
  const std::string nobody = "http://127.0.0.1:1";
  const auto said = [&](const std::string& file) { return verify(nobody, {"--expect", file}).errors; };
  CHECK(said(directory.path()) == "enrichment-mock: --expect: " + directory.path() + " is a directory, not a file\n");
  CHECK(said("/nowhere.json") == "enrichment-mock: --expect: cannot read /nowhere.json\n");
  const auto marked = directory.write("bom.json", "\xEF\xBB\xBF{\"expect\":[{\"unmatched\":0}]}");
  CHECK(said(marked) ==
        "enrichment-mock: --expect: " + marked + " begins with a byte order mark; expected UTF-8 without one\n");
  const auto key = run_to_end({.args = {"verify", "--key", "a\nb"}, .environment = {}, .input = {}});
  CHECK(key.status == 2);
  CHECK(key.errors.find("no line breaks") != std::string::npos);
}

TEST_CASE("program: errors on the command line and in the environment are named, with exit status 2") {
  const TemporaryDirectory directory;
  const std::string bad = directory.write("bad.json", R"({"nmae": "bad"})");
  const Case cases[] = {
      {{"--port", "x"}, {}, 2, "--port: \"x\" is not valid: expected a number from 0 to 65535"},
      {{}, {{"ENRICHMENT_MOCK_PORT", "x"}}, 2, "ENRICHMENT_MOCK_PORT: \"x\" is not valid: expected a number"},
      {{"--prot", "1"}, {}, 2, "did you mean \"--port\"?"},
      {{}, {{"ENRICHMENT_MOCK_SEDE", "1"}}, 2, "did you mean \"ENRICHMENT_MOCK_SEED\"?"},
      {{"--port"}, {}, 2, "port"},
      {{"--host", "http://x"}, {}, 2, "--host"},
      {{"--clock", "sundial"}, {}, 2, "expected manual or running"},
      {{"--time-scale", "0"}, {}, 2, "--time-scale"},
      {{"--seed", "-1"}, {}, 2, "--seed"},
      {{"--credits", "1.5"}, {}, 2, "--credits"},
      {{"--max-teams", "0"}, {}, 2, "--max-teams"},
      {{"--callback-allow", "1.2.3.4/99"}, {}, 2, "--callback-allow"},
      {{"--callback-ca", "/nowhere"}, {}, 2, "--callback-ca"},
      {{"--log-format", "xml"}, {}, 2, "--log-format"},
      {{"--quiet=2"}, {}, 2, "--quiet"},
      {{"--scenarios", "/nowhere"}, {}, 2, "--scenarios"},
      {{"--scenario", "defualt"}, {}, 2, "did you mean \"default\"?"},
      {{"--port", "0", "--scenario", "/nowhere/x.json"}, {}, 2, "/nowhere/x.json"},
      {{"--port", "0", "--scenario", bad}, {}, 2, "bad.json"},
      {{"srve"}, {}, 2, "did you mean \"serve\"?"},
      {{"validate"}, {}, 2, "expected scenario files"},
      {{"scenarios", "more"}, {}, 2, "unexpected argument \"more\""},
      {{"healthcheck", "--url", "mock"}, {}, 2, "--url"},
      {{"--port", "0", "--log-file", "/nowhere/log"}, {}, 1, "/nowhere/log"},
      {{"--port", "0", "--port-file", "/nowhere/port"}, {}, 1, "/nowhere/port"},
  };
  for (const Case& one : cases) {
    const auto ended = run_to_end({.args = one.args, .environment = one.environment, .input = {}});
    CAPTURE(one.said);
    CHECK_MESSAGE(ended.status == one.status, ended.errors);
    CHECK_MESSAGE(ended.errors.starts_with("enrichment-mock: "), ended.errors);
    CHECK_MESSAGE(ended.errors.find(one.said) != std::string::npos, ended.errors);
    CHECK(ended.output.empty());
  }
}

TEST_CASE("program: a port that is in use is named, with exit status 1") {
  const RunningMock first;
  const auto second = run_to_end({.args = {"--port", std::to_string(first.port)}, .environment = {}, .input = {}});
  CHECK(second.status == 1);
  CHECK_MESSAGE(second.errors.find(std::to_string(first.port)) != std::string::npos, second.errors);
  CHECK(second.errors.find("--port") != std::string::npos);
  CHECK(second.output.empty());
}
