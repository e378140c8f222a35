#include "json/reader.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "support/checkout.h"
#include "support/json.h"
#include "support/json_oracle.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using json_text::Document;
using json_text::Syntax;
using support::disagreement;

namespace {

bool is_read(std::string_view text, Syntax syntax = Syntax::strict) { return Document(text).read(syntax); }

std::string place(Document& document, std::size_t offset) {
  const auto [line, column] = document.position(offset);
  return std::to_string(line) + ":" + std::to_string(column);
}

bool is_within(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

std::vector<std::string> seeds() {
  std::vector<std::string> texts = {
      "{}",
      "[]",
      "\"x\"",
      "-0.5e+3",
      "true",
      "{\"a\":{\"a\":[{}, [], null]}}",
      R"({"a":"\ud83d\ude00 \n\u00e9","n":[1e5,-0.5,1e308,0,18446744073709551616,-9223372036854775808]} // c)",
      "{/* x */\"k\\u0061\": [false, \"\xc3\xa9\"], \"k\": -12.5E+3}"};
  for (const auto* folder : {"scenarios", "tests/golden/loader"})
    for (const auto& entry : std::filesystem::directory_iterator(support::checkout_path(folder)))
      if (entry.path().extension() == ".json") texts.push_back(support::read_file(entry.path()));
  return texts;
}

}  // namespace

TEST_CASE("the reader accepts what nlohmann::json accepts, with the same values") {
  for (const std::string text : {"",
                                 " ",
                                 "{",
                                 "}",
                                 "[1,]",
                                 "{,}",
                                 "{\"a\" 1}",
                                 "{\"a\":}",
                                 "[1 2]",
                                 "{} {}",
                                 "01",
                                 "-",
                                 "-01",
                                 "1.",
                                 ".5",
                                 "1e",
                                 "1e+",
                                 "+1",
                                 "0x1",
                                 "1e308",
                                 "1e309",
                                 "-1e309",
                                 "1e-400",
                                 "123456789012345678901234567890",
                                 "1E400",
                                 "nul",
                                 "truefalse",
                                 "nullx",
                                 "NaN",
                                 "\"\t\"",
                                 "\"\\x\"",
                                 "\"\\u12\"",
                                 "\"\\u12g4\"",
                                 "\"\\ud800\"",
                                 "\"\\ud800\\u0041\"",
                                 "\"\\udc00\"",
                                 "\"\\udbff\\udfff\"",
                                 "\"\\u0000\"",
                                 "\"\x7f\"",
                                 "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
                                 "\"\xc0\xaf\"",
                                 "\"\xed\xa0\x80\"",
                                 "\"\xf4\x90\x80\x80\"",
                                 "\"\xc3\"",
                                 "\xef\xbb\xbf{}",
                                 "\xef\xbb{}",
                                 "// c",
                                 "// c\n1",
                                 "// c\r1",
                                 "/* c */1",
                                 "/**/1",
                                 "/*/1",
                                 "/* c",
                                 "1/",
                                 "1/2",
                                 "1//",
                                 "[1/**/,//\n2]",
                                 "{\"a\"/**/:1}",
                                 "'a'",
                                 "\f1",
                                 "1\f"}) {
    CAPTURE(text);
    CHECK(disagreement(text, Syntax::strict) == "");
    CHECK(disagreement(text, Syntax::with_comments) == "");
  }
  const std::string huge(400, '9');
  for (const std::string& number :
       {huge, "0." + huge, huge + ".5e-200", std::string("1e0000000000000000000000000000001"), "0e" + huge}) {
    CAPTURE(number);
    CHECK(disagreement(number, Syntax::strict) == "");
  }
}

TEST_CASE("the reader agrees with nlohmann::json on texts that are changed at random") {
  const auto texts = seeds();
  const std::vector<std::string> pieces = {"\"",
                                           "{",
                                           "}",
                                           "[",
                                           "]",
                                           ",",
                                           ":",
                                           "\\",
                                           "/",
                                           "//",
                                           "/*",
                                           "*/",
                                           "true",
                                           "null",
                                           "0",
                                           "1",
                                           "-",
                                           ".",
                                           "e5",
                                           "1e309",
                                           "\\u",
                                           "\\ud800",
                                           "\\udc00",
                                           "\\u0041",
                                           " ",
                                           "\n",
                                           "\r",
                                           "\t",
                                           "'",
                                           "\x01",
                                           "\xc3\xa9",
                                           "\xff",
                                           "\"a\":1,",
                                           std::string(1, '\0'),
                                           "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
                                           "\xef\xbb\xbf"};
  std::mt19937 random(1);
  const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random()) % end; };
  std::size_t valid = 0;
  for (int n = 0; n < 20'000; ++n) {
    auto text = texts[below(texts.size())];
    if (below(2) == 0 && text.size() > 80) text = text.substr(below(text.size()), below(80));
    for (auto changes = below(6); changes > 0 && !text.empty(); --changes) {
      const auto at = below(text.size());
      if (below(4) == 0) text.erase(at, 1 + below(3));
      text.insert(std::min(at, text.size()), pieces[below(pieces.size())]);
    }
    CAPTURE(text);
    for (const auto syntax : {Syntax::strict, Syntax::with_comments}) {
      const auto found = disagreement(text, syntax);
      if (!found.empty()) FAIL_CHECK(found);
      if (is_read(text, syntax)) ++valid;
    }
  }
  CHECK(valid > 1000);
}

