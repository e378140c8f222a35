// ASCII text: letter case, and which characters may stand where. Bytes of 128 and more are no letters here, whatever
// the locale. Pure functions.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace enrichment_mock::base {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lower(std::string_view text);

// In any letter case.
bool same_text(std::string_view a, std::string_view b);

// A set of bytes, to be made at compile time.
class CharacterSet {
 public:
  constexpr CharacterSet with(std::string_view characters) const {
    CharacterSet set = *this;
    for (const char c : characters) set.has_[static_cast<unsigned char>(c)] = true;
    return set;
  }
  constexpr CharacterSet with_range(unsigned char first, unsigned char last) const {
    CharacterSet set = *this;
    for (std::size_t c = first; c <= last; ++c) set.has_[c] = true;
    return set;
  }

  constexpr bool has(char c) const { return has_[static_cast<unsigned char>(c)]; }
  bool has_all(std::string_view text) const;

 private:
  std::array<bool, 256> has_{};
};

inline constexpr CharacterSet kDigits = CharacterSet().with_range('0', '9');
inline constexpr CharacterSet kLettersAndDigits = kDigits.with_range('a', 'z').with_range('A', 'Z');

// A decimal number as people write it, without an exponent and without zeros at its end: 0.001, 1000000.
std::string plain_number(double number);

// RFC 9110's "token", of which methods and header names consist.
bool is_token(std::string_view text);

// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF. Pure functions.

// Takes the first code point off a text that is not empty; nothing, and the text stays, if it does not begin with one.
std::optional<char32_t> take_code_point(std::string_view& text);

// Where the text stops being UTF-8, if it does.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

// Of valid UTF-8.
std::size_t count_code_points(std::string_view text);

// The longest beginning of at most `max_bytes` bytes that does not end within a code point.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

// Text of unknown origin, to be shown on a terminal or on one line. Control characters (C0, DEL, C1), line separators
// and bidirectional controls are shown as \u001b, bytes that are not UTF-8 as \xff. Everything else stays, so JSON
// keeps its meaning. `keep_lines`: line feeds stay, too.
std::string printable(std::string_view text, bool keep_lines = false);

// Percent-encoding (RFC 3986, section 2.1). Pure functions.

// Of a hexadecimal digit in either letter case; -1 for any other character.
int hex_value(char c);

// Whether text[at] begins a whole escape: a percent sign and two hexadecimal digits.
bool is_escape(std::string_view text, std::size_t at);

// Every whole escape replaced by its byte, once; a percent sign of any other kind stays.
std::string percent_decoded(std::string_view text);

}  // namespace enrichment_mock::base
