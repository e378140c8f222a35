// The command verify: its wait, and its reports.
#include <cstdlib>
#include <doctest/doctest.h>
#include <future>

#include "support/checkout.h"
#include "support/control_client.h"
#include "support/process.h"
#include "support/receiver.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;

namespace {

// The command with the key "k", and the file's content if it is not empty.
struct Verification {
  Process::Ended run(const std::string& url, const std::string& expectations, std::vector<std::string> more = {},
                     const std::map<std::string, std::string>& environment = {}) const {
    std::vector<std::string> args{"verify", "--url", url, "--key", "k"};
    if (!expectations.empty()) args.insert(args.end(), {"--expect", directory.write("expect.json", expectations)});
    args.insert(args.end(), more.begin(), more.end());
    return run_to_end({.args = args, .environment = environment, .input = {}});
  }

  std::string report() const { return read_file(directory.path("report.xml")); }
  std::vector<std::string> with_report() const { return {"--junit", directory.path("report.xml")}; }

  // Against Jenkins' schema.
  bool is_valid() const {
    const auto command = "xmllint --noout --schema '" + checkout_path("tests/golden/junit/jenkins-junit.xsd") + "' '" +
                         directory.path("report.xml") + "' 2>/dev/null";
    return std::system(command.c_str()) == 0;
  }

