#include "base/printable.h"

#include <cstdio>

#include "base/text.h"

namespace enrichment_mock::base {

namespace {

bool is_within(char32_t code, char32_t first, char32_t last) { return code >= first && code <= last; }

bool is_hidden(char32_t code) {
  return code < 0x20 || is_within(code, 0x7f, 0x9f) || is_within(code, 0x200e, 0x200f) ||
         is_within(code, 0x2028, 0x202e) || is_within(code, 0x2066, 0x2069) || code == 0x061c || code == 0xfeff;
}

void append_escape(std::string& out, const char* format, unsigned value) {
  char escaped[8];
  std::snprintf(escaped, sizeof escaped, format, value);
  out += escaped;
}

}  // namespace

std::string printable(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const auto code = take_code_point(text);
    if (!code) {
      append_escape(out, "\\x%02x", static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
    } else if (is_hidden(*code) && !(keep_lines && *code == U'\n')) {
      append_escape(out, "\\u%04x", static_cast<unsigned>(*code));
    } else {
      out += before.substr(0, before.size() - text.size());
    }
  }
  return out;
}

}  // namespace enrichment_mock::base
