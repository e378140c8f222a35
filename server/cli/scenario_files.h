// Which scenario files the command line means.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "cli/values.h"

namespace enrichment_mock::cli {

struct ChosenScenarios {
  std::vector<std::string> files;  // each once
  std::string default_scenario;    // a name; empty: the first file's
};

// `given` are --scenario's: what holds a slash or ends in .json is a file, all else is the name of one of `shipped` or
// of a file in `directory` (--scenarios). The first is the default scenario; a directory alone leaves "default" in
// place. A file given by itself replaces the directory's of the same name; two of one name given so are a problem.
ChosenScenarios choose_scenarios(const std::vector<Given>& given, const std::optional<Given>& directory,
                                 std::span<const std::string> shipped, Problems& problems);

}  // namespace enrichment_mock::cli
