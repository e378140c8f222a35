// The commands beside serve and validate.
#include <csignal>
#include <doctest/doctest.h>

#include "support/process.h"

using namespace enrichment_mock::support;

namespace {

Process::Ended run(const std::vector<std::string>& args) {
  return run_to_end({.args = args, .environment = {}, .input = {}});
}

}  // namespace

TEST_CASE("program: help and version go to standard output, with exit status 0") {
  CHECK(run({"--version"}).output.starts_with("enrichment-mock "));
  for (const char* command : {"serve", "validate", "scenarios", "healthcheck"}) {
    const auto help = run({command, "--help"});
    CHECK(help.status == 0);
    CHECK(help.output.starts_with("Usage: enrichment-mock "));
    CHECK(help.errors.empty());
  }
}

TEST_CASE("program: scenarios lists what is shipped") {
  const auto listed = run({"scenarios"});
  CHECK(listed.status == 0);
  CHECK(listed.output.find("default ") != std::string::npos);
}

TEST_CASE("program: healthcheck finds a running mock, and says when there is none") {
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
