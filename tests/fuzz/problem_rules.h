// The rules for a problem of a JSON text.
#pragma once
#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "fuzz/require.h"
#include "json/problems.h"

namespace enrichment_mock::fuzz {

template <class Number>
bool within(Number least, Number value, Number most) {
  return least <= value && value <= most;
}

// Lines and columns count from 1; one past the end is also a position: there the text ends too early.
inline bool is_place(std::string_view text, std::size_t line, std::size_t column) {
  for (std::size_t before = 1; before < line; ++before) {
    const auto end = text.find('\n');
    if (end == text.npos) return false;
    text.remove_prefix(end + 1);
  }
  return within<std::size_t>(1, column, base::count_code_points(text.substr(0, text.find('\n'))) + 1);
}

inline bool is_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return false;
  for (auto tilde = text.find('~'); tilde != text.npos; tilde = text.find('~', tilde + 1))
    if (tilde + 1 == text.size() || (text[tilde + 1] != '0' && text[tilde + 1] != '1')) return false;
  return true;
}

inline void check_problem(const json_text::Problem& problem, std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  require(problem.file == "-", "a problem names its file");
  require(!problem.message.empty(), "a problem says what is wrong");
  require(!base::find_invalid_utf8(problem.message), "a message is UTF-8");
  require(std::ranges::none_of(problem.message, is_control), "a message is one line");
  require(is_pointer(problem.pointer), "a pointer is one by RFC 6901");
  require((problem.line == 0) == (problem.column == 0), "line and column are known both or neither");
  require(problem.line == 0 || is_place(text, problem.line, problem.column), "line and column are within the text");
}

}  // namespace enrichment_mock::fuzz
