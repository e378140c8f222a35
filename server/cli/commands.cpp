#include "cli/commands.h"

#include <algorithm>
#include <vector>

#include "enrichment_mock/emulator.h"

namespace enrichment_mock::cli {

namespace {

constexpr std::string_view kVariables = R"(
Each flag is a variable, too: --port is ENRICHMENT_MOCK_PORT. Lists take commas.
Exit status: 0 stopped or fine, 1 runtime error, 2 bad usage or bad scenario.
)";

std::string help_of(const Command& command) {
  const std::string usage(command.usage);
  return command.flags.empty() ? usage : usage + describe(command.flags) + std::string(kVariables);
}

const Command& find_command(const std::string& name) {
  const auto found = std::ranges::find(commands(), name, &Command::name);
  if (found != commands().end()) return *found;
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  throw UsageError(
      "unknown command \"" + name + "\"" +
      (name.ends_with(".json") ? "; a scenario file is given as --scenario " + name : did_you_mean(name, names)));
}

// Those that may be given as variables, whichever command is run.
std::vector<Flag> all_flags() {
  std::vector<Flag> all;
  for (const Command& command : commands()) all.insert(all.end(), command.flags.begin(), command.flags.end());
  return all;
}

// Only behind "--" can a word look like a flag.
std::string unexpected(const std::string& word) {
  return "unexpected argument \"" + word + "\"" +
         (word.starts_with("-") ? "; flags come before \"--\", and what comes after it is none" : "");
}

void refuse(const Problems& problems) {
  if (problems.empty()) return;
  std::string text;
  for (const std::string& problem : problems) text += (text.empty() ? "" : "\n") + problem;
  throw UsageError(text);
}

}  // namespace

std::span<const Command> commands() {
  static const Command kCommands[] = {
      {.name = "serve",
       .usage = "Usage: enrichment-mock [serve] [flags]\n"
                "       enrichment-mock init [FILE|-]         write a scenario to start from\n"
                "       enrichment-mock validate FILE|DIR...  check scenario files; - is stdin\n"
                "       enrichment-mock scenarios [flags]     list the scenarios that are loaded\n"
                "       enrichment-mock healthcheck [flags]   ask a running mock how it is\n"
                "       enrichment-mock verify [flags]        check what a test expects of it\n"
                "       enrichment-mock --help | --version    COMMAND --help says more\n",
       .flags = serve_flags(),
       .settings = serve_settings,
       .run = nullptr},
      {.name = "init",
       .usage = "Usage: enrichment-mock init [FILE|-]\n\n"
                "Writes a scenario with comments, to start from. FILE (my-scenario.json) gives it\n"
                "its name and must not exist yet; - is standard output.\n",
       .flags = {},
       .takes_words = true,
       .settings = init_settings,
       .run = init},
      {.name = "validate",
       .usage = "Usage: enrichment-mock validate [flags] FILE|DIR...\n\n"
                "Checks scenario files, as if they were loaded together, and prints every problem\n"
                "with its place. - is standard input.\n",
       .flags = validate_flags(),
       .takes_words = true,
       .settings = validate_settings,
       .run = validate},
      {.name = "scenarios",
       .usage = "Usage: enrichment-mock scenarios [flags]\n\n"
                "Lists the scenarios that serve would load with the same flags. It takes all of\n"
                "them; --scenario and --scenarios change what is listed.\n",
       .flags = serve_flags(),
       .settings = serve_settings,
       .run = list_scenarios},
      {.name = "healthcheck",
       .usage = "Usage: enrichment-mock healthcheck [flags]\n\n"
                "Asks a running mock how it is: exit status 0 or 1.\n",
       .flags = healthcheck_flags(),
       .settings = healthcheck_settings,
       .run = healthcheck},
      {.name = "verify",
       .usage = "Usage: enrichment-mock verify [flags]\n\n"
                "Holds what a team did to what was expected: exit status 0 or 1.\n",
       .flags = verify_flags(),
       .settings = verify_settings,
       .run = verify},
  };
  return kCommands;
}

bool asks_to_serve(std::span<const std::string> args) {
  const bool named = !args.empty() && !args.front().starts_with('-');
  if (named && args.front() != "serve") return false;
  const auto flags_end = std::ranges::find(args, "--");
  constexpr std::string_view kTexts[] = {"--help", "-h", "--version"};
  return std::none_of(args.begin(), flags_end,
                      [&](const auto& arg) { return std::ranges::find(kTexts, arg) != std::end(kTexts); });
}

Invocation parse_command(std::span<const std::string> args, const Environment& environment,
                         std::span<const std::string> shipped) {
  const bool named = !args.empty() && !args.front().starts_with('-');
  if (named && args.front() == "help") return {.text = help_of(find_command(args.size() > 1 ? args[1] : "serve"))};
  const Command& command = find_command(named ? args.front() : "serve");
  Problems problems;
  const SettingsInput in{
      .command = command.name,
      .flags = command.flags,
      .arguments = read_arguments(command.flags, named ? args.subspan(1) : args, environment, problems),
      .environment = environment,
      .shipped = shipped};
  if (in.arguments.help) return {.text = help_of(command)};
  if (in.arguments.version) return {.text = "enrichment-mock " + version() + "\n"};
  if (!command.takes_words)
    for (const std::string& word : in.arguments.words) problems.push_back(unexpected(word));
  if (!command.flags.empty()) check_variable_names(all_flags(), environment, problems);
  Invocation invocation{.command = &command, .settings = command.settings(in, problems)};
  refuse(problems);
  return invocation;
}

}  // namespace enrichment_mock::cli