  TemporaryDirectory directory;
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The program must send the wait with the rest of the body unchanged: the body that a server gets.
std::string sent_body(const std::string& expectations, const std::vector<std::string>& more) {
  const Receiver receiver(answers(200, R"({"passed":true})"));
  const Verification verification;
  CHECK(verification.run("http://127.0.0.1:" + std::to_string(receiver.port()), expectations, more).status == 0);
  return receiver.requests().at(0).body;
}

}  // namespace

TEST_CASE("program: verify --timeout waits for given expectations, and for the scenario's own") {
  const TemporaryDirectory scenarios;
  const RunningMock mock(
      {"--clock", "manual", "--scenario", scenarios.write("mine.json", R"({"name":"mine","expect":{"completed":1}})")});
  ControlClient client(mock.url, "k");
  for (const std::string expectations : {"", R"({"expect":[{"outcomes":{"completed":1}}]})"}) {
    client.order("reset");
    const auto id = client.submit("jane");
    const Verification verification;
    const auto early = verification.run(mock.url, expectations, {"--timeout", "1ms"});
    CHECK(early.status == 1);
    CHECK(contains(early.output, "completed: expected 1, found 0"));
    CHECK(contains(early.output, "open: " + id + " (pending)\n"));
    auto waits = std::async(std::launch::async, [&] {
      return verification.run(mock.url, expectations, {"--timeout", "10m"});
    });
    client.settle();
    const auto ended = waits.get();
    CHECK(ended.status == 0);
    CHECK(ended.output == "as expected\n");
  }
}

TEST_CASE("program: verify waits for as long as its file says") {
  const RunningMock mock;
  ControlClient client(mock.url, "k");
  const Verification verification;
  auto by_file = std::async(std::launch::async, [&] {
    return verification.run(mock.url, R"({"timeout": "10m", "expect": [{"requests": {"method": "GET"}}]})");
  });
  client.credits();
  CHECK(by_file.get().output == "as expected\n");
}

TEST_CASE("program: verify --timeout replaces the timeout of the file, or is added behind everything else") {
  const std::vector<std::string> wait{"--timeout", "90s"};
  struct Case {
    const char *text, *sent;
  };
  for (const auto& [text, sent] :
       {Case{R"({"expect":[{"unmatched":0}]})", R"({"expect":[{"unmatched":0}], "timeout": "90s"})"},
        {"{\"expect\": [ {\"unmatched\": 0} ] // why\n}\n",
         "{\"expect\": [ {\"unmatched\": 0} ], \"timeout\": \"90s\" // why\n}\n"},
        {R"({"timeout": "1s", "expect":[]})", R"({"timeout": "90s", "expect":[]})"},
        {R"({"expect":[], "timeout": 7})", R"({"expect":[], "timeout": "90s"})"},
        {"{}", "{}"},
        {"[1]", "[1]"},
        {"{\"expect\":", "{\"expect\":"}}) {
    const auto& this_text = text;
    CAPTURE(this_text);
    CHECK(sent_body(text, wait) == sent);
    CHECK(sent_body(text, {}) == text);
  }
}

TEST_CASE("program: verify shows ten open lookups, and how many more there are") {
  const RunningMock mock({"--clock", "manual"});
  ControlClient client(mock.url, "k");
  for (int n = 0; n < 12; ++n) client.submit("jane");
  const auto ended = Verification().run(mock.url, R"({"expect":[{"unmatched":1}]})");
  std::size_t lines = 0;
  for (auto at = ended.output.find("\nopen: "); at != std::string::npos; at = ended.output.find("\nopen: ", at + 1))
    ++lines;
  CHECK(lines == 11);
  CHECK(ended.output.ends_with("\nopen: 2 more\n"));
}

TEST_CASE("program: verify --junit writes a test case for each expectation, as the schema of Jenkins has it") {
  const RunningMock mock;
  const Verification verification;
  const auto failed =
      verification.run(mock.url, R"({"expect":[{"unmatched": 0}, {"requests": {"path": "<&\"'\u001b\ud83d\ude00>"}}]})",
                       verification.with_report());
  CHECK(failed.status == 1);
  CHECK(verification.is_valid());
  auto report = verification.report();
  CHECK(contains(report, R"(tests="2" failures="1" errors="0")"));
  CHECK(contains(report, R"(name="expectation 0: {&#34;unmatched&#34;:0}"/>)"));
  CHECK(contains(report, "any method &#60;&#38;&#34;&#39;😀&#62;: expected at least 1 requests, found 0"));

  ControlClient(mock.url, "k").credits();
  CHECK(
      verification.run(mock.url, R"({"expect":[{"requests":{"method":"PUT"}}]})", verification.with_report()).status ==
      1);
  CHECK(verification.is_valid());
  CHECK(contains(verification.report(), "nearest: {&#34;request&#34;:"));

  CHECK(verification.run(mock.url, R"({"expect":[{"unmatched":0}]})", verification.with_report()).status == 0);
  CHECK(verification.is_valid());
  CHECK(contains(verification.report(), R"(tests="1" failures="0" errors="0")"));
}

TEST_CASE("program: verify --junit writes one test case for the scenario's own expectations") {
  const TemporaryDirectory scenarios;
  const RunningMock mock({"--scenario", scenarios.write("mine.json", R"({"name":"mine","expect":{"completed":1,
                                                                        "requests":2}})")});
  const Verification verification;
  CHECK(verification.run(mock.url, "", verification.with_report()).status == 1);
  CHECK(verification.is_valid());
  CHECK(contains(verification.report(),
                 "<failure message=\"requests: expected 2, found 0; completed: expected 1, found 0\">"));
  CHECK(contains(verification.report(), "name=\"expect of the scenario\""));
}

TEST_CASE("program: verify --junit reports that nothing could be checked") {
  const Verification verification;
  const auto ended =
      verification.run("http://127.0.0.1:1", R"({"expect":[{"unmatched":0}]})", verification.with_report());
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors, "does not answer"));
  CHECK(verification.is_valid());
  CHECK(contains(verification.report(), R"(tests="1" failures="0" errors="1")"));
  CHECK(contains(verification.report(), "<error message=\"http://127.0.0.1:1 does not answer"));
}

TEST_CASE("program: verify masks its key in the report, and shortens long names") {
  const RunningMock mock;
  const TemporaryDirectory directory;
  const std::string key = "secret-key-of-a-team", file = directory.path("report.xml");
  const auto expect = R"({"expect":[{"requests":{"path":"/)" + key + R"("},"count":0},{"requests":{"path":")" +
                      std::string(500, 'x') + R"("},"count":0}]})";
  const auto ended =
      run({"verify", "--url", mock.url, "--key", key, "--expect", directory.write("e.json", expect), "--junit", file});
  CHECK(ended.output == "as expected\n");
  const auto report = read_file(file);
  CHECK_FALSE(contains(report, key));
  CHECK(contains(report, "/secr***#"));
  CHECK_FALSE(contains(report, std::string(300, 'x')));
  CHECK(contains(report, "x…\"/>"));
}

