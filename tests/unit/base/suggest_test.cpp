#include "base/suggest.h"

#include <array>
#include <doctest/doctest.h>
#include <string>

using namespace enrichment_mock::base;

TEST_CASE("the distance counts insertions, deletions, substitutions and swaps of neighbours") {
  struct Row {
    std::string_view a, b;
    std::size_t distance;
  };
  constexpr std::array<Row, 11> table = {{
      {"", "", 0},
      {"", "abc", 3},
      {"abc", "abc", 0},
      {"username", "usename", 1},
      {"username", "usernaame", 1},
      {"username", "usernane", 1},
      {"match", "macth", 1},
      {"max_attempts", "maxAttempts", 2},
      {"kitten", "sitting", 3},
      {"ab", "ba", 1},
      {"abcdef", "badcfe", 3},
  }};
  for (const auto& row : table) {
    CAPTURE(row.a);
    CAPTURE(row.b);
    CHECK(edit_distance(row.a, row.b) == row.distance);
    CHECK(edit_distance(row.b, row.a) == row.distance);
  }
}

TEST_CASE("the nearest candidate is suggested; the first one if several are equally near; none that is too far") {
  constexpr std::array<std::string_view, 4> words = {"pending", "processing", "copies", "copied"};
  CHECK(nearest("pendign", words) == "pending");
  CHECK(nearest("procesing", words) == "processing");
  CHECK(nearest("copie", words) == "copies");
  CHECK(nearest("copied", words) == "copied");
  CHECK_FALSE(nearest("peng", words));
  CHECK(nearest("peng", words, 3) == "pending");
  CHECK_FALSE(nearest("pendign", words, 0));
  CHECK_FALSE(nearest("anything", {}));
}

TEST_CASE("a very long word is too far from every candidate without being compared") {
  constexpr std::array<std::string_view, 1> words = {"pending"};
  CHECK_FALSE(nearest(std::string(10'000'000, 'p'), words));
}
