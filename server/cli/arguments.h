// What was given for one command, as text: its flags, else the ENRICHMENT_MOCK_* variables named after them, and where
// each came from. What the texts mean is not known here. Parsing is cxxopts'.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/flags.h"
#include "cli/process.h"
#include "cli/values.h"

namespace enrichment_mock::cli {

// An empty variable counts as none, as docker-compose's `${SEED:-}` means it.
struct Arguments {
  std::map<std::string, std::vector<FlagValue>, std::less<>> flags;  // by flag, in the order given
  std::vector<std::string> words;                                    // what is no flag
  bool help = false, version = false;

  // All that was given; flags replace the variable. Empty: nothing was.
  std::span<const FlagValue> all(std::string_view flag) const;
  // The last of them.
  std::optional<FlagValue> last(std::string_view flag) const;
};

// Reads `args` (without the program's name). What comes after "--" are words, whatever they look like. Unknown flags
// and missing values are added to `problems`.
Arguments read_arguments(std::span<const Flag> flags, std::span<const std::string> args, const Environment& environment,
                         Problems& problems);

// The last value of that flag, else its variable's; empty: none. For what has to be known of a command line that may be
// wrong elsewhere.
std::string last_value(std::string_view flag, std::span<const std::string> args, const Environment& environment);

// "--port" of "port"; "ENRICHMENT_MOCK_PORT".
std::string dashed(std::string_view flag);
std::string variable_of(std::string_view flag);

// Adds a problem for each ENRICHMENT_MOCK_* variable that is close to a flag's but none, for a misspelt setting must
// not pass silently. Kubernetes' variables for a service called enrichment-mock are left alone.
void check_variable_names(std::span<const Flag> flags, const Environment& environment, Problems& problems);

}  // namespace enrichment_mock::cli
