#include "cli/commands.h"

#include <algorithm>
#include <vector>

#include "enrichment_mock/emulator.h"

namespace enrichment_mock::cli {

namespace {

constexpr std::string_view kVariables = R"(
Each flag is also an environment variable: --port is ENRICHMENT_MOCK_PORT.
Separate the values of a list with commas.
)";

std::string help_of(const Command& command) {
  const std::string usage(command.usage);
  return command.flags.empty()
             ? usage
             : usage + describe(command.flags) + std::string(kVariables) + std::string(command.exit_status);
}

const Command& find_command(const std::string& name) {
  const auto found = std::ranges::find(commands(), name, &Command::name);
  if (found != commands().end()) return *found;
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  throw UsageError(
      "unknown command \"" + name + "\"" +
      (name.ends_with(".json") ? "; to load a scenario file, use --scenario " + name : did_you_mean(name, names)));
}

// The variables of all flags may be set for every command.
std::vector<Flag> all_flags() {
  std::vector<Flag> all;
  for (const Command& command : commands()) all.insert(all.end(), command.flags.begin(), command.flags.end());
  return all;
}

// An argument can look like a flag only if it comes after "--".
std::string unexpected(const std::string& word) {
  return "unexpected argument \"" + word + "\"" + (word.starts_with("-") ? "; flags must come before \"--\"" : "");
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
                "       enrichment-mock scenarios [flags]     list the loaded scenarios\n"
                "       enrichment-mock healthcheck [flags]   check that a mock is running\n"
                "       enrichment-mock verify [flags]        check the expectations of a test\n"
                "       enrichment-mock exec [flags] -- COMMAND...\n"
                "                                             run a command with its own mock\n"
                "       enrichment-mock audit [flags] -- COMMAND...\n"
                "                                             run it once in each scenario\n"
                "       enrichment-mock compare [flags]       compare the mock with the real API\n"
                "       enrichment-mock record [flags]        make a scenario from the real API\n"
                "       enrichment-mock state FILE [--check]  show what a state file has\n"
                "       enrichment-mock COMMAND --help        show the help of a command\n"
                "       enrichment-mock --version             show the version\n",
       .flags = serve_flags(),
       .settings = serve_settings,
       .run = nullptr,
       .serve = serve},
      {.name = "init",
       .usage = "Usage: enrichment-mock init [FILE|-]\n\n"
                "Writes a scenario with comments, to start from. FILE (my-scenario.json) must not\n"
                "exist yet. The scenario gets its name. - is standard output.\n",
       .flags = {},
       .takes_positional = true,
       .settings = init_settings,
       .run = init},
      {.name = "validate",
       .usage = "Usage: enrichment-mock validate [flags] FILE|DIR...\n\n"
                "Checks that scenario files can be loaded together. Prints every problem with its\n"
                "line and column. - is standard input.\n",
       .flags = validate_flags(),
       .takes_positional = true,
       .settings = validate_settings,
       .run = validate},
      {.name = "scenarios",
       .usage = "Usage: enrichment-mock scenarios [flags]\n\n"
                "Lists the scenarios that serve would load with the same flags. Only --scenario\n"
                "and --scenarios change the list.\n",
       .flags = serve_flags(),
       .settings = serve_settings,
       .run = list_scenarios},
      {.name = "healthcheck",
       .usage = "Usage: enrichment-mock healthcheck [flags]\n\n"
                "Checks that a mock is running. Exit status: 0 if it is, else 1.\n",
       .flags = healthcheck_flags(),
       .settings = healthcheck_settings,
       .run = healthcheck},
      {.name = "verify",
       .usage = "Usage: enrichment-mock verify [flags]\n\n"
                "Compares what a team did with what a test expects. Exit status: 0 if it is as\n"
                "expected, else 1.\n",
       .flags = verify_flags(),
       .settings = verify_settings,
       .run = verify},
      {.name = "exec",
       .usage = "Usage: enrichment-mock exec [flags] -- COMMAND...\n\n"
                "Starts a mock, runs COMMAND, and stops the mock. COMMAND finds it at the URL in\n"
                "ENRICHMENT_MOCK_URL, with the API key in ENRICHMENT_MOCK_API_KEY. If something\n"
                "fails, standard error has the last calls and what was wrong with them.\n",
       .flags = exec_flags(),
       .takes_positional = true,
       .exit_status = "Exit status: as COMMAND; 128 + N if signal N has killed it; 126 or 127 if it\n"
                      "cannot be started; 1 if only a check or the mock failed; 2 bad usage or bad\n"
                      "scenario.\n",
       .settings = exec_settings,
       .run = exec},
      {.name = "audit",
       .usage = "Usage: enrichment-mock audit [flags] -- COMMAND...\n\n"
                "Runs COMMAND once in each scenario, as exec does, and prints a table: how it has\n"
                "ended, and what it has done wrong. COMMAND should submit at least four leads\n"
                "with callbacks, and end by itself, with status 0 if it has handled what came.\n",
       .flags = audit_flags(),
       .takes_positional = true,
       .exit_status = "Exit status: 0 if COMMAND has passed in all scenarios, 1 if not, 2 bad usage or\n"
                      "bad scenario.\n",
       .settings = audit_settings,
       .run = audit},
      {.name = "compare",
       .usage = "Usage: enrichment-mock compare --upstream URL --key-env NAME [flags]\n\n"
                "Asks the real API and a mock the same questions, at no cost, and says where they\n"
                "differ.\n",
       .flags = compare_flags(),
       .exit_status = "Exit status: 0 if they agree, 1 if they differ, 2 bad usage or bad scenario, 3 if\n"
                      "the real API cannot be reached or refuses the key.\n",
       .settings = compare_settings,
       .run = compare},
      {.name = "record",
       .usage = "Usage: enrichment-mock record --upstream URL --out FILE [flags]\n\n"
                "Passes the calls of a client on to the real API, and writes a scenario that\n"
                "behaves like it. The client uses its own API key, which is not stored.\n",
       .flags = record_flags(),
       .settings = record_settings,
       .run = nullptr,
       .serve = record},
      {.name = "state",
       .usage = "Usage: enrichment-mock state FILE [flags]\n\n"
                "Shows what is in the FILE of serve --state: its teams, and what they have. With\n"
                "--check it verifies the file, each ledger and all references instead, and prints\n"
                "every fault. It changes nothing. A mock may run with the file meanwhile.\n",
       .flags = state_flags(),
       .takes_positional = true,
       .exit_status = "Exit status: 0 success, 1 the file has a fault or cannot be read, 2 bad usage.\n",
       .settings = state_settings,
       .run = show_state},
  };
  return kCommands;
}

bool asks_to_serve(std::span<const std::string> args) {
  const bool named = !args.empty() && !args.front().starts_with('-');
  const auto command = std::ranges::find(commands(), named ? std::string_view(args.front()) : "serve", &Command::name);
  if (command == commands().end() || !command->serve) return false;
  const auto flags_end = std::ranges::find(args, "--");
  constexpr std::string_view kTexts[] = {"--help", "-h", "--version"};
  return std::none_of(args.begin(), flags_end,
                      [&](const auto& arg) { return std::ranges::find(kTexts, arg) != std::end(kTexts); });
}

Invocation parse_command(std::span<const std::string> args, const Environment& environment,
                         std::span<const std::string> shipped, std::string_view build) {
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
  if (in.arguments.version) return {.text = "enrichment-mock " + version() + "\n" + std::string(build) + "\n"};
  if (!command.takes_positional)
    for (const std::string& word : in.arguments.positional) problems.push_back(unexpected(word));
  if (!command.flags.empty()) check_variable_names(all_flags(), environment, problems);
  Invocation invocation{.command = &command, .settings = command.settings(in, problems)};
  refuse(problems);
  return invocation;
}

}  // namespace enrichment_mock::cli
