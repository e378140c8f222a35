// The arguments of one command as text: its flags, or the ENRICHMENT_MOCK_* variables named after them, each with its
// source. This file does not interpret the texts. cxxopts parses the command line.
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

// An empty variable counts as not set, because docker-compose's `${SEED:-}` produces one.
struct Arguments {
  std::map<std::string, std::vector<FlagValue>, std::less<>> flags;  // by flag, in the order given
  std::vector<std::string> positional;                               // arguments that are not flags
  std::size_t after_flags = 0;                                       // how many of them, the last ones, come after "--"
  bool help = false, version = false;

  // All values of the flag, or of its variable if the flag is not given. Empty: neither is given.
  std::span<const FlagValue> all(std::string_view flag) const;
  // The last of these values.
  std::optional<FlagValue> last(std::string_view flag) const;
};

// Reads `args` (without the program's name). Everything after "--" is positional. Unknown flags and missing values are
// added to `problems`.
Arguments read_arguments(std::span<const Flag> flags, std::span<const std::string> args, const Environment& environment,
                         Problems& problems);

// The last value of that flag, or its variable's value; empty: neither is given. Works even if the command line has
// errors.
std::string last_value(std::string_view flag, std::span<const std::string> args, const Environment& environment);

// "port" -> "--port"; "port" -> "ENRICHMENT_MOCK_PORT".
std::string dashed(std::string_view flag);
std::string variable_of(std::string_view flag);

// Adds a problem for each ENRICHMENT_MOCK_* variable that looks like a misspelt setting. Ignores the variables that
// Kubernetes sets for a service called enrichment-mock.
void check_variable_names(std::span<const Flag> flags, const Environment& environment, Problems& problems);

}  // namespace enrichment_mock::cli