TEST_CASE("program: a report that cannot be written is an error, also if all is as expected") {
  const RunningMock mock;
  const Verification verification;
  for (const auto* expectations : {R"({"expect":[{"unmatched":0}]})", R"({"expect":[{"unmatched":1}]})"}) {
    const auto ended = verification.run(mock.url, expectations, {"--junit", "/nowhere/report.xml"});
    CHECK(ended.status == 1);
    CHECK_FALSE(ended.output.empty());
    CHECK(ended.errors ==
          "enrichment-mock: cannot write the report /nowhere/report.xml: No such file or directory; choose another "
          "file with --junit\n");
  }
  const auto neither = verification.run("http://127.0.0.1:1", "", {"--junit", "/nowhere/report.xml"});
  CHECK(contains(neither.errors, "cannot write the report"));
  CHECK(contains(neither.errors, "does not answer"));
}

TEST_CASE("program: verify prints annotations in a workflow of GitHub Actions, besides its text") {
  const RunningMock mock;
  const Verification verification;
  const std::string expect = R"({"expect":[{"requests":{"method":"A,B:%"}},{"unmatched":0}]})";
  const std::string text = "failed: expectation 0: A,B:% any path: expected at least 1 requests, found 0\n";
  CHECK(verification.run(mock.url, expect, {}, {{"GITHUB_ACTIONS", "true"}}).output ==
        text +
            "::error title=enrichment-mock verify%3A expectation 0%3A {\"requests\"%3A{\"method\"%3A\"A%2CB%3A%25\"}}::"
            "A,B:%25 any path: expected at least 1 requests, found 0\n");
  CHECK(verification.run(mock.url, expect, {}, {{"GITHUB_ACTIONS", "false"}}).output == text);
  CHECK(contains(verification.run("http://127.0.0.1:1", expect, {}, {{"GITHUB_ACTIONS", "true"}}).output,
                 "::error title=enrichment-mock verify%3A verify::http://127.0.0.1:1 does not answer"));
}

TEST_CASE("program: verify --advice says what the client did wrong, whether the check passes or fails") {
  const RunningMock mock({"--clock", "manual", "--scenario", "happy-path"});
  ControlClient client(mock.url, "k");
  const Verification verification;
  CHECK(contains(verification.run(mock.url, R"({"expect":[{"unmatched":0}]})", {"--advice"}).output,
                 "as expected\nno advice\nnot checked: retry-after-ignored, no-backoff: the team's clock is or was "
                 "manual or scaled\n"));
  client.submit("jane");
  client.submit("jane");
  client.settle();
  const auto numbers = client.list("requests", "requests");
  const auto first = numbers[0]["number"].dump(), second = numbers[1]["number"].dump();
  const auto passed = verification.run(mock.url, R"({"expect":[{"outcomes":{"completed":2}}]})", {"--advice"});
  CHECK(passed.status == 0);
  CHECK(contains(passed.output,
                 "as expected\nerror: The same profile and type was requested again: a result costs a "
                 "credit each time (duplicate-lookup)\n  The profile and type of request " +
                     second + " were requested before, by request " + first +
                     ". That lookup was open, or had found an email.\n  see requests " + first + ", " + second +
                     "\nerror: A lookup has resolved, and the client never got its result "
                     "(result-lost, 2 times)\n  The enrichment "));
  const auto failed = verification.run(mock.url, R"({"expect":[{"outcomes":{"completed":1}}]})", {"--advice"},
                                       {{"GITHUB_ACTIONS", "true"}});
  CHECK(failed.status == 1);
  CHECK(contains(failed.output, "::error title=enrichment-mock advice%3A duplicate-lookup::The same profile"));
  CHECK_FALSE(contains(verification.run(mock.url, "", {}).output, "duplicate-lookup"));
}

TEST_CASE("program: verify --advice says why if there is no advice") {
  const RunningMock mock({"--journal-size", "1", "--clock", "manual"});
  ControlClient client(mock.url, "k");
  client.submit("jane");
  client.submit("joe");
  const Verification verification;
  const auto lost = verification.run(mock.url, "", {"--advice"});
  CHECK(lost.status == 0);
  CHECK(contains(lost.output, "no advice: 1 requests were evicted from the journal; increase --journal-size"));
  const Receiver other(answers(200, R"({"passed":true})"));
  const auto wrong = verification.run("http://127.0.0.1:" + std::to_string(other.port()), "", {"--advice"});
  CHECK(wrong.status == 1);
  CHECK(contains(wrong.errors, "but not like enrichment-mock"));
}
