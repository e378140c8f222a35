// Settings as text: a command's flags, else the ENRICHMENT_MOCK_* variables named after them, and where each came from,
// so that a complaint can name it. What the texts mean is app/settings' business. Parsing is cxxopts'.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace enrichment_mock::cli {

using Environment = std::map<std::string, std::string, std::less<>>;

// One flag. Without `argument` it is a switch. Flags of one `group` stand together in the help.
struct Flag {
  std::string_view name, argument, text, group;
};

// The text of a setting and the flag or variable that it came from: "--port", "ENRICHMENT_MOCK_PORT".
struct Given {
  std::string source, text;
};

// What was given for one command. An empty variable counts as none, as docker-compose's `${SEED:-}` means it.
struct Arguments {
  std::map<std::string, std::vector<Given>, std::less<>> flags;  // by flag, in the order given
  std::vector<std::string> words;                                // what is no flag
  bool help = false, version = false;

  // All that was given; the flag replaces the variable. The last one wins where a setting takes one value.
  std::vector<Given> all(std::string_view flag) const;
  std::optional<Given> last(std::string_view flag) const;
};

// Reads `args` (without the program's name). Unknown flags and missing values are added to `problems`.
Arguments read_arguments(std::span<const Flag> flags, std::span<const std::string> args, const Environment& environment,
                         std::vector<std::string>& problems);

// Complains of each ENRICHMENT_MOCK_* variable that is none of the flags', for a misspelt setting must not pass
// silently. Kubernetes' variables for a service called enrichment-mock are none of ours and are left alone.
void check_variable_names(std::span<const Flag> flags, const Environment& environment,
                          std::vector<std::string>& problems);

// "; did you mean "x"?", or nothing when no candidate is near.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

// The flags by group, within 80 columns.
std::string describe(std::span<const Flag> flags);

}  // namespace enrichment_mock::cli
