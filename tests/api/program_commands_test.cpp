// The commands beside serve.
#include <csignal>
#include <doctest/doctest.h>

#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;

namespace {

const std::string kGood = R"({"name": "good", "description": "Nothing special."})";

Process::Ended run(const std::vector<std::string>& args, const std::string& input = "") {
  return run_to_end({.args = args, .environment = {}, .input = input});
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

TEST_CASE("program: validate finds good files good") {
  const TemporaryDirectory directory;
  const std::string file = directory.write("good.json", kGood);
  for (const std::string& argument : {file, directory.path()}) {
    const auto ended = run({"validate", argument});
    CHECK_MESSAGE(ended.status == 0, ended.errors);
    CHECK(ended.output == file + ": valid\n");
  }
  CHECK(run({"validate", "-"}, kGood).status == 0);
}

TEST_CASE("program: validate names what is wrong in every bad file, with exit status 2") {
  const TemporaryDirectory directory;
  const std::string good = directory.write("good.json", kGood);
  const std::string bad = directory.write("bad.json", R"({"nmae": "bad"})");
  const std::string worse = directory.write("worse.json", "{");
  const auto ended = run({"validate", directory.path(), directory.path("missing.json")});
  CHECK(ended.status == 2);
  CHECK(ended.output == good + ": valid\n");
  for (const std::string& file : {bad, worse, directory.path("missing.json")})
    CHECK_MESSAGE(ended.errors.find(file) != std::string::npos, ended.errors);
  CHECK(run({"validate", "-"}, "{").status == 2);
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
