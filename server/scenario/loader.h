// Loads scenario files. Loading is strict: an unknown or duplicate key, a wrong type or an invalid value is a problem.
// All problems of a file are reported at once.
#pragma once
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "json/problems.h"
#include "scenario/scenario.h"

namespace enrichment_mock::scenario {

using json_text::Problem;

// The problems are sorted by their position in the text.
using LoadResult = std::variant<Scenario, std::vector<Problem>>;

// `file` is used in messages. The name of the scenario must be the stem of the file, unless `file` is "-" (standard
// input) or empty.
LoadResult load_text(std::string_view text, std::string_view file);

// Reads a file and loads it. If it cannot be read, that is a problem, too.
LoadResult load_file(const std::filesystem::path& file);

// Does the same for callers that compare several files: returns the part of the scenario that could be read, and the
// problems. If there are problems, the name of the scenario is the stem of the file.
struct Examined {
  Scenario scenario;
  std::vector<Problem> problems;
};
Examined examine_text(std::string_view text, std::string_view file);
Examined examine_file(const std::filesystem::path& file);
Examined examine_stream(std::istream& stream, std::string_view file);

// Loads one rule, as in `rules` of a scenario. `callback`: the settings of the scenario, which its steps inherit.
std::variant<Rule, std::vector<Problem>> load_rule(std::string_view text,
                                                   const std::shared_ptr<const Callback>& callback);

}  // namespace enrichment_mock::scenario
