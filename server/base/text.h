// Text: letter case and sets of characters (ASCII only, whatever the locale), UTF-8, escaping for display, and
// percent-encoding. Pure functions.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace enrichment_mock::base {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lower(std::string_view text);

// Compares without regard to letter case.
bool same_text(std::string_view a, std::string_view b);

// A set of bytes, built at compile time.
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

// A decimal number without an exponent and without trailing zeros: 0.001, 1000000.
std::string plain_number(double number);

// A "token" of RFC 9110, such as a method or the name of a header.
bool is_token(std::string_view text);

// UTF-8 as defined by RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF.

// Removes the first code point of a text that is not empty, and returns it. Empty if the text does not begin with one;
// it is then unchanged.
std::optional<char32_t> take_code_point(std::string_view& text);

// The offset of the first byte that is not valid UTF-8, if there is one.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

// The text must be valid UTF-8.
std::size_t count_code_points(std::string_view text);

// The longest beginning of at most `max_bytes` bytes that does not end within a code point.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

// Text of unknown origin, to be shown on a terminal or on one line. Control characters (C0, DEL, C1), line separators
// and bidirectional controls are shown as \u001b, bytes that are not UTF-8 as \xff. Everything else stays, so JSON
// keeps its meaning. `keep_lines`: line feeds stay, too.
std::string printable(std::string_view text, bool keep_lines = false);

// Hexadecimal digits: lower case if written, either case if read.

// Two digits for each byte.
std::string to_hex(std::span<const std::uint8_t> bytes);

// Reads two digits for each of the bytes. False: the text has other characters, or another length.
bool from_hex(std::string_view text, std::span<std::uint8_t> bytes);

// The value of a digit; -1 for any other character.
int hex_value(char c);

// Percent-encoding (RFC 3986, section 2.1).

// Whether text[at] begins a complete escape: a percent sign and two hexadecimal digits.
bool is_escape(std::string_view text, std::size_t at);

// Replaces each complete escape by its byte, once. Any other percent sign stays.
std::string percent_decoded(std::string_view text);

}  // namespace enrichment_mock::base
