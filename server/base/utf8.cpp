#include "base/utf8.h"

#include <algorithm>

namespace enrichment_mock::base {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0u) == 0x80; }

std::size_t length_of_sequence(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >> 5 == 0x6) return 2;
  if (first >> 4 == 0xe) return 3;
  return first >> 3 == 0x1e ? 4 : 0;
}

}  // namespace

std::optional<char32_t> take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = length_of_sequence(first);
  if (length == 0 || text.size() < length) return std::nullopt;
  char32_t code = length == 1 ? first : first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(text[i])) return std::nullopt;
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return std::nullopt;
  text.remove_prefix(length);
  return code;
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    if (!take_code_point(rest)) return text.size() - rest.size();
  }
  return std::nullopt;
}

std::size_t count_code_points(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

}  // namespace enrichment_mock::base
