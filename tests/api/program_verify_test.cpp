// enrichment-mock verify: asks a mock, and believes nobody else.
#include <doctest/doctest.h>

#include "support/process.h"
#include "support/receiver.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;

namespace {

Process::Ended verify(const std::string& url, std::vector<std::string> more = {}) {
  std::vector<std::string> args{"verify", "--url", url, "--key", "k"};
  args.insert(args.end(), more.begin(), more.end());
  return run_to_end({.args = args, .environment = {}, .input = {}});
}

}  // namespace

TEST_CASE("program: verify passes when a mock says so, and prints what failed") {
  const RunningMock mock;
  const TemporaryDirectory directory;
  const auto none = directory.write("none.json", R"({"expect":[{"unmatched":0}]})");
  CHECK(verify(mock.url, {"--expect", none}).output == "as expected\n");
  CHECK(verify(mock.url).output == "failed: requests: expected at least 1, found 0\n");
  const auto failed = verify(mock.url, {"--expect", directory.write("e.json", R"({"expect":[{"requests":{}}]})")});
  CHECK(failed.status == 1);
  CHECK(failed.output == "failed: expectation 0: any method any path: expected at least 1 requests, found 0\n");
}

TEST_CASE("program: verify takes nobody's 200 for a verdict but a mock's") {
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
                            ", but not as a mock does; is it enrichment-mock that runs there?") != std::string::npos);
  }
}

TEST_CASE("program: verify says what is wrong with its file and its key") {
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
  CHECK(key.errors.find("without line breaks") != std::string::npos);
}
