#include "app/settings.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "app/scenario_files.h"
#include "app/values.h"

namespace enrichment_mock::app {
namespace {

constexpr double kLeastTimeScale = 0.001, kMostTimeScale = 1'000'000;  // as in a scenario file
constexpr std::uint64_t kMostCredits = 1'000'000'000'000;
constexpr std::uint64_t kMostTeams = 10'000'000;
constexpr std::uint64_t kMostJournal = 1'000'000;
constexpr std::uint64_t kMostResolved = 1'000'000'000;

constexpr Flag kUrl{"url", "URL", "whom to ask, instead of --host and --port", "Server"};

constexpr Flag kServeFlags[] = {
    {"host", "ADDRESS", "where to listen (127.0.0.1)", "Server"},
    {"port", "N", "8080; 0 picks a free one", "Server"},
    {"port-file", "FILE", "write the port here once it accepts", "Server"},
    {"max-teams", "N", "teams kept at a time (10000)", "Server"},
    {"keep-resolved", "N", "resolved enrichments kept of each team\n(1000000)", "Server"},
    {"keep-resolved-for", "DURATION", "and for how long, by the team's clock\n(until N more recent ones are there)",
     "Server"},
    {"journal-size", "N", "calls kept of each team; 0: none (1000)", "Control API"},
    {"admin-host", "NAMES", "may be called by these names, too; repeatable", "Control API"},
    {"admin-token", "TOKEN", "asks for Authorization: Bearer TOKEN", "Control API"},
    {"scenario", "NAME|FILE", "shipped or your own; repeatable, the first is\nthe default scenario", "Scenario"},
    {"scenarios", "DIR", "load every *.json in it", "Scenario"},
    {"watch", "", "load scenario files anew when they change", "Scenario"},
    {"seed", "N", "make ids and draws reproducible", "Scenario"},
    {"credits", "N", "opening balance of every team", "Scenario"},
    {"clock", "MODE", "manual or running", "Scenario"},
    {"time-scale", "X", "run the clock X times as fast", "Scenario"},
    {"callback-allow", "TARGETS",
     "hosts, addresses, ranges, or all; repeatable\n(bound to loopback: all, else: loopback)", "Callbacks"},
    {"callback-ca", "FILE", "trust these certificates (PEM)", "Callbacks"},
    {"callback-insecure", "", "accept any certificate", "Callbacks"},
    {"log-format", "FORMAT", "text, json, or auto: text on a terminal", "Log"},
    {"log-file", "FILE", "append to it (standard error)", "Log"},
    {"quiet", "", "no line for each request", "Log"},
};
constexpr Flag kFormat{"format", "FORMAT", "text, or json for tools", "Output"};
constexpr Flag kValidateFlags[] = {kFormat};
constexpr Flag kVerifyFlags[] = {
    kUrl,
    {"host", "ADDRESS", "where the mock listens (127.0.0.1)", "Server"},
    {"port", "N", "its port (8080)", "Server"},
    {"admin-token", "TOKEN", "of its control API", "Server"},
    {"key", "API_KEY", "of the team that is meant", "Expectations"},
    {"expect", "FILE", "JSON, {\"expect\": [...]}; - is stdin (the\nscenario's own expect)", "Expectations"},
};
constexpr Flag kHealthcheckFlags[] = {
    kUrl,
    {"host", "ADDRESS", "where the mock listens (127.0.0.1)", "Server"},
    {"port", "N", "its port (8080)", "Server"},
};

constexpr std::string_view kUsage = R"(Usage: enrichment-mock [serve] [flags]
       enrichment-mock validate FILE|DIR...  check scenario files; - is stdin
       enrichment-mock scenarios             list the shipped scenarios
       enrichment-mock healthcheck [flags]   ask a running mock how it is
       enrichment-mock verify [flags]        check what a test expects of it
       enrichment-mock --help | --version    COMMAND --help says more
)";
constexpr std::string_view kVariables = R"(
Each flag is a variable, too: --port is ENRICHMENT_MOCK_PORT. Lists take commas.
Exit status: 0 stopped or fine, 1 runtime error, 2 bad usage or bad scenario.
)";

std::string joined(const Problems& problems) {
  std::string text;
  for (const std::string& problem : problems) text += (text.empty() ? "" : "\n") + problem;
  return text;
}

Arguments read(std::span<const Flag> flags, std::span<const std::string> args, const Environment& environment,
               Problems& problems) {
  Arguments arguments = read_arguments(flags, args, environment, problems);
  if (arguments.help || arguments.version) problems.clear();
  return arguments;
}

