// Texts that are not JSON or not UTF-8: each gets one message with line and column, and nothing throws.
#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "scenario/loader.h"
#include "support/checkout.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::scenario;
using enrichment_mock::support::checkout_path;
using enrichment_mock::support::read_file;

namespace {

std::vector<Problem> problems_of(std::string_view text) {
  auto result = load_text(text, "");
  auto* problems = std::get_if<std::vector<Problem>>(&result);
  return problems ? std::move(*problems) : std::vector<Problem>();
}

std::string with_nested_error(std::size_t levels) {
  return R"({"name": "x", "errors": {"500": {"a": )" + std::string(levels, '[') + std::string(levels, ']') + "}}}";
}

}  // namespace

TEST_CASE("a syntax error is reported in plain words") {
  struct Row {
    std::string text, message;
  };
  const std::vector<Row> table = {
      {"", "line 1, column 1: the file contains no JSON value; expected an object: {"},
      {" \n\t", "line 2, column 2: the file contains no JSON value; expected an object: {"},
      {"// only a comment", "line 1, column 18: the file contains no JSON value; expected an object: {"},
      {"hello", "line 1, column 1: found \"hello\"; expected an object: {"},
      {"}", "line 1, column 1: found \"}\"; expected an object: {"},
      {"{", "line 1, column 2: the file ends, but the object that begins at line 1, column 1 is not closed"},
      {"{\"a\": [1", "line 1, column 9: the file ends, but the array that begins at line 1, column 7 is not closed"},
      {"{} {}", "line 1, column 4: found \"{\"; expected the end of the file"},
      {"{}]", "line 1, column 3: found \"]\"; expected the end of the file"},
      {"{a: 1}", "line 1, column 2: found \"a\"; expected a key in double quotes, or \"}\""},
      {"{,}", "line 1, column 2: found \",\"; expected a key in double quotes, or \"}\""},
      {"{\"a\": 1,,}", "line 1, column 9: found \",\"; expected a key in double quotes"},
      {"{\"a\": 1, 2}", "line 1, column 10: found \"2\"; expected a key in double quotes"},
      {"{\"a\": 1,}", "line 1, column 8: found a comma after the last entry; remove it before \"}\""},
      {"{\"a\": [1,\n]}", "line 1, column 9: found a comma after the last entry; remove it before \"]\""},
      {"{\"a\" 1}", "line 1, column 6: found \"1\"; expected \":\" between a key and its value"},
      {"{\"a\"}", "line 1, column 5: found \"}\"; expected \":\" between a key and its value"},
      {"{\"a\"::1}", "line 1, column 6: found \":\"; expected a value"},
      {"{\"a\":}", "line 1, column 6: found \"}\"; expected a value"},
      {"{\"a\": True}", "line 1, column 7: found \"True\"; expected a value"},
      {"{\"a\": nul}", "line 1, column 7: found \"nul\"; expected a value"},
      {"{\"a\": 1 \"b\": 2}", "line 1, column 9: found \"b\"; expected \",\" or \"}\""},
      {"{\"a\": [1 2]}", "line 1, column 10: found \"2\"; expected \",\" or \"]\""},
      {"{\"a\": [1}", "line 1, column 9: found \"}\"; expected \",\" or \"]\""},
      {"{\"a\": [,1]}", "line 1, column 8: found \",\"; expected a value or \"]\""},
      {"{\"a\": [1,,1]}", "line 1, column 10: found \",\"; expected a value"},
      {"{\"a\": 'b'}", "line 1, column 7: found a single quote; expected double quotes around a string"},
      {"{\"a\": \"b}", "line 1, column 7: the string has no closing quote on its line"},
      {"{\"a\": \"b\n\"}", "line 1, column 7: the string has no closing quote on its line"},
      {"{\"a\": \"b\tc\"}",
       "line 1, column 7: the string contains a tab or another control character; write it as an escape such as \\t"},
      {"{\"a\": \"\\x\"}",
       "line 1, column 7: the string contains an invalid escape; valid escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t "
       "and \\uXXXX"},
      {"{\"a\": \"\\ud800\"}",
       "line 1, column 7: the string contains half of a surrogate pair; expected \\uD800 to \\uDBFF and then \\uDC00 "
       "to "
       "\\uDFFF"},
      {"{\"a\": \"\\n\\uD800\\u00e9\"}",
       "line 1, column 7: the string contains half of a surrogate pair; expected \\uD800 to \\uDBFF and then \\uDC00 "
       "to "
       "\\uDFFF"},
      {"{\"a\": \"\\\\\\ud8g0\"}",
       "line 1, column 7: the string contains an invalid escape; valid escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t "
       "and \\uXXXX"},
      {"{\"a\": 01}", "line 1, column 7: \"01\" is not a JSON number"},
      {"{\"a\": 1.}", "line 1, column 7: \"1.\" is not a JSON number"},
      {"{\"a\": .5}", "line 1, column 7: \".5\" is not a JSON number"},
      {"{\"a\": v1}", "line 1, column 7: found \"v1\"; expected a value"},
      {"{\"a\": -}", "line 1, column 7: found \"-\"; expected a value"},
      {"{\"a\": +1}", "line 1, column 7: \"+1\" is not a JSON number"},
      {"{\"a\": 1 / 2}", "line 1, column 9: found a single \"/\"; a comment begins with \"//\" or \"/*\""},
      {"{ /* \n", "line 1, column 3: the comment is not closed; expected \"*/\""},
      {"{\n  \"\xC3\xA9\xC3\xA9\": oops\n}", "line 2, column 9: found \"oops\"; expected a value"},
  };
  for (const auto& row : table) {
    CAPTURE(row.text);
    const auto problems = problems_of(row.text);
    REQUIRE(problems.size() == 1);
    CHECK(to_string(problems[0]) == row.message);
  }
}