TEST_CASE("values know their position") {
  const std::string text = "// first\n{\"\xc3\xa9\": 1,\n \"list\": [true, {\"a/b~c\" : \"x\"}]}";
  Document document(text);
  REQUIRE(document.read(Syntax::with_comments));
  const auto root = document.root();
  CHECK(place(document, root.begin()) == "2:1");
  const auto first = root.member("\xc3\xa9");
  REQUIRE(first);
  CHECK(place(document, first->key_begin()) == "2:2");
  CHECK(place(document, first->begin()) == "2:7");
  const auto list = root.member("list");
  REQUIRE(list);
  CHECK(list->pointer() == "/list");
  CHECK(list->size() == 2);
  const auto object = *++list->children().begin();
  CHECK(object.pointer() == "/list/1");
  CHECK(object.raw() == R"({"a/b~c" : "x"})");
  const auto inner = object.member("a/b~c");
  REQUIRE(inner);
  CHECK(inner->pointer() == "/list/1/a~1b~0c");
  CHECK(place(document, inner->begin()) == "3:28");
  REQUIRE(document.comments().size() == 1);
  CHECK(document.comments()[0].begin == 0);
  CHECK(document.comments()[0].end == 8);
}

TEST_CASE("positions are right in long texts, and in any order of questions") {
  std::string text = "[";
  std::vector<std::size_t> offsets;
  for (int line = 0; line < 500; ++line) {
    text += "\"\xe2\x82\xac\", ";
    offsets.push_back(text.size());
    text += "1,\n";
  }
  text += "0]";
  Document document(text);
  REQUIRE(document.read(Syntax::strict));
  CHECK(document.root().size() == 1001);
  for (std::size_t line = offsets.size(); line > 0; --line) {
    const auto column = line == 1 ? "7" : "6";
    CHECK(place(document, offsets[line - 1]) == std::to_string(line) + ":" + column);
  }
  CHECK(place(document, text.size()) == "501:3");
}

TEST_CASE("numbers and texts are views of the input, except texts with escapes") {
  const std::string text =
      R"({"n": -1.50e+03, "big": 18446744073709551615, "plain": "as it is", "k\u0065y": "a\"\u20ac\/"})";
  Document document(text);
  REQUIRE(document.read(Syntax::strict));
  const auto root = document.root();
  CHECK(root.member("n")->raw() == "-1.50e+03");
  CHECK(root.member("n")->number() == -1500);
  CHECK(root.member("big")->raw() == "18446744073709551615");
  CHECK(root.member("plain")->text() == "as it is");
  CHECK(is_within(root.member("plain")->text(), text));
  CHECK(is_within(root.member("plain")->key(), text));
  const auto escaped = root.member("key");
  REQUIRE(escaped);
  CHECK(escaped->text() == "a\"\xe2\x82\xac/");
  CHECK(escaped->raw_key() == R"("k\u0065y")");
}

TEST_CASE("a number past the range of a double is a valid number, but has no double value") {
  const std::string digits(400, '9');
  for (const std::string& number : {std::string("1e309"), std::string("-1e309"), digits, "-" + digits + ".5e1"}) {
    CAPTURE(number);
    const auto text = "[" + number + ", 1.10]";
    Document document(text);
    REQUIRE(document.read(Syntax::strict));
    const auto first = *document.root().children().begin();
    CHECK(first.raw() == number);
    CHECK_FALSE(first.number());
    CHECK(json_text::compact(document.root()) == "[" + number + ",1.10]");
    const auto in_doubles = document.text_with_doubles();
    CHECK(in_doubles.size() == text.size());
    CHECK(nlohmann::json::accept(in_doubles));
    CHECK(in_doubles.ends_with(", 1.10]"));
  }
}

