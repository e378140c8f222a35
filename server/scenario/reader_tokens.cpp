#include "scenario/reader_tokens.h"

#include <algorithm>
#include <cstdint>

namespace enrichment_mock::scenario {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kWordEnds = " \t\r\n{}[],:\"/";

std::size_t or_size(std::size_t found, std::string_view text) { return std::min(found, text.size()); }

// The end of the comment that begins at `from`; npos if it is never closed, `from` if there is none.
std::size_t skip_comment(std::string_view text, std::size_t from) {
  if (text.substr(from, 2) == "//") return or_size(text.find('\n', from), text);
  if (text.substr(from, 2) != "/*") return from;
  const auto close = text.find("*/", from + 2);
  return close == text.npos ? text.npos : close + 2;
}

// The end of the string whose quote stands at `from`; npos if its line ends first.
std::size_t skip_string(std::string_view text, std::size_t from) {
  for (auto i = from + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
  }
  return text.npos;
}

TokenKind kind_of(char first) {
  switch (first) {
    case '{':
      return TokenKind::open_object;
    case '}':
      return TokenKind::close_object;
    case '[':
      return TokenKind::open_array;
    case ']':
      return TokenKind::close_array;
    case ',':
      return TokenKind::comma;
    case ':':
      return TokenKind::colon;
    case '"':
      return TokenKind::string;
    default:
      return TokenKind::word;
  }
}

}  // namespace

Token next_token(std::string_view text, std::size_t from) {
  for (;;) {
    from = or_size(text.find_first_not_of(kBlanks, from), text);
    const auto behind = skip_comment(text, from);
    if (behind == text.npos) return {TokenKind::unclosed, from, text.size()};
    if (behind == from) break;
    from = behind;
  }
  if (from == text.size()) return {TokenKind::end, from, from};
  const auto kind = kind_of(text[from]);
  if (kind == TokenKind::word) return {kind, from, or_size(text.find_first_of(kWordEnds, from + 1), text)};
  if (kind != TokenKind::string) return {kind, from, from + 1};
  const auto behind = skip_string(text, from);
  if (behind == text.npos) return {TokenKind::unclosed, from, or_size(text.find('\n', from), text)};
  return {kind, from, behind};
}

std::string compact(std::string_view text) {
  std::string out;
  for (auto token = next_token(text, 0); token.kind != TokenKind::end; token = next_token(text, token.end))
    out += text.substr(token.begin, token.end - token.begin);
  return out;
}

Position Positions::at(std::size_t offset) {
  for (; offset_ < std::min(offset, text_.size()); ++offset_) {
    const auto byte = static_cast<unsigned char>(text_[offset_]);
    if (byte == '\n') {
      here_ = {here_.line + 1, 1};
    } else if ((byte & 0xC0U) != 0x80) {
      ++here_.column;
    }
  }
  return here_;
}

}  // namespace enrichment_mock::scenario
