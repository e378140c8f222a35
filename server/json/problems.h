// What is wrong with a JSON text, in plain words.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace enrichment_mock::json_text {

class Document;

// One thing that is wrong with a text. A syntax error has a line and column (from 1); everything else has a JSON
// pointer (RFC 6901; "" is the whole document) and, where the reader can tell, the line and column as well.
struct Problem {
  std::string file;
  std::string pointer;
  std::size_t line = 0, column = 0;  // 0: unknown
  std::string message;               // what is wrong and what was expected, with the nearest right key
};

// So many of them are told of one text; a text can have one for every other byte.
constexpr std::size_t kMaxProblems = 100;

// Leaves the first kMaxProblems, and adds one that says how many more there are: those that are cut, and `omitted`.
void limit_problems(std::vector<Problem>& problems, std::size_t omitted = 0);

// One line: "scenarios/x.json:12:5: /rules/0/match: unknown key "usename"; did you mean "username"?"
std::string to_string(const Problem& problem);

// Text in double quotes, escaped as in JSON, cut short when it is long.
std::string in_quotes(std::string_view text);

// "Did you mean …?" for a misspelt word, or nothing: `; did you mean "username"?`
std::string did_you_mean(std::string_view word, std::span<const std::string_view> right);

// Notes what a document that has been read says wrongly as JSON: keys that stand twice in an object, then what ended
// the reading, if anything did. The messages speak of "the file".
void report_syntax_errors(Document& document);

}  // namespace enrichment_mock::json_text
