#include "control/render.h"

#include <doctest/doctest.h>

using namespace enrichment_mock;
using control::json_or_text;

namespace {

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

}  // namespace

TEST_CASE("text that is JSON is shown as it is, other text as a string") {
  for (const std::string text : {R"({"b":[1,"x",null],"a":{}})", "7", "1.10", "1e3", "[ 1,\n 2 ]", R"("\u00e9")",
                                 "123456789012345678901234567890", "1e309"})
    CHECK(json_or_text(text).text() == text);
  for (const std::string text : {"", "{", "plain", "01"}) CHECK(json_or_text(text).text() == '"' + text + '"');
}

TEST_CASE("JSON after a byte order mark is shown as a string, because it cannot be part of other JSON") {
  CHECK(json_or_text("\xEF\xBB\xBF{}").text() == "\"\xEF\xBB\xBF{}\"");
}

TEST_CASE("a body with a duplicate key is shown as a string, because JSON readers would show one of both") {
  CHECK(json_or_text(R"({"a":1,"a":2})").text() == R"("{\"a\":1,\"a\":2}")");
  CHECK(json_or_text(R"([{"a":{"b":1,"b":1}}])").text().starts_with('"'));
}

TEST_CASE("JSON that is nested too deeply for some readers is shown as a string") {
  CHECK(json_or_text(nested(64)).text() == nested(64));
  for (const auto levels : {65U, 500'000U}) CHECK(json_or_text(nested(levels)).text() == '"' + nested(levels) + '"');
  CHECK(json_or_text(R"({"a":)" + nested(64) + "}").text().starts_with('"'));
}
