#include "base/printable.h"

#include <doctest/doctest.h>

using enrichment_mock::base::printable;

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
