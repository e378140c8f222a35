// Problems of a JSON text, and messages about them.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace enrichment_mock::json_text {

class Document;

// One problem of a text. A syntax error has a line and column (from 1). Any other problem has a JSON pointer (RFC 6901;
// "" is the whole document) and, if the reader knows them, a line and column.
struct Problem {
  std::string file;
  std::string pointer;
  std::size_t line = 0, column = 0;  // 0: unknown
  std::string message;               // what was found, what was expected, and the nearest valid key
};

// How many problems of one text are reported. A text can have one in every second byte.
constexpr std::size_t kMaxProblems = 100;

// Keeps the first kMaxProblems, and adds one that says how many more there are. `omitted`: how many were omitted
// before.
void limit_problems(std::vector<Problem>& problems, std::size_t omitted = 0);

// One line: "scenarios/x.json:12:5: /rules/0/match: unknown key "usename"; did you mean "username"?"
std::string to_string(const Problem& problem);

// The text in double quotes, escaped as in JSON, shortened if it is long.
std::string in_quotes(std::string_view text);

// The end of a message about a misspelt word: `; did you mean "username"?`. Empty if no valid word is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> valid);

// Adds the JSON errors of a document that has been read: duplicate keys, then the syntax error that ended the reading,
// if there is one. The messages call the text "the file".
void report_syntax_errors(Document& document);

}  // namespace enrichment_mock::json_text
