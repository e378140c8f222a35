// Turns the text of a scenario file into a Scenario, strictly: an unknown or doubled key, a wrong type or an impossible
// value is a problem, and all problems of a file are found in one go.
#pragma once
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "json/problems.h"
#include "scenario/scenario.h"

namespace enrichment_mock::scenario {

using json_text::Problem;

// Problems come in the order of the text.
using LoadResult = std::variant<Scenario, std::vector<Problem>>;

// `file` is used in messages; its stem must equal the scenario's name ("-", standard input, fits any name).
LoadResult load_text(std::string_view text, std::string_view file);

// Reads and loads; a file that cannot be read is a problem, too.
LoadResult load_file(const std::filesystem::path& file);

// The same for whoever looks at several files together: as much as could be read, beside what is wrong. If anything is,
// the name is the file's, which it has to be.
struct Examined {
  Scenario scenario;
  std::vector<Problem> problems;
};
Examined examine_text(std::string_view text, std::string_view file);
Examined examine_file(const std::filesystem::path& file);
Examined examine_stream(std::istream& stream, std::string_view file);

}  // namespace enrichment_mock::scenario
