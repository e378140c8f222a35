// The program's commands: name, flags, help text, and the function that runs each.
#pragma once
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cli/files.h"
#include "cli/process.h"
#include "cli/settings.h"

namespace enrichment_mock::cli {

inline constexpr std::string_view kExitStatus =
    "Exit status: 0 success, 1 failure or runtime error, 2 bad usage or bad scenario.\n";

struct Command {
  std::string_view name, usage;
  std::span<const Flag> flags;
  bool takes_positional = false;               // arguments that are not flags
  std::string_view exit_status = kExitStatus;  // for the help
  Settings (*settings)(const SettingsInput& in, Problems& problems);
  int (*run)(const Settings& settings);  // null: it serves
  // Of a command that serves until a signal arrives. Threads may still run when it returns: see exit_process().
  int (*serve)(const Settings& settings, PortFile& port_file, StopSignals& signals) = nullptr;
};

std::span<const Command> commands();

// The command line or the environment is wrong. what() lists every problem, one per line.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What main does: run `command`, or print `text` (the help or the version) if `command` is null.
struct Invocation {
  const Command* command = nullptr;
  Settings settings = {};
  std::string text = {};
};

// `args` without the program's name; `environment`: all variables; `shipped`: the names of the shipped scenarios;
// `build`: what --version prints below the version. Throws UsageError.
Invocation parse_command(std::span<const std::string> args, const Environment& environment,
                         std::span<const std::string> shipped, std::string_view build);

// True if these arguments run a command that serves, and do not ask for its help.
bool asks_to_serve(std::span<const std::string> args);

// Each command returns the program's exit status: 0 success, 1 runtime error, 2 bad scenario. Runtime errors are thrown
// as exceptions; what() is one plain sentence.

int serve(const Settings& settings, PortFile& port_file, StopSignals& signals);
int record(const Settings& settings, PortFile& port_file, StopSignals& signals);

int init(const Settings& settings);
int validate(const Settings& settings);
int list_scenarios(const Settings& settings);
int healthcheck(const Settings& settings);
int verify(const Settings& settings);

// Forks: call it before any thread starts. It returns the command's exit status. If only something else has failed, it
// returns 1. Threads may still run when it returns.
int exec(const Settings& settings);
// 0: the file could be read, and has no fault; else 1.
int show_state(const Settings& settings);
// 0: the real API answers like the mock; 1: it does not; 2: a file cannot be written, or the scenario refuses the key;
// 3: there is no result.
int compare(const Settings& settings);

// The same. Returns 0 if the command has passed in all scenarios, else 1; 128 + n after signal n.
int audit(const Settings& settings);

}  // namespace enrichment_mock::cli
