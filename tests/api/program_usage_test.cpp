// What the program says, and with which status it exits, when it is called wrongly.
#include <doctest/doctest.h>

#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;

namespace {

struct Case {
  std::vector<std::string> args;
  std::map<std::string, std::string> environment;
  int status;
  std::string said;
};

}  // namespace

TEST_CASE("program: what is wrong on the command line or in the environment is named, with exit status 2") {
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

TEST_CASE("program: a port that is taken is named, with exit status 1") {
  const RunningMock first;
  const auto second = run_to_end({.args = {"--port", std::to_string(first.port)}, .environment = {}, .input = {}});
  CHECK(second.status == 1);
  CHECK_MESSAGE(second.errors.find(std::to_string(first.port)) != std::string::npos, second.errors);
  CHECK(second.errors.find("--port") != std::string::npos);
  CHECK(second.output.empty());
}
