#include "base/percent.h"

#include <algorithm>

namespace enrichment_mock::base {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_escape(std::string_view text, std::size_t at) {
  return text[at] == '%' && text.size() - at > 2 && hex_value(text[at + 1]) >= 0 && hex_value(text[at + 2]) >= 0;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (;;) {
    const std::size_t plain = std::min(text.find('%'), text.size());
    decoded += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return decoded;
    const bool whole = is_escape(text, 0);
    decoded += whole ? static_cast<char>(hex_value(text[1]) * 16 + hex_value(text[2])) : '%';
    text.remove_prefix(whole ? 3 : 1);
  }
}

}  // namespace enrichment_mock::base
