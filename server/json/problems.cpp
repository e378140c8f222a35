#include "json/problems.h"

#include <algorithm>
#include <utility>

#include "base/suggest.h"
#include "base/text.h"
#include "json/reader.h"
#include "json/writer.h"

namespace enrichment_mock::json_text {

std::string to_string(const Problem& problem) {
  std::string out = problem.file;
  if (problem.line != 0 && !out.empty())
    out += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column);
  if (problem.line != 0 && out.empty())
    out = "line " + std::to_string(problem.line) + ", column " + std::to_string(problem.column);
  for (const auto& part : {problem.pointer, problem.message})
    if (!part.empty()) out += (out.empty() ? "" : ": ") + part;
  return base::printable(out);
}

void limit_problems(std::vector<Problem>& problems, std::size_t omitted) {
  if (problems.size() > kMaxProblems) {
    omitted += problems.size() - kMaxProblems;
    problems.resize(kMaxProblems);
  }
  if (omitted == 0) return;
  const std::string file = problems.front().file;
  problems.push_back({.file = file,
                      .pointer = {},
                      .message = std::to_string(omitted) + " more " + (omitted == 1 ? "problem" : "problems")});
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  if (text.size() <= kLongest) {
    std::string quoted;
    append_quoted(quoted, text);
    return quoted;
  }
  return in_quotes(base::utf8_prefix(text, kLongest)) + "...";
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> valid) {
  const auto near = base::nearest(word, valid, base::likely_edits(word));
  return near ? "; did you mean " + in_quotes(*near) + "?" : "";
}

namespace {

using Expected = SyntaxError::Expected;

// A token: one punctuation character, a string, or a run of other characters. A string that is not closed ends with its
// line, a comment that is not closed ends with the text.
struct Token {
  std::string_view text;
  bool is_closed = true;

  bool is_string() const { return text.front() == '"'; }
  bool closes() const { return text == "}" || text == "]"; }
  bool is_punctuation() const { return text.size() == 1 && std::string_view("{}[],:").find(text[0]) != text.npos; }
};

Token string_at(std::string_view text) {
  for (std::size_t i = 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '"') return {text.substr(0, i + 1)};
    if (text[i] == '\\') ++i;
  }
  return {text.substr(0, text.find('\n')), false};
}

Token token_at(std::string_view text, std::size_t at) {
  const auto rest = text.substr(at);
  if (rest.front() == '"') return string_at(rest);
  if (rest.starts_with("/*") && comment_end(text, at) == text.npos) return {rest, false};
  if (Token one{rest.substr(0, 1)}; one.is_punctuation()) return one;
  const auto end = std::find_if(rest.begin() + 1, rest.end(), ends_word);
  return {rest.substr(0, static_cast<std::size_t>(end - rest.begin()))};
}

std::string to_text(const Position& at) {
  return "line " + std::to_string(at.line) + ", column " + std::to_string(at.column);
}

std::string unexpected_end(Document& document) {
  const auto open = document.open();
  if (!open) return "the file contains no JSON value; expected an object: {";
  return std::string("the file ends, but the ") + (open->is_object() ? "object" : "array") + " that begins at " +
         to_text(document.position(open->begin())) + " is not closed";
}

bool is_value(std::string_view text) { return Document(text).read(Syntax::strict); }

// Whether each escape is a JSON escape. Half of a surrogate pair is one, too.
bool has_valid_escapes(std::string_view text) {
  for (auto at = text.find('\\'); at != text.npos; at = text.find('\\', at + 2)) {
    const auto escape = text.substr(at + 1, 5);
    if (escape.starts_with('u') ? escape.find_first_not_of("0123456789abcdefABCDEF", 1) != escape.npos
                                : escape.find_first_of("\"\\/bfnrt") != 0)
      return false;
  }
  return true;
}

std::string problem_of_string(std::string_view token) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (std::ranges::any_of(token, is_control))
    return "the string contains a tab or another control character; write it as an escape such as \\t";
  if (has_valid_escapes(token))
    return "the string contains half of a surrogate pair; expected \\uD800 to \\uDBFF and then \\uDC00 to \\uDFFF";
  return "the string contains an invalid escape; valid escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX";
}

// What is wrong with the token itself, wherever it is. Empty if it is valid.
std::string problem_of(const Token& token) {
  const auto text = token.text;
  if (token.is_string() && !token.is_closed) return "the string has no closing quote on its line";
  if (text.starts_with("/*")) return "the comment is not closed; expected \"*/\"";
  if (text.starts_with('/')) return "found a single \"/\"; a comment begins with \"//\" or \"/*\"";
  if (token.is_punctuation() || is_value(text)) return "";
  if (token.is_string()) return problem_of_string(text);
  if (text.starts_with('\'')) return "found a single quote; expected double quotes around a string";
  const auto first = std::min(text.find_first_not_of("+-."), text.size() - 1);
  if (base::kDigits.has(text[first])) return in_quotes(text) + " is not a JSON number";
  return "";
}

std::string_view to_text(Expected expected, bool in_object) {
  switch (expected) {
    case Expected::document:
      return "an object: {";
    case Expected::first_element:
      return "a value or \"]\"";
    case Expected::next_element:
    case Expected::member_value:
      return "a value";
    case Expected::first_key:
      return "a key in double quotes, or \"}\"";
    case Expected::next_key:
      return "a key in double quotes";
    case Expected::colon:
      return "\":\" between a key and its value";
    case Expected::comma_or_close:
      return in_object ? "\",\" or \"}\"" : "\",\" or \"]\"";
    case Expected::end_of_text:
      return "the end of the file";
    case Expected::less_depth:
    case Expected::fewer_values:
      break;
  }
  return "";
}

void report_error(Document& document, const SyntaxError& error) {
  if (error.expected == Expected::less_depth)
    return document.problem(error.at, "",
                            "arrays and objects are nested more than " + std::to_string(kMaxDepth) + " levels deep");
  if (error.expected == Expected::fewer_values)
    return document.problem(error.at, "",
                            "the file has too many values; expected at most " + std::to_string(kMaxValues));
  if (error.at == document.text().size()) return document.problem(error.at, "", unexpected_end(document));
  const auto token = token_at(document.text(), error.at);
  if (auto problem = problem_of(token); !problem.empty()) return document.problem(error.at, "", std::move(problem));
  const bool behind_comma = error.expected == Expected::next_element || error.expected == Expected::next_key;
  if (behind_comma && token.closes())
    return document.problem(error.comma_at, "",
                            "found a comma after the last entry; remove it before " + in_quotes(token.text));
  const auto shown = token.is_string() ? token.text.substr(1, token.text.size() - 2) : token.text;
  const auto open = document.open();
  document.problem(
      error.at, "",
      "found " + in_quotes(shown) + "; expected " + std::string(to_text(error.expected, open && open->is_object())));
}

}  // namespace

void report_syntax_errors(Document& document) {
  for (const auto& [duplicate, first] : document.duplicates()) {
    const Value member(document, duplicate);
    if (document.is_full_of_problems()) {
      member.key_problem({});
      continue;
    }
    const auto before = document.position(Value(document, first).key_begin());
    member.key_problem("duplicate key " + in_quotes(member.key()) + "; the first is at " + to_text(before));
  }
  if (document.error()) report_error(document, *document.error());
}

}  // namespace enrichment_mock::json_text
