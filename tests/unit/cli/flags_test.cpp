#include "cli/flags.h"

#include <doctest/doctest.h>
#include <map>
#include <set>

#include "support/json.h"
#include "support/parsed_settings.h"
#include "support/temporary_directory.h"

namespace cli = enrichment_mock::cli;
using namespace enrichment_mock::support;
using nlohmann::json;

namespace {

// A valid value for each kind of value in the help; none is a default.
class Samples {
 public:
  std::string of(const cli::Flag& flag) const {
    const auto found = by_argument_.find(flag.argument);
    REQUIRE_MESSAGE(found != by_argument_.end(), flag.argument << " has no sample");
    return found->second;
  }

 private:
  const TemporaryDirectory directory_;
  const std::map<std::string_view, std::string> by_argument_{
      {"", "true"},
      {"ADDRESS", "::1"},
      {"API_KEY", "k"},
      {"DIR", directory_.path()},
      {"FILE", directory_.write("ca.pem", "-----BEGIN CERTIFICATE-----\n")},
      {"FORMAT", "json"},
      {"FROM=TO", "http://a=http://b"},
      {"LIST", "not-found"},
      {"MODE", "manual"},
      {"NAME", "REAL_KEY"},
      {"N", "7"},
      {"NAME|FILE", "mine.json"},
      {"NAMES", "mock.example"},
      {"SEVERITY", "error"},
      {"SIZE", "1GB"},
      {"TARGETS", "10.0.0.0/8"},
      {"TIME", "3s"},
      {"TOKEN", "t"},
      {"URL", "http://mock:1"},
      {"WHAT", "all"},
      {"WHEN", "full"},
      {"X", "2"},
  };
};

// Everything that a flag can set.
json to_json(const cli::Settings& s) {
  const auto& e = s.emulator;
  return {
      {e.host, e.port, e.tls_cert, e.tls_key, e.tls_self_signed, e.tls_names},
      {e.scenario_files, e.default_scenario, e.watch, e.watch_directories},
      {e.manual_clock.has_value(), e.time_scale.value_or(0), e.seed.value_or(0), e.credits.value_or(0)},
      {e.max_teams, e.keep_resolved, e.keep_resolved_for.value_or(std::chrono::microseconds(0)).count(), e.state_file,
       e.state_sync},
      {e.journal_size, e.journal_bytes, e.journal_total_bytes, e.admin_hosts, e.admin_token},
      {e.callback_allow, e.callback_ca, e.callback_insecure, e.callback_rewrite, e.callback_timeout.count()},
      {s.port_file, s.stop_on_eof, s.restored_file, s.authority_file, s.log.format, s.log.file, s.log.quiet},
      {s.mock.url, s.mock.ca_file, s.mock.any_certificate, s.key, s.expectations, s.as_json},
      {s.wait.value_or(std::chrono::milliseconds(0)).count(), s.junit_file, s.shows_advice, s.verifies,
       s.snapshot_file},
      {s.fail_on.has_value(), s.scenarios, s.jobs},
      {s.upstream.url, s.upstream.ca_file, s.upstream_key, s.spend, s.dry_run, s.scenario_file},
      {s.recording, s.public_url, s.callback_port, s.hidden},
      {s.checks_state},
  };
}

// The command with the arguments that it needs.
Args call_of(const cli::Command& command) {
  Args args{std::string(command.name)};
  if (command.name == "validate") args.emplace_back("x.json");
  if (command.name == "state") args.emplace_back("state.db");
  if (command.name == "verify") args.insert(args.end(), {"--key", "k"});
  if (command.name == "compare") args.emplace_back("--dry-run");
  if (command.name == "record") args.insert(args.end(), {"--upstream", "https://a", "--out", "a.json"});
  if (command.name == "exec" || command.name == "audit") args.insert(args.end(), {"--", "true"});
  return args;
}

// The settings when only this flag is given, by its variable.
cli::Settings settings_with(const cli::Command& command, const cli::Flag& flag, const std::string& text) {
  const cli::Environment environment{{cli::variable_of(flag.name), text}};
  if (flag.name == "key-env")
    return settings({"compare", "--upstream", "http://127.0.0.1:1"}, {*environment.begin(), {text, "k"}});
  if (flag.read == nullptr) return settings(call_of(command), environment);
  cli::Problems problems;
  const auto arguments = cli::read_arguments(command.flags, {}, environment, problems);
  const auto given = arguments.all(flag.name);
  REQUIRE(given.size() == 1);
  cli::Settings settings;
  flag.read(cli::FlagReader(given, problems), settings);
  CHECK(problems == cli::Problems{});
  return settings;
}

}  // namespace

TEST_CASE("flags: each one sets a setting when its variable is set") {
  const Samples samples;
  for (const cli::Command& command : cli::commands())
    for (const cli::Flag& flag : command.flags) {
      CAPTURE(command.name);
      CAPTURE(flag.name);
      CHECK(to_json(settings_with(command, flag, samples.of(flag))) != to_json({}));
    }
}

TEST_CASE("flags: each one is in the help of its command, with a unique name and variable") {
  for (const cli::Command& command : cli::commands()) {
    const std::string help = "\n" + parsed({std::string(command.name), "--help"}).text;
    std::set<std::string> variables;
    for (const cli::Flag& flag : command.flags) {
      CAPTURE(flag.name);
      const std::string row = "\n  --" + std::string(flag.name) + " " + std::string(flag.argument);
      CHECK(help.find(row) != std::string::npos);
      CHECK(variables.insert(cli::variable_of(flag.name)).second);
    }
  }
}

TEST_CASE("flags: a flag of several commands has the same kind of value in each") {
  std::map<std::string_view, std::string_view> arguments;
  for (const cli::Command& command : cli::commands())
    for (const cli::Flag& flag : command.flags)
      if (flag.argument != "LIST")  // of audit, which takes a directory, too
        CHECK_MESSAGE(arguments.try_emplace(flag.name, flag.argument).first->second == flag.argument, flag.name);
}

TEST_CASE("flags: every command is found by its name; without a name it is serve") {
  for (const cli::Command& command : cli::commands()) CHECK(parsed(call_of(command)).command == &command);
  CHECK(parsed({}).command->name == "serve");
}
