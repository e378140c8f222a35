#include "control/render.h"

#include <doctest/doctest.h>

using namespace enrichment_mock;
using control::Json;
using control::json_or_text;

namespace {

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

}  // namespace

TEST_CASE("text that is JSON is shown as JSON, other text as it is") {
  CHECK(json_or_text(R"({"b":[1,"x",null],"a":{}})").dump() == R"({"b":[1,"x",null],"a":{}})");
  CHECK(json_or_text("7") == Json(7));
  for (const std::string text : {"", "{", "plain", R"({"a":1)"}) CHECK(json_or_text(text) == Json(text));
}

TEST_CASE("JSON that is nested too deeply to be written is shown as text") {
  CHECK(json_or_text(nested(64)).is_array());
  for (const auto levels : {65U, 500'000U}) CHECK(json_or_text(nested(levels)) == Json(nested(levels)));
  const std::string object = R"({"a":)" + nested(64) + "}";
  CHECK(json_or_text(object) == Json(object));
}
