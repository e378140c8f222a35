// The commands beside serve and validate.
#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>

#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;

namespace {

Process::Ended run(const std::vector<std::string>& args) {
  return run_to_end({.args = args, .environment = {}, .input = {}});
}

}  // namespace

TEST_CASE("program: help and version go to standard output, with exit status 0") {
  CHECK(run({"--version"}).output.starts_with("enrichment-mock "));
  for (const char* command : {"serve", "init", "validate", "scenarios", "healthcheck", "verify"}) {
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

TEST_CASE("program: scenarios lists what serve would load, and which is the default") {
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

TEST_CASE("program: init writes a scenario that validates and runs, and never over another file") {
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
  CHECK(again.errors == "enrichment-mock: " + file + " exists already, and is left as it is; choose another name\n");
  CHECK(read_file(file) == "precious");
  CHECK(run({"init", "/nowhere/x.json"}).status == 1);

  const auto shown = run({"init", "-"});
  CHECK(run_to_end({.args = {"validate", "-"}, .environment = {}, .input = shown.output}).output == "-: valid\n");
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
