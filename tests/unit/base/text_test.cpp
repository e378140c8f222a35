#include "base/text.h"

#include <doctest/doctest.h>
#include <iterator>
#include <utility>

namespace enrichment_mock::base {
namespace {

TEST_CASE("texts are compared without letter case, for ASCII letters only") {
  CHECK(same_text("", ""));
  CHECK(same_text("Content-Type", "cONTENT-tYPE"));
  CHECK_FALSE(same_text("Content-Type", "Content-Typ"));
  CHECK_FALSE(same_text("a[", "a{"));
  CHECK_FALSE(same_text("\xc3\x84", "\xc3\xa4"));
}

TEST_CASE("only ASCII letters become lower case") { CHECK(lower("AZ@[az09\xc3\x84") == "az@[az09\xc3\x84"); }

TEST_CASE("a set contains the characters that it was made from") {
  constexpr CharacterSet set = CharacterSet().with_range('b', 'd').with("x").with_range(0xfe, 0xff);
  CHECK(set.has_all("bcdx\xfe\xff"));
  CHECK(set.has_all(""));
  for (const char c : {'a', 'e', 'y', '\0', '\xfd'}) CHECK_FALSE(set.has(c));
}

TEST_CASE("tokens have the characters of header names") {
  CHECK(is_token("X-Api-Key"));
  CHECK(is_token("!#$%&'*+-.^_`|~09azAZ"));
  for (const std::string_view each : {"", "a b", "a:", "a\t", "(", "\x7f", "\xc3\xa4"}) {
    CAPTURE(each);
    CHECK_FALSE(is_token(each));
  }
}

TEST_CASE("hexadecimal digits have a value, other characters have none") {
  const std::pair<char, int> cases[] = {{'0', 0},  {'9', 9},  {'a', 10}, {'f', 15}, {'A', 10},
                                        {'F', 15}, {'g', -1}, {'/', -1}, {':', -1}, {'@', -1}};
  for (const auto& [c, value] : cases) {
    const auto& this_c = c;
    CAPTURE(this_c);
    CHECK(hex_value(c) == value);
  }
}

TEST_CASE("only complete escapes are decoded, and only once") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},         {"plain", "plain"}, {"%41%2dz", "A-z"}, {"a%2Fb", "a/b"},      {"%2541", "%41"},
      {"%", "%"},       {"%4", "%4"},       {"%zz", "%zz"},     {"%4%41", "%4A"},      {"%%41", "%A"},
      {"100%", "100%"}, {"a%4g", "a%4g"},   {"+", "+"},         {"%c3%A4", "\xc3\xa4"}};
  for (const auto& [text, decoded] : cases) {
    const auto& this_text = text;
    CAPTURE(this_text);
    CHECK(percent_decoded(text) == decoded);
  }
  CHECK(is_escape("a%41", 1));
  CHECK_FALSE(is_escape("a%41", 0));
  CHECK_FALSE(is_escape("a%4", 1));
}

TEST_CASE("UTF-8 ends at a sequence that is incomplete or longer than needed") {
  const std::pair<std::string_view, std::optional<std::size_t>> cases[] = {
      {"", {}},
      {"plain\x7f", {}},
      {"\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xef\xbf\xbf \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", {}},
      {"\xed\x9f\xbf\xee\x80\x80", {}},
      {"a\x80", 1},
      {"\xc3", 0},
      {"ab\xe2\x82", 2},
      {"\xc3z", 0},
      {"\xc1\xbf", 0},
      {"\xe0\x9f\xbf", 0},
      {"\xf0\x8f\xbf\xbf", 0},
      {"\xed\xa0\x80", 0},
      {"\xc3\xa4\xf4\x90\x80\x80", 2},
      {"\xf8\x88\x80\x80\x80", 0},
      {"\xff", 0},
  };
  for (const auto& [text, at] : cases) {
    const auto& this_text = text;
    CAPTURE(this_text);
    CHECK(find_invalid_utf8(text) == at);
  }
}

TEST_CASE("code points are taken one by one, and counted") {
  std::string_view text = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xff";
  CHECK(count_code_points(text.substr(0, text.size() - 1)) == 4);
  for (const char32_t each : {U'a', U'\u00e4', U'\u20ac', U'\U0001f600'}) CHECK(take_code_point(text) == each);
  CHECK_FALSE(take_code_point(text));
  CHECK(text == "\xff");
}

TEST_CASE("a beginning of UTF-8 ends with a whole code point") {
  const std::string_view text = "a\xe2\x82\xac\xf0\x9f\x98\x80";
  const std::size_t ends[] = {0, 1, 1, 1, 4, 4, 4, 4, 8, 8};
  for (std::size_t max = 0; max < std::size(ends); ++max) {
    CAPTURE(max);
    CHECK(utf8_prefix(text, max) == text.substr(0, ends[max]));
  }
  CHECK(utf8_prefix("\x80\x80\x80\x80\x80\x80", 5).size() == 2);
}

TEST_CASE("printable: characters of any language stay, except control characters") {
  for (const char* text : {"", "plain \"text\" \\ /", "j\xc3\xb6hn", "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x98\x80"})
    CHECK(printable(text) == text);
}

TEST_CASE("printable: control characters, also hidden ones of Unicode, are shown as their number") {
  CHECK(printable("\x1b[31m") == "\\u001b[31m");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\u0000b");
  CHECK(printable("\t\r\n\x7f") == "\\u0009\\u000d\\u000a\\u007f");
  CHECK(printable("\xc2\x9b") == "\\u009b");
  CHECK(printable("\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf") == "\\u2028\\u202e\\u2066\\ufeff");
}

TEST_CASE("printable: bytes that are not UTF-8 are shown one by one") {
  CHECK(printable("caf\xe9.json") == "caf\\xe9.json");
  CHECK(printable("\xc2") == "\\xc2");
}

TEST_CASE("printable: line breaks stay if asked for") {
  constexpr bool kKeepLines = true;
  CHECK(printable("a\nb\r", kKeepLines) == "a\nb\\u000d");
}

}  // namespace
}  // namespace enrichment_mock::base