TEST_CASE("duplicate keys before a syntax error are reported as well, in the order of the text") {
  const auto problems = problems_of("{\"o\": {\"a\": 1,\n\"a\": 2,\n\"i\": {\"b\": 1, \"b\": 2}},\noops");
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].line == 2);
  CHECK(problems[1].line == 3);
  CHECK(problems[2].line == 4);
}

TEST_CASE("bytes that are not text are refused with their position") {
  using namespace std::string_literals;
  const std::vector<std::pair<std::string, std::string>> table = {
      {"\xEF\xBB\xBF{}", "line 1, column 1: the file begins with a byte order mark; expected UTF-8 without one"},
      {"{\"name\": \"\xFF\"}", "line 1, column 11: found a byte that is not valid UTF-8; save the file as UTF-8"},
      {"{} // \xC3", "line 1, column 7: found a byte that is not valid UTF-8; save the file as UTF-8"},
      {"{}\n\0 more"s, "line 2, column 1: found a NUL byte; expected text"},
      {std::string(1'000'001, ' '), "line 1, column 1: the file is larger than 1 MB"},
  };
  for (const auto& row : table) {
    CAPTURE(row.second);
    const auto problems = problems_of(row.first);
    REQUIRE(problems.size() == 1);
    CHECK(to_string(problems[0]) == row.second);
  }
}

TEST_CASE("invalid UTF-8 of every kind is found") {
  for (const std::string bytes :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x80\xAF", "\xE2\x82", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xE2\x28\xA1"}) {
    const auto problems = problems_of("{\"name\": \"x\", \"description\": \"" + bytes + "\"}");
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].column == 31);
  }
  CHECK(problems_of("{\"name\": \"x\", \"description\": \"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xED\x9F\xBF\"}")
            .empty());
}

TEST_CASE("values may nest 64 levels deep and no deeper") {
  CHECK(problems_of(with_nested_error(61)).empty());
  const auto problems = problems_of(with_nested_error(62));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message == "arrays and objects are nested more than 64 levels deep");
  CHECK(problems_of(with_nested_error(100'000)).size() == 1);
}

TEST_CASE("the loader handles every file that is truncated or changed") {
  const auto text = read_file(checkout_path("scenarios/default.json"));
  const auto end = text.rfind('}');
  REQUIRE(end != text.npos);
  for (std::size_t at = 0; at < end; at += 3) {
    CAPTURE(at);
    CHECK(problems_of(text.substr(0, at)).size() == 1);
  }
  std::size_t answered = 0;
  for (std::size_t at = 0; at < end; at += 3) {
    for (const char other : {'"', '{', ']', ',', '\\', '0', '\n', '/', '\x80'}) {
      auto changed = text;
      changed[at] = other;
      static_cast<void>(load_text(changed, "-"));
      ++answered;
    }
  }
  CHECK(answered > 1000);
}
