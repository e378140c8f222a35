// Readers of single values: the cases that no scenario file or control call can show.
#include "json/fields.h"

#include <doctest/doctest.h>

using namespace enrichment_mock;

namespace {

constexpr auto kFruitsInJson = base::words<char>({{'p', "pear"}, {'a', "apple"}});

// A reader's result for a text, and the first problem that it reports.
template <class Reader>
auto read(std::string_view text, Reader reader) {
  json_text::Document document(text);
  REQUIRE(document.read(json_text::Syntax::strict));
  const auto value = reader(document.root());
  return std::pair(value, document.problems().empty() ? "" : document.problems().front().message);
}

}  // namespace

TEST_CASE("a word is read as its value, and an unknown word is refused with the known ones") {
  const auto fruit = json_text::word_of(kFruitsInJson, "a basket");
  CHECK(read("\"pear\"", fruit).first == 'p');
  CHECK(read("\"peer\"", fruit).second ==
        R"(found "peer"; expected "pear" or "apple", or a basket; did you mean "pear"?)");
  CHECK(read("3", fruit).second == R"(found 3; expected "pear" or "apple", or a basket)");
  CHECK_FALSE(read("3", fruit).first);
}

TEST_CASE("whole numbers are read exactly, to the last digit") {
  const auto any = json_text::whole_number<std::uint64_t>(0, UINT64_MAX);
  CHECK(read("18446744073709551615", any).first == UINT64_MAX);
  CHECK(read("-0", any).second == "found -0; expected a whole number from 0 to 18446744073709551615");
  CHECK(read("1.0", json_text::whole_number(0, 9)).second ==
        "found 1.0; expected a whole number, without point or exponent, from 0 to 9");
  CHECK(read("-9223372036854775808", json_text::to_whole_number<std::int64_t>).first == INT64_MIN);
  CHECK_FALSE(read("9223372036854775808", json_text::to_whole_number<std::int64_t>).first);
}
