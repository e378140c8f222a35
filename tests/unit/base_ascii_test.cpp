#include <doctest/doctest.h>

#include "base/ascii.h"

namespace enrichment_mock::base {
namespace {

TEST_CASE("texts are the same in any letter case, and only of ASCII letters") {
  CHECK(same_text("", ""));
  CHECK(same_text("Content-Type", "cONTENT-tYPE"));
  CHECK_FALSE(same_text("Content-Type", "Content-Typ"));
  CHECK_FALSE(same_text("a[", "a{"));
  CHECK_FALSE(same_text("\xc3\x84", "\xc3\xa4"));
}

TEST_CASE("lower case is that of ASCII letters alone") { CHECK(lower("AZ@[az09\xc3\x84") == "az@[az09\xc3\x84"); }

TEST_CASE("a set has the characters that it was given") {
  constexpr CharacterSet set = CharacterSet().with_range('b', 'd').with("x").with_range(0xfe, 0xff);
  CHECK(set.has_all("bcdx\xfe\xff"));
  CHECK(set.has_all(""));
  for (const char c : {'a', 'e', 'y', '\0', '\xfd'}) CHECK_FALSE(set.has(c));
}

TEST_CASE("tokens are what names of headers consist of") {
  CHECK(is_token("X-Api-Key"));
  CHECK(is_token("!#$%&'*+-.^_`|~09azAZ"));
  for (const std::string_view each : {"", "a b", "a:", "a\t", "(", "\x7f", "\xc3\xa4"}) {
    CAPTURE(each);
    CHECK_FALSE(is_token(each));
  }
}

}  // namespace
}  // namespace enrichment_mock::base
