#include "json/writer.h"

#include <doctest/doctest.h>
#include <limits>
#include <nlohmann/json.hpp>

using namespace enrichment_mock::json_text;

TEST_CASE("each kind of value is written as JSON") {
  const std::optional<int> nothing, seven = 7;
  const Object object{{"null", nullptr},
                      {"true", true},
                      {"false", false},
                      {"text", "x"},
                      {"whole", -1},
                      {"large", std::numeric_limits<std::uint64_t>::max()},
                      {"small", std::numeric_limits<std::int64_t>::min()},
                      {"real", 0.25},
                      {"round", 2.0},
                      {"none", nothing},
                      {"some", seven},
                      {"empty", null_if_empty("")},
                      {"filled", null_if_empty("y")},
                      {"object", Object{}},
                      {"array", Array{}}};
  CHECK(object.text() ==
        R"({"null":null,"true":true,"false":false,"text":"x","whole":-1,"large":18446744073709551615,)"
        R"("small":-9223372036854775808,"real":0.25,"round":2.0,"none":null,"some":7,"empty":null,"filled":"y",)"
        R"("object":{},"array":[]})");
}

TEST_CASE("objects and arrays grow") {
  Object object;
  CHECK(object.text() == "{}");
  object.add_all({});
  CHECK(object.text() == "{}");
  object.add_all({{"a", 1}, {"b", 2}});
  object.add_all({{"c", 3}});
  object.add("d", 4);
  CHECK(object.text() == R"({"a":1,"b":2,"c":3,"d":4})");

  Array array;
  CHECK(array.empty());
  array.add(object);
  array.add("x");
  CHECK(array.size() == 2);
  CHECK(array.text() == R"([{"a":1,"b":2,"c":3,"d":4},"x"])");
  CHECK(Array::of(std::vector<int>{1, 2}).text() == "[1,2]");
  CHECK(Array::of(std::vector<int>{1, 2}, [](int number) {
          return Object{{"n", number}};
        }).text() == R"([{"n":1},{"n":2}])");
}

TEST_CASE("JSON text that is added stays unchanged") {
  CHECK(Object{{"a", Json::raw("[1.10, 1e3]")}}.text() == R"({"a":[1.10, 1e3]})");
  CHECK(Json().is_null());
  CHECK(Json(nullptr).is_null());
  CHECK_FALSE(Json("null").is_null());
}

TEST_CASE("texts and names are escaped as nlohmann/json escapes them, and bytes that are not UTF-8 are replaced") {
  const auto replace = nlohmann::json::error_handler_t::replace;
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (const auto& text : {std::string("plain"), std::string("a\"b\\c\n\x01/\x7f"), std::string("j\u00f6hn \U0001f600"),
                           std::string("\xff\xc3(\xed\xa0\x80"), std::string(1, '\0'), all}) {
    const auto expected = nlohmann::json(text).dump(-1, ' ', false, replace);
    CHECK(Json(text).text() == expected);
    CHECK(Object{{text, 1}}.text() == '{' + expected + ":1}");
  }
}

TEST_CASE("a merge patch adds, replaces and removes, and keeps the rest as it is written") {
  struct Case {
    const char *target, *patch, *merged;
  };
  // The cases of RFC 7386, appendix A, and some for numbers and order.
  for (const auto& [target, patch, merged] :
       {Case{R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
        {R"({"a":"b"})", R"({"a":null})", "{}"},
        {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
        {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
        {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
        {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
        {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
        {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
        {R"({"a":"foo"})", "null", "null"},
        {R"({"a":"foo"})", R"("bar")", R"("bar")"},
        {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
        {"[1,2]", R"({"a":"b","c":null})", R"({"a":"b"})"},
        {"{}", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
        {R"({"z":1.10,"a":1e3})", R"({"m":12345678901234567890123,"a":-0.0})",
         R"({"z":1.10,"a":-0.0,"m":12345678901234567890123})"},
        {R"({"\u0061":1,"b":"\/"})", R"({"a":2})", R"({"a":2,"b":"\/"})"}}) {
    const auto& this_patch = patch;
    CAPTURE(this_patch);
    CHECK(merge_patch(target, patch).text() == merged);
  }
}
