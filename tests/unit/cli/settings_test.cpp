#include <doctest/doctest.h>

#include "support/parsed_settings.h"
#include "support/temporary_directory.h"

namespace cli = enrichment_mock::cli;
using namespace enrichment_mock::support;

TEST_CASE("settings: the wait of verify is a duration above zero") {
  for (const auto* value : {"10", "0s", "soon"})
    CHECK(complaint({"verify", "--key", "k", "--timeout", value}) ==
          "--timeout: \"" + std::string(value) +
              "\" is not valid: expected a duration above zero such as 500ms or 10s");
  CHECK(settings({"verify", "--key", "k", "--timeout", "1.5s"}).wait == std::chrono::milliseconds(1500));
  CHECK_FALSE(settings({"verify", "--key", "k"}).wait.has_value());
}

TEST_CASE("settings: a bad value is refused with the flag, the value and what was expected") {
  struct Case {
    std::string flag, value, expected;
  };
  const Case cases[] = {
      {"keep-resolved", "0", "a number from 1 to 1000000000"},
      {"keep-resolved-for", "10", "a duration above zero such as 500ms or 10s"},
      {"keep-resolved-for", "0s", "a duration above zero such as 500ms or 10s"},
      {"state-sync", "sometimes", "off or normal or full"},
      {"port", "x", "a number from 0 to 65535"},
      {"port", "65536", "a number from 0 to 65535"},
      {"port", "80 ", "a number from 0 to 65535"},
      {"port", "99999999999999999999", "a number from 0 to 65535"},
      {"host", "http://x", "an address or a host name"},
      {"host", "localhost:80", "an address or a host name"},
      {"host", "127.0.0.256", "an address or a host name"},
      {"host", "[::1", "an address or a host name"},
      {"clock", "manaul", "manual or running; did you mean \"manual\"?"},
      {"time-scale", "0", "a number from 0.001"},
      {"time-scale", "nan", "a number from 0.001"},
      {"time-scale", "0.0009", "a number from 0.001"},
      {"time-scale", "1000001", "a number from 0.001"},
      {"time-scale", "1e3", "a number from 0.001"},
      {"time-scale", "1.2.3", "a number from 0.001"},
      {"seed", "1.5", "a number from 0 to 18446744073709551615"},
      {"credits", "+1", "a number from 0 to"},
      {"max-teams", "0", "a number from 1 to"},
      {"callback-allow", "10.0.0.0/33", "a host, an address, a range"},
      {"callback-allow", "http://app", "a host, an address, a range"},
      {"callback-allow", "app:80", "a host, an address, a range"},
      {"callback-ca", "/nowhere/ca.pem", "a readable PEM file"},
      {"callback-timeout", "0s", "a duration above zero"},
      {"callback-timeout", "10", "a duration above zero"},
      {"admin-host", "http://mock", "an address or a host name"},
      {"admin-host", "mock:8080", "an address or a host name"},
      {"admin-host", "*.example.com", "an address or a host name"},
      {"tls-names", "http://x", "an address or a host name"},
      {"tls-self-signed", "perhaps", "true or false"},
      {"callback-ca", "/", "a readable PEM file"},
      {"callback-insecure", "perhaps", "true or false"},
      {"journal-bytes", "lots", "a size from 256KB to 1024GB, such as 16MB"},
      {"journal-bytes", "-1MB", "a size"},
      {"journal-bytes", "1.5MB", "a size"},
      {"journal-bytes", "16 MB", "a size"},
      {"journal-bytes", "16MBs", "a size"},
      {"journal-bytes", "255KB", "a size"},
      {"journal-total-bytes", "18446744073709551616", "a size"},
      {"journal-total-bytes", "18014398509481985GB", "a size"},
      {"log-format", "xml", "auto or text or json"},
      {"quiet", "2", "true or false"},
      {"stop-on-eof", "2", "true or false"},
      {"scenarios", "/nowhere", "a directory that can be read"},
  };
  for (const auto& [flag, value, expected] : cases) {
    const std::string said = complaint({"--" + flag + "=" + value});
    CAPTURE(said);
    CHECK(said.starts_with("--" + flag + ": \"" + value + "\" is not valid: expected " + expected));
  }
}

