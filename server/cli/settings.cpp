#include "cli/settings.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "cli/container.h"
#include "cli/emulator_options.h"
#include "cli/network_values.h"
#include "cli/verbs.h"

namespace enrichment_mock::cli {
namespace {

const std::string kStarterFile = "my-scenario.json";

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

std::string text_of(const Arguments& arguments, std::string_view flag) {
  const auto given = arguments.last(flag);
  return given ? given->text : std::string();
}

void refuse_words(const Arguments& arguments, Problems& problems) {
  for (const std::string& word : arguments.words) problems.push_back("unexpected argument \"" + word + "\"");
}

void check_variables(const Environment& environment, Problems& problems) {
  check_variable_names(all_flags(), environment, problems);
}

// Empty variables count as not set, but for this one: a secret that did not arrive would leave the door open.
void check_token_variable(const Environment& environment, Problems& problems) {
  const auto found = environment.find("ENRICHMENT_MOCK_ADMIN_TOKEN");
  if (found != environment.end() && found->second.empty()) problems.push_back(found->first + ": its value is empty");
}

bool is_set(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found != environment.end() && !found->second.empty();
}

// https://no-color.org, and terminals that can show none.
bool allows_colour(const Environment& environment) {
  const auto terminal = environment.find("TERM");
  return !is_set(environment, "NO_COLOR") && (terminal == environment.end() || terminal->second != "dumb");
}

LogSettings log_settings(const Arguments& arguments, const Environment& environment, Problems& problems) {
  constexpr LogFormat kFormats[] = {LogFormat::automatic, LogFormat::text, LogFormat::json};
  const auto format = to_choice(arguments.last("log-format"), {"auto", "text", "json"}, problems);
  return {.format = kFormats[format.value_or(0)],
          .file = text_of(arguments, "log-file"),
          .colour = allows_colour(environment),
          .requests = !to_bool(arguments.last("quiet"), problems).value_or(false)};
}

Command parse_serve(const Arguments& arguments, const Environment& environment, std::span<const std::string> shipped,
                    Problems& problems) {
  refuse_words(arguments, problems);
  check_variables(environment, problems);
  check_token_variable(environment, problems);
  Serve command{.emulator = emulator_options(arguments, shipped, problems),
                .port_file = text_of(arguments, "port-file"),
                .tls_ca_file = text_of(arguments, "tls-ca-file"),
                .log = log_settings(arguments, environment, problems)};
  command.emulator.in_container = in_container(environment);
  return command;
}

// A scenario is called as its file is.
Command parse_init(const Arguments& arguments, Problems& problems) {
  const std::string word = arguments.words.empty() ? kStarterFile : arguments.words.front();
  if (arguments.words.size() > 1) problems.push_back("init: unexpected argument \"" + arguments.words[1] + "\"");
  const std::filesystem::path file(word == "-" ? kStarterFile : word);
  const std::string name = file.stem().string();
  constexpr base::CharacterSet kName = base::kDigits.with_range('a', 'z').with("-");
  if (file.extension() != ".json" || name.empty() || !kName.has_all(name))
    problems.push_back("init: \"" + word + "\" is not valid: expected a file name such as " + kStarterFile +
                       ", of lower-case letters, digits and hyphens");
  return Init{.file = word == "-" ? "" : word, .name = name};
}

Command parse_scenarios(const Arguments& arguments, const Environment& environment,
                        std::span<const std::string> shipped, Problems& problems) {
  refuse_words(arguments, problems);
  check_variables(environment, problems);
  ListScenarios command;
  read_scenarios(arguments, shipped, command.loaded, problems);
  return command;
}

Command parse_validate(const Arguments& arguments, const Environment& environment, Problems& problems) {
  check_variables(environment, problems);
  if (arguments.words.empty()) problems.emplace_back("validate: expected scenario files, directories, or -");
  if (std::count(arguments.words.begin(), arguments.words.end(), "-") > 1)
    problems.emplace_back("validate: - stands twice: standard input can be read but once");
  const auto format = to_choice(arguments.last("format"), {"text", "json"}, problems);
  return Validate{.words = arguments.words, .as_json = format == 1};
}

// Where a running mock is to be found. At --host and --port it is on this machine, and any certificate will do.
Target target_of(const Arguments& arguments, std::string_view verb, Problems& problems) {
  const bool insecure = to_bool(arguments.last("tls-insecure"), problems).value_or(false);
  if (arguments.last("url"))
    return {.url = to_base_url(arguments.last("url"), problems).value_or(""),
            .ca_file = to_certificates(arguments.last("tls-ca-file"), problems).value_or(""),
            .any_certificate = insecure};
  const std::string host = host_of(arguments, problems);
  const std::uint16_t port = port_of(arguments, problems);
  if (port == 0) problems.push_back(std::string(verb) + ": a free port is not known beforehand: expected --url");
  const bool tls = to_bool(arguments.last("tls-self-signed"), problems).value_or(false) || arguments.last("tls-cert");
  return {.url = local_url(tls, host, port), .any_certificate = true};
}

Command parse_healthcheck(const Arguments& arguments, const Environment& environment, Problems& problems) {
  refuse_words(arguments, problems);
  check_variables(environment, problems);
  return Healthcheck{target_of(arguments, "healthcheck", problems)};
}

Command parse_verify(const Arguments& arguments, const Environment& environment, Problems& problems) {
  refuse_words(arguments, problems);
  check_variables(environment, problems);
  check_token_variable(environment, problems);
  Verify command{.mock = target_of(arguments, "verify", problems),
                 .key = to_key(arguments.last("key"), problems).value_or(""),
                 .token = to_token(arguments.last("admin-token"), problems).value_or(""),
                 .file = text_of(arguments, "expect")};
  if (!arguments.last("key")) problems.emplace_back("verify: --key is missing: which team is meant?");
  return command;
}

const Verb& verb_called(const std::string& name) {
  if (const Verb* verb = find_verb(name)) return *verb;
  std::vector<std::string> names;
  for (const Verb& verb : verbs()) names.emplace_back(verb.name);
  throw UsageError(
      "unknown command \"" + name + "\"" +
      (name.ends_with(".json") ? "; a scenario file is given as --scenario " + name : did_you_mean(name, names)));
}

Command parse_verb(const Verb& verb, const Arguments& arguments, const Environment& environment,
                   std::span<const std::string> shipped, Problems& problems) {
  if (arguments.help) return ShowText{help_of(verb)};
  if (arguments.version) return ShowText{"enrichment-mock " + version() + "\n"};
  if (verb.name == "serve") return parse_serve(arguments, environment, shipped, problems);
  if (verb.name == "validate") return parse_validate(arguments, environment, problems);
  if (verb.name == "healthcheck") return parse_healthcheck(arguments, environment, problems);
  if (verb.name == "verify") return parse_verify(arguments, environment, problems);
  if (verb.name == "init") return parse_init(arguments, problems);
  return parse_scenarios(arguments, environment, shipped, problems);
}

}  // namespace

Command parse_command(std::span<const std::string> args, const Environment& environment,
                      std::span<const std::string> shipped) {
  const bool named = !args.empty() && !args.front().starts_with('-');
  if (named && args.front() == "help") return ShowText{help_of(verb_called(args.size() > 1 ? args[1] : "serve"))};
  const std::string name = named ? args.front() : "serve";
  const Verb& verb = verb_called(name);
  Problems problems;
  const Arguments arguments = read(verb.flags, named ? args.subspan(1) : args, environment, problems);
  Command command = parse_verb(verb, arguments, environment, shipped, problems);
  if (!problems.empty()) throw UsageError(joined(problems));
  return command;
}

}  // namespace enrichment_mock::cli
