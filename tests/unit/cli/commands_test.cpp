#include <algorithm>
#include <doctest/doctest.h>
#include <sstream>

#include "support/parsed_settings.h"
#include "support/temporary_directory.h"

namespace cli = enrichment_mock::cli;
using namespace enrichment_mock::support;

namespace {

std::string text_of(const Args& args, const cli::Environment& environment = {}) {
  return parsed(args, environment).text;
}

}  // namespace

TEST_CASE("settings: without arguments everything has its default") {
  const auto command = settings({});
  CHECK(command.emulator.host == "127.0.0.1");
  CHECK(command.emulator.port == 8080);
  CHECK(command.emulator.scenario_files.empty());
  CHECK(command.emulator.default_scenario.empty());
  CHECK_FALSE(command.emulator.manual_clock.has_value());
  CHECK_FALSE(command.emulator.time_scale.has_value());
  CHECK_FALSE(command.emulator.seed.has_value());
  CHECK_FALSE(command.emulator.credits.has_value());
  CHECK(command.emulator.max_teams == 10'000);
  CHECK(command.emulator.callback_allow.empty());
  CHECK_FALSE(command.emulator.callback_insecure);
  CHECK(command.port_file.empty());
  CHECK(command.log.format == cli::LogFormat::automatic);
  CHECK_FALSE(command.log.quiet);
  CHECK(command.log.colour);
}

TEST_CASE("settings: every flag of serve is understood") {
  const auto command = settings({"serve",       "--host",
                                 "::1",         "--port=0",
                                 "--port-file", "p",
                                 "--clock",     "manual",
                                 "--seed",      "7",
                                 "--credits",   "3",
                                 "--max-teams", "5",
                                 "--quiet",     "--log-file",
                                 "l",           "--log-format",
                                 "json",        "--time-scale",
                                 "2.5",         "--callback-insecure"});
  CHECK(command.emulator.host == "::1");
  CHECK(command.emulator.port == 0);
  CHECK(command.port_file == "p");
  CHECK(command.emulator.manual_clock == true);
  CHECK(command.emulator.seed == 7);
  CHECK(command.emulator.credits == 3);
  CHECK(command.emulator.max_teams == 5);
  CHECK(command.log.quiet);
  CHECK(command.log.file == "l");
  CHECK(command.log.format == cli::LogFormat::json);
  CHECK(command.emulator.time_scale == 2.5);
  CHECK(command.emulator.callback_insecure);
}

TEST_CASE("settings: a flag wins over its variable, a variable over the default") {
  const cli::Environment environment{{"ENRICHMENT_MOCK_PORT", "9000"}, {"ENRICHMENT_MOCK_QUIET", "1"}};
  CHECK(settings({}, environment).emulator.port == 9000);
  CHECK(settings({}, environment).log.quiet);
  CHECK(settings({"--port", "9001"}, environment).emulator.port == 9001);
}

TEST_CASE("settings: if a flag is given twice, the last one counts") {
  CHECK(settings({"--port", "1", "--port", "2"}).emulator.port == 2);
}

TEST_CASE("settings: an empty variable counts as not set") {
  CHECK(settings({}, {{"ENRICHMENT_MOCK_SEED", ""}}).emulator.seed == std::nullopt);
}

TEST_CASE("settings: callback targets may be separated by commas or given by several flags") {
  const Args expected{"app", "10.0.0.0/8", "::1"};
  CHECK(settings({"--callback-allow", "app, 10.0.0.0/8", "--callback-allow", "[::1]"}).emulator.callback_allow ==
        expected);
  CHECK(settings({}, {{"ENRICHMENT_MOCK_CALLBACK_ALLOW", "app,10.0.0.0/8,::1"}}).emulator.callback_allow == expected);
}

TEST_CASE("settings: a flag has one rewrite, the variable has several with commas") {
  const Args expected{"https://app.example.com=http://app:3000", "http://a/x,y=http://b"};
  CHECK(settings({"--callback-rewrite", expected[0], "--callback-rewrite", expected[1]}).emulator.callback_rewrite ==
        expected);
  CHECK(settings({}, {{"ENRICHMENT_MOCK_CALLBACK_REWRITE", expected[0] + ", http://c=http://d"}})
            .emulator.callback_rewrite == Args{expected[0], "http://c=http://d"});
}

TEST_CASE("settings: a container is detected by its environment") {
  CHECK(settings({}, {{"container", "podman"}}).emulator.in_container);
  CHECK(settings({}, {{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}}).emulator.in_container);
}

TEST_CASE("settings: a terminal without colours gets none") {
  CHECK_FALSE(settings({}, {{"TERM", "dumb"}}).log.colour);
  CHECK(settings({}, {{"TERM", "xterm"}}).log.colour);
}

TEST_CASE("settings: init takes a file name that is a valid scenario name, or standard output") {
  const auto init = [](const Args& args) { return settings(args); };
  CHECK(init({"init"}).starter_file == "my-scenario.json");
  CHECK(init({"init", "some/where/other-2.json"}).starter_file == "some/where/other-2.json");
  CHECK(init({"init", "some/where/other-2.json"}).starter_name == "other-2");
  CHECK(init({"init", "-"}).starter_file.empty());
  for (const char* file : {"Mine.json", "mine", "mine.jsonc", ".json", "my_own.json", "folder/"})
    CHECK(complaint({"init", file}).starts_with("init: \"" + std::string(file) + "\" is not valid: expected a file"));
  CHECK(complaint({"init", "a.json", "b.json"}) == "init: unexpected argument \"b.json\"");
}

TEST_CASE("settings: scenarios takes the flags that choose what is loaded") {
  const auto listed = settings(Args{"scenarios", "--scenario", "a.json", "--scenario", "not-found"});
  CHECK(listed.emulator.scenario_files == Args{"a.json"});
  CHECK(complaint({"scenarios", "--scenario", "not-fuond"}).ends_with("did you mean \"not-found\"?"));
}

TEST_CASE("settings: NO_COLOR switches colours off unless it is empty") {
  CHECK_FALSE(settings({}, {{"NO_COLOR", "1"}}).log.colour);
  CHECK(settings({}, {{"NO_COLOR", ""}}).log.colour);
}

TEST_CASE("settings: an unknown flag is refused with the nearest") {
  CHECK(complaint({"--prot", "1"}) == "unknown flag \"--prot\"; did you mean \"--port\"?");  // and not its value
  CHECK(complaint({"--prot=1", "more"}) ==
        "unknown flag \"--prot\"; did you mean \"--port\"?\nunexpected argument \"more\"");
  CHECK(complaint({"--sceanrio=x"}) == "unknown flag \"--sceanrio\"; did you mean \"--scenario\"?");
  CHECK(complaint({"-port", "1"}) == "unknown flag \"-port\"; did you mean \"--port\"?");
  CHECK(complaint({"-host", "x"}) == "unknown flag \"-host\"; did you mean \"--host\"?");
  CHECK(complaint({"-q"}) == "unknown flag \"-q\"");
  CHECK(complaint({"--bananas"}) == "unknown flag \"--bananas\"");
}

TEST_CASE("settings: the last value of a flag is found although the command line has other errors") {
  const cli::Environment environment{{"ENRICHMENT_MOCK_PORT_FILE", "v"}};
  const auto found = [&](const Args& args) { return cli::last_value("port-file", args, environment); };
  CHECK(found({"-x", "--port-file", "a", "--bananas", "--port-file=b", "--seed"}) == "b");
  CHECK(found({"--port"}) == "v");
  CHECK(found({"--port-file", "--quiet"}) == "v");
  CHECK(found({"--", "--port-file", "a"}) == "v");
  CHECK(cli::last_value("port-file", Args{"--port-file"}, {}).empty());
}

TEST_CASE("settings: arguments after -- are not flags, and the hint says so") {
  CHECK(complaint({"--", "--port", "0"}) ==
        "unexpected argument \"--port\"; flags must come before \"--\"\n"
        "unexpected argument \"0\"");
  CHECK(complaint({"--quiet", "--"}) == "(none)");
  CHECK(settings({"validate", "--format", "json", "--", "-odd.json", "--port"}).paths == Args{"-odd.json", "--port"});
}

TEST_CASE("settings: scenarios takes all flags of serve") {
  const auto& listed = parsed({"scenarios", "--port", "9000", "--tls-self-signed", "--quiet"});
  CHECK(listed.command->name == "scenarios");
  CHECK(complaint({"scenarios", "--port", "x"}).starts_with("--port: \"x\" is not valid"));
}

TEST_CASE("settings: an unknown variable is refused with the nearest") {
  CHECK(complaint({}, {{"ENRICHMENT_MOCK_SEDE", "1"}}) ==
        "unknown environment variable ENRICHMENT_MOCK_SEDE; did you mean \"ENRICHMENT_MOCK_SEED\"?");
  CHECK(complaint({}, {{"ENRICHMENT_MOCK_IMAGE", "example.com/mock:1"}}) == "(none)");  // not one of our variables
  CHECK(complaint({}, {{"ENRICHMENT_MOCKERY", "1"}}) == "(none)");
}

TEST_CASE("settings: variables that Kubernetes sets for a service called enrichment-mock are ignored") {
  const cli::Environment environment{{"ENRICHMENT_MOCK_SERVICE_HOST", "10.0.0.7"},
                                     {"ENRICHMENT_MOCK_SERVICE_PORT_HTTP", "8080"},
                                     {"ENRICHMENT_MOCK_PORT", "tcp://10.0.0.7:8080"},
                                     {"ENRICHMENT_MOCK_PORT_8080_TCP_ADDR", "10.0.0.7"}};
  CHECK(settings({}, environment).emulator.port == 8080);
}

TEST_CASE("settings: all problems are reported together") {
  const std::string said = complaint({"--port", "x", "--seed", "-1"}, {{"ENRICHMENT_MOCK_CREDITS", "many"}});
  CHECK(std::count(said.begin(), said.end(), '\n') == 2);
}

TEST_CASE("settings: an unknown command is refused with the nearest one, or with the flag for a scenario") {
  CHECK(complaint({"valdiate", "x"}) == "unknown command \"valdiate\"; did you mean \"validate\"?");
  CHECK(complaint({"my.json"}) == "unknown command \"my.json\"; to load a scenario file, use --scenario my.json");
  CHECK(complaint({"serve", "more"}) == "unexpected argument \"more\"");
  CHECK(complaint({"validate"}) == "validate: expected scenario files, directories, or -");
  CHECK(complaint({"state"}) == "state: expected the file of --state");
  CHECK(complaint({"state", "a", "b"}) == "state: unexpected argument \"b\"");
}

TEST_CASE("settings: healthcheck asks the address that serve would listen on, or --url") {
  const auto url = [](const Args& args, const cli::Environment& environment = {}) {
    return settings(args, environment).mock.url;
  };
  CHECK(url({"healthcheck"}) == "http://127.0.0.1:8080");
  CHECK(url({"healthcheck", "--port", "9"}) == "http://127.0.0.1:9");
  CHECK(url({"healthcheck"}, {{"ENRICHMENT_MOCK_HOST", "0.0.0.0"}, {"ENRICHMENT_MOCK_PORT", "81"}}) ==
        "http://127.0.0.1:81");
  CHECK(url({"healthcheck", "--host", "::"}) == "http://127.0.0.1:8080");
  CHECK(url({"healthcheck", "--host", "::1"}) == "http://[::1]:8080");
  CHECK(url({"healthcheck", "--url", "https://mock:1/"}) == "https://mock:1");
  CHECK(url({"healthcheck"}, {{"ENRICHMENT_MOCK_TLS_SELF_SIGNED", "true"}}) == "https://127.0.0.1:8080");
  CHECK(url({"healthcheck", "--tls-cert", "c.pem"}) == "https://127.0.0.1:8080");
  CHECK(complaint({"healthcheck", "--port", "0"}).find("expected --url") != std::string::npos);
}

TEST_CASE("settings: exec takes the flags of serve, and a command after --, which keeps its own flags") {
  const auto exec = settings(
      {"exec", "--scenario", "mine.json", "--verify", "--timeout", "2s", "--", "npm", "test", "--", "--port", "1"});
  CHECK(exec.command == Args{"npm", "test", "--", "--port", "1"});
  CHECK(exec.emulator.scenario_files == Args{"mine.json"});
  CHECK(exec.emulator.port == 0);
  CHECK(exec.verifies);
  CHECK(exec.wait == std::chrono::seconds(2));
  CHECK(exec.log.quiet);
  CHECK(settings({"exec", "--port", "7", "--log-file", "l", "--", "x"}).emulator.port == 7);
  CHECK_FALSE(settings({"exec", "--port", "7", "--log-file", "l", "--", "x"}).log.quiet);
  CHECK(complaint({"exec"}) == "exec: expected -- and the command to run");
  CHECK(complaint({"exec", "--"}) == "exec: expected -- and the command to run");
  CHECK(complaint({"exec", "npm", "test"}) == "unexpected argument \"npm\"; expected -- before the command");
  CHECK(complaint({"exec", "--port-file", "p", "--", "x"}).starts_with("unknown flag \"--port-file\""));
}

TEST_CASE("settings: audit runs in the shipped scenarios, or in a list of names, files and directories") {
  const TemporaryDirectory directory;
  const auto one = directory.write("one.json", "{}"), two = directory.write("two.json", "{}");
  const auto scenarios = [](const std::string& list) {
    return settings({"audit", "--scenarios", list, "--", "x"}).scenarios;
  };
  CHECK(settings({"audit", "--", "x"}).scenarios == kShippedNames);
  CHECK(scenarios("not-found, default") == Args{"not-found", "default"});
  CHECK(scenarios(one) == Args{"one"});
  CHECK(settings({"audit", "--scenarios", one, "--", "x"}).emulator.scenario_files == Args{one});
  CHECK(scenarios(directory.path() + ",default") == Args{"one", "two", "default"});
  CHECK(scenarios("one," + one) == Args{"one", "one"});
  CHECK(complaint({"audit", "--scenarios", "not-fuond", "--", "x"}).ends_with("did you mean \"not-found\"?"));
  CHECK(settings({"audit", "--jobs", "3", "--timeout", "2s", "--", "x"}).jobs == 3);
  CHECK(settings({"audit", "--fail-on", "warning", "--", "x"}).fail_on == enrichment_mock::Severity::warning);
}

TEST_CASE("settings: what exec sets for its command, and what packages read, is not taken for a misspelt setting") {
  CHECK(complaint({}, {{"ENRICHMENT_MOCK_ADMIN_URL", "http://mock/__admin"},
                       {"ENRICHMENT_MOCK_API_KEY", "k"},
                       {"ENRICHMENT_MOCK_SNAPSHOTS", "here"},
                       {"ENRICHMENT_MOCK_BINARY", "x"}}) == "(none)");
  CHECK(complaint({}, {{"ENRICHMENT_MOCK_ADMIN_ULR", "x"}}).ends_with("did you mean \"ENRICHMENT_MOCK_ADMIN_URL\"?"));
}

TEST_CASE("settings: verify takes the key by either name, and a flag wins over the variable of the other") {
  const auto key = [](const Args& args, const cli::Environment& environment = {}) {
    return settings(args, environment).key;
  };
  CHECK(key({"verify", "--api-key", "k"}) == "k");
  CHECK(key({"verify"}, {{"ENRICHMENT_MOCK_API_KEY", "k"}}) == "k");
  CHECK(key({"verify", "--key", "k"}, {{"ENRICHMENT_MOCK_API_KEY", "other"}}) == "k");
  CHECK(key({"verify", "--api-key", "k"}, {{"ENRICHMENT_MOCK_KEY", "other"}}) == "k");
  CHECK(complaint({"verify", "--key", "a", "--api-key", "b"}) == "--key: cannot be used with --api-key");
  CHECK(complaint({"verify"}) == "verify: --api-key is missing: it selects the team to check");
}

TEST_CASE("settings: help and version are shown although the command line has errors") {
  CHECK(text_of({"--version"}) == "enrichment-mock " + enrichment_mock::version() + "\ncommit 1, g++ 2\n");
  CHECK(text_of({"--bananas", "--help"}).find("--callback-allow") != std::string::npos);
  CHECK(text_of({"-h"}, {{"ENRICHMENT_MOCK_SEDE", "1"}}).find("Usage:") == 0);
  CHECK(text_of({"validate", "--help"}).find("validate [flags] FILE") != std::string::npos);
  CHECK(text_of({"help", "verify"}) == text_of({"verify", "--help"}));
  CHECK(text_of({"help"}) == text_of({"--help"}));
  CHECK(complaint({"help", "verfy"}) == "unknown command \"verfy\"; did you mean \"verify\"?");
}

TEST_CASE("settings: every help text fits 80 columns") {
  for (const char* command : {"serve", "init", "validate", "scenarios", "healthcheck", "verify", "exec", "audit"}) {
    std::istringstream help(text_of({command, "--help"}));
    for (std::string line; std::getline(help, line);) CHECK_MESSAGE(line.size() <= 80, line);
  }
}