TEST_CASE("settings: true and false have several spellings") {
  for (const char* text : {"true", "True", "TRUE", "1", "yes", "Yes", "on", "ON", "y", "T", " true "}) {
    CAPTURE(text);
    CHECK(settings({}, {{"ENRICHMENT_MOCK_QUIET", text}}).log.quiet);
    CHECK(settings({"--quiet=" + std::string(text)}).log.quiet);
  }
  for (const char* text : {"false", "False", "FALSE", "0", "no", "No", "off", "Off", "n", "F"}) {
    CAPTURE(text);
    CHECK_FALSE(settings({}, {{"ENRICHMENT_MOCK_QUIET", text}}).log.quiet);
  }
  for (const char* text : {"2", "maybe", "tru", "truetrue", " "})
    CHECK(complaint({}, {{"ENRICHMENT_MOCK_QUIET", text}}) ==
          "ENRICHMENT_MOCK_QUIET: \"" + std::string(text) + "\" is not valid: expected true or false");
}

TEST_CASE("settings: each of several admin hosts is checked") {
  CHECK(settings({"--admin-host", "mock.example, [::1]", "--admin-host", "other"}).emulator.admin_hosts ==
        Args{"mock.example", "::1", "other"});
  CHECK(complaint({}, {{"ENRICHMENT_MOCK_ADMIN_HOST", "mock.example,https://x"}})
            .starts_with("ENRICHMENT_MOCK_ADMIN_HOST: \"https://x\" is not valid"));
}

TEST_CASE("settings: a URL needs a valid host and a valid port") {
  const auto complains = [](const std::string& url) { return complaint({"healthcheck", "--url", url}) != "(none)"; };
  for (const char* url :
       {"http://mock", "http://mock:8080/", "https://[::1]:1", "http://127.0.0.1:65535", "https://[::1]"})
    CHECK_FALSE_MESSAGE(complains(url), url);
  for (const char* url : {"http://", "http://:80", "http://mock:", "http://mock:0", "http://mock:65536",
                          "http://mock:x", "http://[::1", "http://::1", "http://a b", "http://mock/x", "mock:80"})
    CHECK_MESSAGE(complains(url), url);
}

