#include "base/text.h"

#include <algorithm>
#include <cstdio>

namespace enrichment_mock::base {

namespace {

constexpr CharacterSet kTokenCharacters = kLettersAndDigits.with("!#$%&'*+-.^_`|~");

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0u) == 0x80; }

std::size_t length_of_sequence(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >> 5 == 0x6) return 2;
  if (first >> 4 == 0xe) return 3;
  return first >> 3 == 0x1e ? 4 : 0;
}

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

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower(c);
  return result;
}

bool same_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return x == y || lower(x) == lower(y); });
}

bool CharacterSet::has_all(std::string_view text) const {
  const char* c = text.data();
  const char* const end = c + text.size();
  const auto has_at = [&](int i) -> unsigned { return has(c[i]); };
  for (; end - c >= 8; c += 8) {  // without a branch for each
    if (!(has_at(0) & has_at(1) & has_at(2) & has_at(3) & has_at(4) & has_at(5) & has_at(6) & has_at(7))) return false;
  }
  return std::all_of(c, end, [this](char each) { return has(each); });
}

std::string plain_number(double number) {
  std::string text = std::to_string(number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

bool is_token(std::string_view text) { return !text.empty() && kTokenCharacters.has_all(text); }

std::optional<char32_t> take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = length_of_sequence(first);
  if (length == 0 || text.size() < length) return std::nullopt;
  char32_t code = length == 1 ? first : first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(text[i])) return std::nullopt;
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  }
  constexpr char32_t kMin[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kMin[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return std::nullopt;
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

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
  constexpr int kMaxContinuations = 3;  // text that is not UTF-8 may have more in a row
  auto end = std::min(max_bytes, text.size());
  for (int back = 0; back < kMaxContinuations && end > 0 && end < text.size() && continues(text[end]); ++back) --end;
  return text.substr(0, end);
}

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

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out(bytes.size() * 2, '0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[2 * i] = kHex[bytes[i] >> 4];
    out[2 * i + 1] = kHex[bytes[i] & 15];
  }
  return out;
}

bool from_hex(std::string_view text, std::span<std::uint8_t> bytes) {
  if (text.size() != bytes.size() * 2) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

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
