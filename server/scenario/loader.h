// Turns the text of a scenario file into a Scenario, strictly: an unknown or doubled key, a wrong type or an impossible
// value is a problem, and all problems of a file are found in one go.
#pragma once
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "scenario/scenario.h"

namespace enrichment_mock::scenario {

// One thing that is wrong with a file. A syntax error has a line and column (from 1); everything else has a JSON
// pointer (RFC 6901; "" is the whole document) and, where the loader can tell, the line and column as well.
struct Problem {
  std::string file;
  std::string pointer;
  std::size_t line = 0, column = 0;  // 0: unknown
  std::string message;               // what is wrong and what was expected, with the nearest right key
};

// "scenarios/x.json:12:5: /rules/0/match: unknown key "usename"; did you mean "username"?"
std::string to_string(const Problem& problem);

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