TEST_CASE("settings: a size is in bytes, or in KB, MB or GB of 1024 each") {
  const auto size = [](const char* text) { return settings({"--journal-bytes", text}).emulator.journal_bytes; };
  CHECK(size("262144") == 262'144);
  CHECK(size("256KB") == 262'144);
  CHECK(size("300000B") == 300'000);
  CHECK(size("16mb") == 16'777'216);
  CHECK(size("1024GB") == std::size_t{1} << 40);
  CHECK(size("2M") == 2'097'152);
  CHECK(settings({"--journal-total-bytes", "1G"}).emulator.journal_total_bytes == std::size_t{1} << 30);
}

TEST_CASE("settings: a callback timeout is rounded up to whole milliseconds") {
  CHECK(settings({"--callback-timeout", "1.5s"}).emulator.callback_timeout == std::chrono::milliseconds(1500));
  CHECK(settings({"--callback-timeout", "1us"}).emulator.callback_timeout == std::chrono::milliseconds(1));
}

TEST_CASE("settings: an invalid rewrite is refused with the reason") {
  CHECK(complaint({"--callback-rewrite", "http://a"}) == "--callback-rewrite: \"http://a\": expected FROM=TO");
  CHECK(complaint({}, {{"ENRICHMENT_MOCK_CALLBACK_REWRITE", "http://a=b"}}) ==
        "ENRICHMENT_MOCK_CALLBACK_REWRITE: \"http://a=b\": expected an http or https URL, found \"b\"");
}

TEST_CASE("settings: a bad value of a variable is refused with the variable's name") {
  CHECK(complaint({}, {{"ENRICHMENT_MOCK_TIME_SCALE", "fast"}}) ==
        "ENRICHMENT_MOCK_TIME_SCALE: \"fast\" is not valid: expected a number from 0.001 to 1000000");
}

TEST_CASE("settings: a flag without its value is refused") {
  CHECK(complaint({"--port"}).find("port") != std::string::npos);
  CHECK(complaint({"--log-file", "--quiet"}) == "--log-file: its value is missing; found the flag \"--quiet\" instead");
  CHECK(complaint({"--log-file", ""}) == "--log-file: its value is empty");
}

TEST_CASE("settings: the first scenario is the default one") {
  CHECK(settings({"--scenario", "not-found"}).emulator.default_scenario == "not-found");
  const auto mixed = settings({"--scenario", "not-found", "--scenario", "mine/a.json"}).emulator;
  CHECK(mixed.default_scenario == "not-found");
  CHECK(mixed.scenario_files == Args{"mine/a.json"});
  const auto file = settings({"--scenario", "a.json", "--scenario", "not-found"}).emulator;
  CHECK(file.default_scenario.empty());
  CHECK(file.scenario_files == Args{"a.json"});
  const auto variable = settings({}, {{"ENRICHMENT_MOCK_SCENARIO", "not-found,./b"}}).emulator;
  CHECK(variable.default_scenario == "not-found");
  CHECK(variable.scenario_files == Args{"./b"});
}

TEST_CASE("settings: a misspelt scenario is refused with the nearest") {
  CHECK(complaint({"--scenario", "flaky-calback"}).ends_with("did you mean \"flaky-callback\"?"));
  CHECK(complaint({"--scenario", "not-found", "--scenario", "nought"}).starts_with("--scenario: there is no scenario"));
}

TEST_CASE("settings: a directory adds its scenario files, and does not change the default scenario") {
  const TemporaryDirectory directory;
  for (const char* name : {"b.json", "a.json", "scenario.schema.json", ".hidden.json", "notes.txt"})
    directory.write(name, "{}");
  const auto alone = settings({"--scenarios", directory.path()}).emulator;
  CHECK(alone.scenario_files == Args{directory.path("a.json"), directory.path("b.json")});
  CHECK(alone.default_scenario == "default");
  CHECK(settings({"--scenarios", directory.path(), "--scenario", "b"}).emulator.default_scenario == "b");
}

TEST_CASE("settings: a file given by --scenario and by --scenarios is loaded once") {
  const TemporaryDirectory directory;
  directory.write("a.json", "{}");
  const std::string other_spelling = directory.path("./a.json");
  const auto options = settings({"--scenarios", directory.path(), "--scenario", other_spelling}).emulator;
  CHECK(options.scenario_files == Args{other_spelling});
}

TEST_CASE("settings: --scenario overrides a file of the same name in --scenarios") {
  const TemporaryDirectory directory;
  for (const char* name : {"a.json", "b.json"}) directory.write(name, "{}");
  const auto options = settings({"--scenarios", directory.path(), "--scenario", "mine/a.json"}).emulator;
  CHECK(options.scenario_files == Args{"mine/a.json", directory.path("b.json")});
}

TEST_CASE("settings: two different files of one name are a problem, the same file twice is not") {
  const TemporaryDirectory directory;
  const std::string one = directory.write("x.json", "{}");
  CHECK(complaint({"--scenario", one, "--scenario", "other/x.json"}) ==
        "--scenario: both " + one + " and other/x.json define the scenario \"x\": expected only one of them");
  CHECK(settings({"--scenario", one, "--scenario", directory.path("./x.json")}).emulator.scenario_files == Args{one});
}

TEST_CASE("settings: with an empty directory the shipped scenarios remain") {
  const TemporaryDirectory directory;
  const auto options = settings({"--scenarios", directory.path()}).emulator;
  CHECK(options.scenario_files.empty());
  CHECK(options.watch_directories == Args{directory.path()});
  CHECK(complaint({"--scenarios", directory.path("missing")}).ends_with("a directory that can be read"));
}

TEST_CASE("settings: validate takes files, directories and standard input, and a format") {
  const auto validate = [](const Args& args, const cli::Environment& environment = {}) {
    return settings(args, environment);
  };
  CHECK(validate({"validate", "x", "-", "some/folder"}).paths == Args{"x", "-", "some/folder"});
  CHECK_FALSE(validate({"validate", "x"}).as_json);
  CHECK_FALSE(validate({"validate", "--format", "text", "x"}).as_json);
  CHECK(validate({"validate", "x", "--format=json"}).as_json);
  CHECK(validate({"validate", "x"}, {{"ENRICHMENT_MOCK_FORMAT", "json"}}).as_json);
  CHECK(complaint({"validate", "--format", "xml", "x"}).find("expected text or json") != std::string::npos);
  CHECK(complaint({"validate", "-", "x", "-"}) == "validate: - is given twice: standard input can be read only once");
  CHECK(complaint({"serve"}, {{"ENRICHMENT_MOCK_FORMAT", "json"}}) == "(none)");
}

TEST_CASE("settings: an empty admin token is refused") {
  CHECK(complaint({"--admin-token", ""}).starts_with("--admin-token: its value is empty"));
  const cli::Environment empty{{"ENRICHMENT_MOCK_ADMIN_TOKEN", ""}};
  CHECK(complaint({}, empty) == "ENRICHMENT_MOCK_ADMIN_TOKEN: its value is empty");
  CHECK(complaint({"verify", "--key", "k"}, empty) == "ENRICHMENT_MOCK_ADMIN_TOKEN: its value is empty");
  CHECK(complaint({}, {{"ENRICHMENT_MOCK_SEED", ""}}) == "(none)");
}

TEST_CASE("settings: a key that cannot be a header's value is refused, and not shown") {
  for (const std::string key : {"a\nb", "a\r\nx: y", " "})
    CHECK(
        complaint({"verify", "--key", key}).starts_with("--key: \"…\" is not valid: expected a key that is not blank"));
  CHECK(complaint({"verify", "--key", ""}) == "--key: its value is empty");
  CHECK(complaint({"verify"}) == "verify: --api-key is missing: it selects the team to check");
  CHECK(settings({"verify", "--key", "schl\xc3\xbcssel"}).key == "schl\xc3\xbcssel");
}

TEST_CASE("settings: record needs an upstream to which keys may be sent, and a file with a scenario's name") {
  const std::string named = "expected a file name such as recorded.json, of lower-case letters, digits and hyphens";
  struct Case {
    Args args;
    std::string said;
  };
  const Case cases[] = {
      {{},
       "record: --upstream is missing: the URL of the real API\n"
       "record: --out is missing: expected a file such as recorded.json"},
      {{"--upstream", "api.example", "--out", "a.json"},
       "--upstream: \"api.example\" is not valid: expected http:// or"},
      {{"--upstream", "http://api.example", "--out", "a.json"},
       "--upstream: \"http://api.example\" is not valid: expected https://, because the key is sent there"},
      {{"--upstream", "http://127.evil.example", "--out", "a.json"}, "--upstream: \"http://127.evil.example\" is not"},
      {{"--upstream", "https://a", "--out", "A.json"}, "--out: \"A.json\" is not valid: " + named},
      {{"--upstream", "https://a", "--out", "a.txt"}, "--out: \"a.txt\" is not valid: " + named},
      {{"--upstream", "https://a", "--out", "a.json", "--public-url", "https://t"},
       "--public-url: --callback-port is missing"},
      {{"--upstream", "https://a", "--out", "a.json", "--callback-port", "1"},
       "--callback-port: --public-url is missing"},
      {{"--upstream", "https://a", "--out", "a.json", "--public-url", "https://t/x", "--callback-port", "1"},
       "--public-url: \"https://t/x\" is not valid: expected http:// or https://"},
      {{"--upstream", "https://a", "--out", "a.json", "--pseudonyms", "names"},
       "--pseudonyms: \"names\" is not valid: expected emails or all or none"},
      {{"--upstream", "https://a", "--out", "a.json", "--callback-port", "65536"}, "--callback-port: \"65536\" is not"},
      {{"--upstream", "https://a", "--out", "a.json", "--upstream-ca", "/nowhere"},
       "--upstream-ca: \"/nowhere\" is not"},
      {{"--upstream", "https://a", "--out", "a.json", "--timeout", "0s"}, "--timeout: \"0s\" is not valid"},
      {{"--upstream", "https://a", "--out", "a.json", "--tls-cert", "x"}, "--tls-cert: --tls-key is missing"},
  };
  for (const auto& [args, said] : cases) {
    Args all{"record"};
    all.insert(all.end(), args.begin(), args.end());
    const auto problem = complaint(all);
    CAPTURE(problem);
    CHECK(problem.starts_with(said));
  }
  for (const auto* url : {"http://127.0.0.1:1", "http://localhost", "http://[::1]:5", "https://api.example"}) {
    CAPTURE(url);
    const auto read = settings({"record", "--upstream", url, "--out", "dir/my-1.json"});
    CHECK(read.upstream.url == url);
    CHECK(read.recording_name == "my-1");
  }
}
