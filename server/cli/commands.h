// The program's commands: what each is called, takes, says of itself and does.
#pragma once
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cli/files.h"
#include "cli/process.h"
#include "cli/settings.h"

namespace enrichment_mock::cli {

struct Command {
  std::string_view name, usage;
  std::span<const Flag> flags;
  bool takes_words = false;  // arguments that are no flags
  Settings (*settings)(const SettingsInput& in, Problems& problems);
  int (*run)(const Settings& settings);  // null: serve, which takes more
};

std::span<const Command> commands();

// The command line or the environment is wrong. what() names every problem, one a line.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What main is to do: run `command`, or, if there is none, print `text`, which is a help or the version.
struct Invocation {
  const Command* command = nullptr;
  Settings settings = {};
  std::string text = {};
};

// `args` without the program's name; `environment` in full; `shipped`: the names that --scenario may mean. Throws
// UsageError.
Invocation parse_command(std::span<const std::string> args, const Environment& environment,
                         std::span<const std::string> shipped);

// Whether these arguments ask for serve, and not for its help.
bool asks_to_serve(std::span<const std::string> args);

// Each returns the program's exit status: 0, 1 a runtime error, 2 a bad scenario. What goes wrong at run time is thrown
// as an exception whose what() is one plain sentence.

// Serves until a signal comes. Threads may be left behind: see exit_process().
int serve(const Settings& settings, PortFile& port_file, StopSignals& signals);

int init(const Settings& settings);
int validate(const Settings& settings);
int list_scenarios(const Settings& settings);
int healthcheck(const Settings& settings);
int verify(const Settings& settings);

}  // namespace enrichment_mock::cli
