#include "cli/arguments.h"

#include <algorithm>
#include <cctype>
#include <cxxopts.hpp>

namespace enrichment_mock::cli {
namespace {

constexpr std::string_view kPrefix = "ENRICHMENT_MOCK_";

// What exec sets for its command, and what the packages for npm and Python read. They are not settings.
constexpr const char* kOtherVariables[] = {"ENRICHMENT_MOCK_ADMIN_URL", "ENRICHMENT_MOCK_BINARY",
                                           "ENRICHMENT_MOCK_SNAPSHOTS"};

// If there is a service called enrichment-mock, Kubernetes sets ENRICHMENT_MOCK_SERVICE_HOST,
// ENRICHMENT_MOCK_PORT=tcp://10.0.0.7:8080, ENRICHMENT_MOCK_PORT_8080_TCP and more in every pod.
bool is_service_link(std::string_view variable, std::string_view value) {
  const std::string_view rest = variable.substr(kPrefix.size());
  if (rest.starts_with("SERVICE_")) return true;
  if (rest == "PORT") return value.find("://") != std::string_view::npos;
  return rest.starts_with("PORT_") && rest.size() > 5 && std::isdigit(static_cast<unsigned char>(rest[5])) != 0;
}

// cxxopts would read a single dash before a word as several one-letter flags: "-host" would print the help.
bool has_one_dash(std::string_view arg) { return arg.size() > 2 && arg[0] == '-' && arg[1] != '-'; }

cxxopts::ParseResult parse(std::span<const Flag> flags, std::span<const std::string> args) {
  cxxopts::Options options("enrichment-mock");
  options.allow_unrecognised_options();
  const auto switch_value = [] { return cxxopts::value<std::string>()->implicit_value("true"); };
  options.add_options()("h,help", "", switch_value())("version", "", switch_value());
  for (const Flag& flag : flags)
    options.add_options()(std::string(flag.name), "",
                          flag.argument.empty() ? switch_value() : cxxopts::value<std::string>());
  std::vector<const char*> argv{"enrichment-mock"};
  for (const std::string& arg : args) argv.push_back(arg.c_str());
  return options.parse(static_cast<int>(argv.size()), argv.data());
}

void collect_flags(const cxxopts::ParseResult& parsed, Arguments& arguments, Problems& problems) {
  for (const auto& given : parsed.arguments()) {
    if (given.key() == "help") arguments.help = true;
    if (given.key() == "version") arguments.version = true;
    if (given.value().empty()) problems.push_back(dashed(given.key()) + ": its value is empty");
    if (given.value().starts_with("--"))
      problems.push_back(dashed(given.key()) + ": its value is missing; found the flag \"" + given.value() +
                         "\" instead");
    arguments.flags[given.key()].push_back({.source = dashed(given.key()), .text = given.value()});
  }
}

std::string unknown_flag(std::span<const Flag> flags, const std::string& arg) {
  const std::string name = arg.substr(0, arg.find('='));
  std::vector<std::string> known{"--help", "--version"};
  for (const Flag& flag : flags) known.push_back(dashed(flag.name));
  return "unknown flag \"" + name + "\"" + did_you_mean(name, known);
}

void collect_positional(const cxxopts::ParseResult& parsed, std::span<const Flag> flags, Arguments& arguments,
                        Problems& problems) {
  bool after_unknown = false;  // probably the unknown flag's value: not a second mistake
  for (const std::string& word : parsed.unmatched()) {
    const bool unknown = word.size() > 1 && word[0] == '-';
    if (unknown) problems.push_back(unknown_flag(flags, word));
    if (!unknown && !after_unknown) arguments.positional.push_back(word);
    after_unknown = unknown && word.find('=') == std::string::npos;
  }
}

void collect_variables(std::span<const Flag> flags, const Environment& environment, Arguments& arguments) {
  for (const Flag& flag : flags) {
    const std::string variable = variable_of(flag.name);
    const auto found = environment.find(variable);
    if (found == environment.end() || found->second.empty() || is_service_link(variable, found->second)) continue;
    arguments.flags.try_emplace(std::string(flag.name), std::vector<FlagValue>{{variable, found->second}});
  }
}

}  // namespace

std::span<const FlagValue> Arguments::all(std::string_view flag) const {
  const auto found = flags.find(flag);
  return found == flags.end() ? std::span<const FlagValue>() : found->second;
}

std::optional<FlagValue> Arguments::last(std::string_view flag) const {
  const auto given = all(flag);
  return given.empty() ? std::nullopt : std::optional(given.back());
}

Arguments read_arguments(std::span<const Flag> flags, std::span<const std::string> args, const Environment& environment,
                         Problems& problems) {
  Arguments arguments;
  const auto flags_end = std::ranges::find(args, "--");
  const std::span<const std::string> rest(flags_end == args.end() ? flags_end : flags_end + 1, args.end());
  args = {args.begin(), flags_end};
  const auto one_dash = std::ranges::find_if(args, has_one_dash);
  if (one_dash != args.end()) {
    problems.push_back(unknown_flag(flags, *one_dash));
    return arguments;
  }
  try {
    const auto parsed = parse(flags, args);
    collect_flags(parsed, arguments, problems);
    collect_positional(parsed, flags, arguments, problems);
    arguments.positional.insert(arguments.positional.end(), rest.begin(), rest.end());
    arguments.after_flags = rest.size();
  } catch (const cxxopts::exceptions::exception& error) {
    problems.emplace_back(error.what());
  }
  collect_variables(flags, environment, arguments);
  return arguments;
}

std::string last_value(std::string_view flag, std::span<const std::string> args, const Environment& environment) {
  const auto variable = environment.find(variable_of(flag));
  std::string value = variable == environment.end() ? "" : variable->second;
  const std::string name = dashed(flag), beginning = name + "=";
  for (std::size_t i = 0; i < args.size() && args[i] != "--"; ++i) {
    if (args[i].starts_with(beginning)) value = args[i].substr(beginning.size());
    if (args[i] == name && i + 1 < args.size() && !args[i + 1].starts_with("--")) value = args[++i];
  }
  return value;
}

std::string dashed(std::string_view flag) { return "--" + std::string(flag); }

std::string variable_of(std::string_view flag) {
  std::string variable(kPrefix);
  for (const char c : flag) variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable;
}

void check_variable_names(std::span<const Flag> flags, const Environment& environment, Problems& problems) {
  std::vector<std::string> known;
  for (const Flag& flag : flags) known.push_back(variable_of(flag.name));
  known.insert(known.end(), std::begin(kOtherVariables), std::end(kOtherVariables));
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(kPrefix) || is_service_link(name, value)) continue;
    if (std::ranges::find(known, name) != known.end()) continue;
    // A variable that resembles no setting may be the user's own, such as ENRICHMENT_MOCK_IMAGE.
    const std::string suggestion = did_you_mean(name, known);
    if (!suggestion.empty()) problems.push_back("unknown environment variable " + name + suggestion);
  }
}

}  // namespace enrichment_mock::cli
