// The command compare: its flags, exit statuses and files.
#include <cstdlib>
#include <doctest/doctest.h>

#include "support/certificate.h"
#include "support/checkout.h"
#include "support/json.h"
#include "support/process.h"
#include "support/receiver.h"
#include "support/second_upstream.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;

namespace {

const std::string kUpstreamKey = SecondUpstream::kKey;
const std::map<std::string, std::string> kUpstreamEnvironment = {{"REAL_KEY", kUpstreamKey}};

Process::Ended compare(const std::string& url, std::vector<std::string> more = {},
                       std::map<std::string, std::string> environment = kUpstreamEnvironment) {
  std::vector<std::string> args{"compare", "--upstream", url, "--key-env", "REAL_KEY"};
  args.insert(args.end(), more.begin(), more.end());
  return run_to_end({.args = args, .environment = std::move(environment), .input = {}});
}

bool shows(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("program: compare writes lines, a report and a scenario, none of them with the key, and keeps its pace") {
  const SecondUpstream upstream({"key-in-401", "slash-ignored"}, 0);
  const TemporaryDirectory directory;
  const auto report = directory.path("report.xml"), scenario = directory.path("upstream.json");
  const auto begin = std::chrono::steady_clock::now();
  const auto ended = compare(upstream.url(), {"--junit", report, "--write", scenario},
                             {{"REAL_KEY", kUpstreamKey}, {"GITHUB_ACTIONS", "true"}});
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  CHECK(static_cast<double>(upstream.requests().size()) <= 4 * seconds + 1);
  CHECK(ended.status == 1);
  CHECK(ended.errors.empty());
  CHECK(shows(ended.output, "agrees   key-missing: missing key (our decision): both 401\n"));
  CHECK(shows(ended.output, "differs  route-slash: unknown routes (our decision): upstream 200; mock 404\n"));
  CHECK(shows(ended.output, "What this means for your tests:\n  unknown routes: "));
  CHECK(shows(ended.output,
              "::error title=enrichment-mock compare%3A route-slash%3A unknown routes::upstream 200; mock 404"));
  CHECK(std::system(("xmllint --noout --schema '" + checkout_path("tests/golden/junit/jenkins-junit.xsd") + "' '" +
                     report + "' 2>/dev/null")
                        .c_str()) == 0);
  CHECK(shows(read_file(report), "failures=\"2\""));
  CHECK(run({"validate", scenario}).status == 0);
  CHECK(shows(read_file(scenario), "\"401\": "));
  for (const auto& text : {ended.output, read_file(report), read_file(scenario)})
    CHECK_FALSE(shows(text, kUpstreamKey));
}

TEST_CASE("program: compare --dry-run asks nothing, and needs no URL and no key") {
  const Receiver upstream(answers(200));
  const auto text = compare(upstream.url(""), {"--dry-run"});
  CHECK(text.status == 0);
  CHECK(shows(text.output, "key-missing: missing key (our decision): GET credits without a key\n"));
  CHECK(shows(text.output, "; nothing was asked\n"));
  CHECK(upstream.connections() == 0);
  const auto json = nlohmann::json::parse(run({"compare", "--dry-run", "--format", "json"}).output);
  CHECK(json["questions"].size() < 60);
}

TEST_CASE("program: compare exits with 3 and a report if upstream refuses the key, or is not there") {
  const TemporaryDirectory directory;
  const auto fails = [&](const std::string& url, const std::string& message) {
    CAPTURE(message);
    const auto report = directory.path("report.xml");
    const auto ended = compare(url, {"--junit", report, "--timeout", "5s"});
    CHECK(ended.status == 3);
    CHECK(ended.output.empty());
    CHECK(ended.errors == "enrichment-mock: " + url + message + "\n");
    CHECK(shows(read_file(report), "errors=\"1\""));
  };
  const SecondUpstream refusing({"no-key-is-accepted", "key-in-401"});
  fails(refusing.url(), " refuses the key: it answers with status 401");
  const auto port = Receiver(hangs()).port();
  fails("http://127.0.0.1:" + std::to_string(port), " does not answer");
  const auto certificate = make_certificate("127.0.0.1");
  const Receiver untrusted(answers(200), certificate.certificate, certificate.key);
  fails("https://127.0.0.1:" + std::to_string(untrusted.port()), " has a certificate that is not trusted");
  CHECK(untrusted.requests().empty());
}

TEST_CASE("program: compare refuses wrong flags with 2, asks nothing then, and does not show a key") {
  const Receiver upstream(answers(200));
  struct Case {
    std::vector<std::string> args;
    std::string message;
  };
  const auto url = upstream.url("");
  const std::vector<Case> cases = {
      {{}, "compare: --upstream is missing: the URL of the real API"},
      {{"--upstream", url}, "compare: --key-env is missing: the name of the environment variable that has the API key"},
      {{"--upstream", url, "--key-env", kUpstreamKey},
       "--key-env: no environment variable of this name is set: expected the name of the one with the API key"},
      {{"--upstream", url, "--key-env", "EMPTY_KEY"}, "--key-env: no environment variable of this name is set"},
      {{"--upstream", url, "--key-env", "BROKEN_KEY"}, "the variable of --key-env"},
      {{"--upstream", "http://api.example.com", "--key-env", "REAL_KEY"},
       "--upstream: \"http://api.example.com\" is not valid: expected https://"},
      {{"--upstream", "https://api.example.com/v1", "--key-env", "REAL_KEY"}, "--upstream: "},
      {{"--upstream", url, "--key-env", "REAL_KEY", "--spend", "some"}, "--spend: \"some\" is not valid"},
      {{"--upstream", url, "--key-env", "REAL_KEY", "--write", "My File.json"},
       "--write: \"My File.json\" is not valid"},
      {{"--upstream", url, "--key-env", "REAL_KEY", "--scenario", "defalt"}, "did you mean \"default\"?"},
      {{"--upstream", url, "--key-env", "REAL_KEY", "--format", "xml"}, "--format: \"xml\" is not valid"},
  };
  for (const auto& [args, message] : cases) {
    CAPTURE(message);
    std::vector<std::string> all{"compare"};
    all.insert(all.end(), args.begin(), args.end());
    const auto ended =
        run_to_end({.args = all,
                    .environment = {{"REAL_KEY", kUpstreamKey}, {"EMPTY_KEY", ""}, {"BROKEN_KEY", kUpstreamKey + "\n"}},
                    .input = {}});
    CHECK(ended.status == 2);
    CHECK(shows(ended.errors, message));
    CHECK_FALSE(shows(ended.errors, kUpstreamKey));
  }
  CHECK(upstream.connections() == 0);
}