TEST_CASE("numbers are compared by all their digits, with any exponent") {
  struct Case {
    std::string a, b;
    bool same;
  };
  const std::string digits(400, '9'), long_exponent(40, '9');
  for (const auto& [a, b, same] : {Case{"1e309", "10e308", true},
                                   {"1e309", "1e310", false},
                                   {"1e-400", "0", false},
                                   {digits, digits + ".0", true},
                                   {digits, digits.substr(1) + "8", false},
                                   {"-1.10", "-11e-1", true},
                                   {"0e" + long_exponent, "-0", true},
                                   {"1e" + long_exponent, "1e" + long_exponent, true},
                                   {"1e" + long_exponent, "1e9" + long_exponent, false},
                                   {"1e" + long_exponent, "1", false},
                                   {"1e-9223372036854775808", "0.1e-9223372036854775808", false}}) {
    const auto &this_a = a, &this_b = b;
    CAPTURE(this_a);
    CAPTURE(this_b);
    CHECK(json_text::is_same_number(a, b) == same);
    CHECK(json_text::is_same_number(b, a) == same);
  }
}

TEST_CASE("a duplicate key counts once, with its first value") {
  for (const std::size_t others : {0U, 3U, 40U}) {
    CAPTURE(others);
    std::string text = "{\"a\": [1]";
    for (std::size_t i = 0; i < others; ++i) text += ", \"k" + std::to_string(i) + "\": {}";
    text += ", \"\\u0061\": {\"b\": 2}, \"z\": 0, \"a\": 3}";
    Document document(text);
    REQUIRE(document.read(Syntax::strict));
    const auto root = document.root();
    CHECK(root.size() == others + 2);
    CHECK(root.member("a")->is_array());
    CHECK(root.member("z")->raw() == "0");
    std::size_t seen = 0;
    for (const auto member : root.children()) seen += member.key() == "a" ? 100 : 1;
    CHECK(seen == others + 101);
    REQUIRE(document.duplicates().size() == 2);
    CHECK(document.duplicates()[0].first == document.duplicates()[1].first);
    CHECK(document.first_duplicate_key() == "a");
  }
}

TEST_CASE("a duplicate key is found in objects that are not closed, too") {
  const auto first_doubled = [](std::string_view text) {
    Document document(text);
    static_cast<void>(document.read(Syntax::strict));
    return std::string(document.first_duplicate_key().value_or("none"));
  };
  CHECK(first_doubled(R"({"x": 1, "x": 2, "y": {"a": 1, "a": 2}})") == "x");
  CHECK(first_doubled(R"({"x": 1, "y": {"a": 1, "a": 2}, "x": 2})") == "a");
  CHECK(first_doubled(R"({"x": [{"b": 1, "b")") == "b");
  CHECK(first_doubled(R"({"x": 1, "x": {"c": 1, oops)") == "x");
  CHECK(first_doubled(R"({"x": 1, oops, "x": 2})") == "none");
}

TEST_CASE("values may nest 64 levels deep, and the depth is checked without recursion") {
  CHECK(is_read(nested(64)));
  CHECK_FALSE(is_read(nested(65)));
  const auto deep = nested(400'000);
  Document document(deep);
  CHECK_FALSE(document.read(Syntax::strict));
  REQUIRE(document.error());
  CHECK(document.error()->expected == json_text::SyntaxError::Expected::less_depth);
  CHECK(document.error()->at == 64);
}

TEST_CASE("a text may not have more values than the limit") {
  constexpr std::size_t kFew = 4;
  for (const auto& [text, fits] : {std::pair("[0,[],{}]", true), std::pair("{\"a\":{\"b\":0},\"c\":1}", true),
                                   std::pair("[0,0,0,0]", false), std::pair("[{\"a\":0,\"b\":1,\"c\":2}]", false)}) {
    CAPTURE(text);
    Document document(text);
    CHECK(document.read(Syntax::strict, json_text::kMaxDepth, kFew) == fits);
    if (fits) continue;
    CHECK(document.error()->expected == json_text::SyntaxError::Expected::fewer_values);
    json_text::report_syntax_errors(document);
    CHECK(document.problems().at(0).message == "the file has too many values; expected at most 30000000");
  }
}

TEST_CASE("an error has the position where the text becomes invalid") {
  const std::string text = R"({"a": [1, 2,], "b": 3})";
  Document document(text);
  CHECK_FALSE(document.read(Syntax::strict));
  REQUIRE(document.error());
  CHECK(document.error()->at == text.find(']'));
  CHECK(document.error()->comma_at == text.find(",]"));
  REQUIRE(document.open());
  CHECK(document.open()->pointer() == "/a");
}

TEST_CASE("a compact text is the written text without blanks and comments") {
  Document document("{ \"a\\n\" : [ 1.0 , \"b c\" /* d */ ] , // e\n \"f\":{ }, \"g\":null }");
  REQUIRE(document.read(Syntax::with_comments));
  CHECK(json_text::compact(document.root()) == R"({"a\n":[1.0,"b c"],"f":{},"g":null})");
}