void refuse_words(const Arguments& arguments, Problems& problems) {
  for (const std::string& word : arguments.words) problems.push_back("unexpected argument \"" + word + "\"");
}

void check_variables(const Environment& environment, Problems& problems) {
  std::vector<Flag> all(std::begin(kServeFlags), std::end(kServeFlags));
  all.push_back(kUrl);
  all.push_back(kFormat);
  check_variable_names(all, environment, problems);
}

std::string host_of(const Arguments& arguments, Problems& problems) {
  return to_host(arguments.last("host"), problems).value_or("127.0.0.1");
}

std::uint16_t port_of(const Arguments& arguments, Problems& problems) {
  return static_cast<std::uint16_t>(to_number(arguments.last("port"), 0, 65'535, problems).value_or(8080));
}

// A file's name may hold commas when it comes by a flag.
std::vector<Given> scenarios_of(const Arguments& arguments) {
  std::vector<Given> scenarios;
  for (const Given& given : arguments.all("scenario")) {
    const bool flag = given.source.starts_with("--");
    for (std::string& part : flag ? std::vector{given.text} : split(given.text))
      scenarios.push_back({given.source, std::move(part)});
  }
  return scenarios;
}

Options emulator_options(const Arguments& arguments, std::span<const std::string> shipped, Problems& problems) {
  Options options;
  options.host = host_of(arguments, problems);
  options.port = port_of(arguments, problems);
  auto scenarios = choose_scenarios(scenarios_of(arguments), arguments.last("scenarios"), shipped, problems);
  options.scenario_files = std::move(scenarios.files);
  options.default_scenario = std::move(scenarios.default_scenario);
  options.watch = to_bool(arguments.last("watch"), problems).value_or(false);
  if (const auto directory = arguments.last("scenarios")) options.watch_directories = {directory->text};
  if (const auto clock = to_choice(arguments.last("clock"), {"manual", "running"}, problems))
    options.manual_clock = *clock == 0;
  options.time_scale = to_factor(arguments.last("time-scale"), kLeastTimeScale, kMostTimeScale, problems);
  options.seed = to_number(arguments.last("seed"), 0, std::numeric_limits<std::uint64_t>::max(), problems);
  if (const auto credits = to_number(arguments.last("credits"), 0, kMostCredits, problems))
    options.credits = static_cast<std::int64_t>(*credits);
  if (const auto teams = to_number(arguments.last("max-teams"), 1, kMostTeams, problems)) options.max_teams = *teams;
  if (const auto most = to_number(arguments.last("keep-resolved"), 1, kMostResolved, problems))
    options.keep_resolved = *most;
  options.keep_resolved_for = to_duration(arguments.last("keep-resolved-for"), problems);
  if (const auto size = to_number(arguments.last("journal-size"), 0, kMostJournal, problems))
    options.journal_size = *size;
  for (const Given& given : arguments.all("admin-host"))
    for (std::string& name : split(given.text)) options.admin_hosts.push_back(std::move(name));
  options.admin_token = to_token(arguments.last("admin-token"), problems).value_or("");
  for (const Given& given : arguments.all("callback-allow"))
    for (std::string& target : to_targets(given, problems)) options.callback_allow.push_back(std::move(target));
  options.callback_ca = to_certificates(arguments.last("callback-ca"), problems).value_or("");
  options.callback_insecure = to_bool(arguments.last("callback-insecure"), problems).value_or(false);
  return options;
}

bool is_set(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found != environment.end() && !found->second.empty();
}

LogSettings log_settings(const Arguments& arguments, const Environment& environment, Problems& problems) {
  constexpr LogFormat kFormats[] = {LogFormat::automatic, LogFormat::text, LogFormat::json};
  const auto format = to_choice(arguments.last("log-format"), {"auto", "text", "json"}, problems);
  const auto file = arguments.last("log-file");
  return {.format = kFormats[format.value_or(0)],
          .file = file ? file->text : "",
          .colour = !is_set(environment, "NO_COLOR"),  // https://no-color.org
          .requests = !to_bool(arguments.last("quiet"), problems).value_or(false)};
}

Command parse_serve(const Arguments& arguments, const Environment& environment, std::span<const std::string> shipped,
                    Problems& problems) {
  refuse_words(arguments, problems);
  check_variables(environment, problems);
  const auto port_file = arguments.last("port-file");
  return Serve{.emulator = emulator_options(arguments, shipped, problems),
               .port_file = port_file ? port_file->text : "",
               .log = log_settings(arguments, environment, problems)};
}

Command parse_validate(const Arguments& arguments, const Environment& environment, Problems& problems) {
  check_variables(environment, problems);
  if (arguments.words.empty()) problems.emplace_back("validate: expected scenario files, directories, or -");
  if (std::count(arguments.words.begin(), arguments.words.end(), "-") > 1)
    problems.emplace_back("validate: - stands twice: standard input can be read but once");
  const auto format = to_choice(arguments.last("format"), {"text", "json"}, problems);
  return Validate{.words = arguments.words, .as_json = format == 1};
}

// A server that listens everywhere is asked on loopback.
std::string reachable(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "[::1]";
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

// Where a running mock is to be found.
std::string url_of(const Arguments& arguments, std::string_view verb, Problems& problems) {
  if (arguments.last("url")) return to_base_url(arguments.last("url"), problems).value_or("");
  const std::string host = host_of(arguments, problems);
  const std::uint16_t port = port_of(arguments, problems);
  if (port == 0) problems.push_back(std::string(verb) + ": a free port is not known beforehand: expected --url");
  return "http://" + reachable(host) + ":" + std::to_string(port);
}

Command parse_healthcheck(const Arguments& arguments, const Environment& environment, Problems& problems) {
  refuse_words(arguments, problems);
  check_variables(environment, problems);
  return Healthcheck{url_of(arguments, "healthcheck", problems)};
}

Command parse_verify(const Arguments& arguments, const Environment& environment, Problems& problems) {
  refuse_words(arguments, problems);
  check_variables(environment, problems);
  const auto text = [&](std::string_view flag) {
    const auto given = arguments.last(flag);
    return given ? given->text : std::string();
  };
  Verify command{.url = url_of(arguments, "verify", problems),
                 .key = text("key"),
                 .token = to_token(arguments.last("admin-token"), problems).value_or(""),
                 .file = text("expect")};
  if (command.key.empty()) problems.emplace_back("verify: --key is missing: which team is meant?");
  return command;
}

struct Verb {
  std::string_view name, usage;
  std::span<const Flag> flags;
};
constexpr Verb kVerbs[] = {
    {"serve", kUsage, kServeFlags},
    {"validate",
     "Usage: enrichment-mock validate [flags] FILE|DIR...\n\n"
     "Checks scenario files, as if they were loaded together, and prints every problem\n"
     "with its place. - is standard input.\n",
     kValidateFlags},
    {"scenarios", "Usage: enrichment-mock scenarios\n\nLists the shipped scenarios.\n", {}},
    {"healthcheck",
     "Usage: enrichment-mock healthcheck [flags]\n\nAsks a running mock how it is: exit status 0 or 1.\n",
     kHealthcheckFlags},
    {"verify",
     "Usage: enrichment-mock verify [flags]\n\nHolds what a team did to what was expected: exit status 0 or 1.\n",
     kVerifyFlags},
};

const Verb& find_verb(std::string_view text) {
  const std::string name(text);
  std::vector<std::string> names;
  for (const Verb& verb : kVerbs) {
    if (verb.name == name) return verb;
    names.emplace_back(verb.name);
  }
  throw UsageError(
      "unknown command \"" + name + "\"" +
      (name.ends_with(".json") ? "; a scenario file is given as --scenario " + name : did_you_mean(name, names)));
}

Command parse_verb(const Verb& verb, const Arguments& arguments, const Environment& environment,
                   std::span<const std::string> shipped, Problems& problems) {
  if (arguments.help)
    return ShowText{std::string(verb.usage) + describe(verb.flags) +
                    (verb.flags.empty() ? std::string() : std::string(kVariables))};
  if (arguments.version) return ShowText{"enrichment-mock " + version() + "\n"};
  if (verb.name == "serve") return parse_serve(arguments, environment, shipped, problems);
  if (verb.name == "validate") return parse_validate(arguments, environment, problems);
  if (verb.name == "healthcheck") return parse_healthcheck(arguments, environment, problems);
  if (verb.name == "verify") return parse_verify(arguments, environment, problems);
  refuse_words(arguments, problems);
  return ListScenarios{};
}

}  // namespace

Command parse_command(std::span<const std::string> args, const Environment& environment,
                      std::span<const std::string> shipped) {
  const bool named = !args.empty() && !args.front().starts_with('-');
  const Verb& verb = find_verb(named ? std::string_view(args.front()) : "serve");
  Problems problems;
  const Arguments arguments = read(verb.flags, named ? args.subspan(1) : args, environment, problems);
  Command command = parse_verb(verb, arguments, environment, shipped, problems);
  if (!problems.empty()) throw UsageError(joined(problems));
  return command;
}

}  // namespace enrichment_mock::app
