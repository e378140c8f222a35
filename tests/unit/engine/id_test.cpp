#include "engine/id.h"

#include <doctest/doctest.h>
#include <unordered_set>

using namespace enrichment_mock::engine;
using enrichment_mock::base::Instant;

TEST_CASE("an id reads back from its text, in either case") {
  IdSource ids(std::nullopt, "team", 42);
  const auto id = ids.next({});
  CHECK(to_text(id).size() == 24);
  CHECK(parse_id(to_text(id)) == id);
  CHECK(parse_id("507F1F77BCF86CD799439011") == parse_id("507f1f77bcf86cd799439011"));
}

TEST_CASE("what is not 24 hex digits is no id") {
  for (const auto* text : {"", "507f1f77bcf86cd79943901", "507f1f77bcf86cd7994390111", "507f1f77bcf86cd79943901g",
                           "507f1f77bcf86cd7994390 1", "%35%30"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_id(text));
  }
}

TEST_CASE("an unseeded id begins with the seconds of its time and differs by team and by process") {
  const Instant at{std::chrono::seconds(0x507f1f77)};
  CHECK(to_text(IdSource(std::nullopt, "a", 1).next(at)).starts_with("507f1f77"));
  CHECK(IdSource(std::nullopt, "a", 1).next(at) != IdSource(std::nullopt, "b", 1).next(at));
  CHECK(IdSource(std::nullopt, "a", 1).next(at) != IdSource(std::nullopt, "a", 2).next(at));
}

TEST_CASE("seeded ids depend on seed, team and count, and on no clock or process") {
  const Instant later{std::chrono::hours(1)};
  IdSource one(7, "a", 1), same(7, "a", 2);
  CHECK(one.next({}) == same.next(later));
  CHECK(one.next(later) == same.next({}));
  CHECK(IdSource(7, "a", 1).next({}) != IdSource(8, "a", 1).next({}));
  CHECK(IdSource(7, "a", 1).next({}) != IdSource(7, "b", 1).next({}));
}

TEST_CASE("a team's ids never repeat, seeded or not, while its clock stands still") {
  for (const std::optional<std::uint64_t> seed : {std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{3}}) {
    IdSource ids(seed, "a", 1);
    std::unordered_set<std::string> seen;
    for (int i = 0; i < 100'000; ++i) seen.insert(to_text(ids.next({})));
    CHECK(seen.size() == 100'000);
  }
}

TEST_CASE("ids that are generated before do not change the ids that follow, and no id repeats") {
  for (const std::optional<std::uint64_t> seed : {std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{3}}) {
    IdSource plain(seed, "a", 1), ids(seed, "a", 1, 3);
    std::unordered_set<std::string> seen;
    for (std::uint64_t n = 0; n < 100; ++n) {
      const auto id = ids.next({});
      CHECK(ids.count_in(id) == n);
      if (n >= 3) CHECK(id == plain.next({}));
      seen.insert(to_text(id));
    }
    CHECK(seen.size() == 100);
  }
}

TEST_CASE("the number of an id within its team can be read from it") {
  for (const std::optional<std::uint64_t> seed : {std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{3}}) {
    IdSource ids(seed, "a", 1);
    for (std::uint64_t n = 0; n < 1000; ++n) CHECK(ids.count_in(ids.next({})) == n);
    CHECK(ids.count_in(*parse_id("ffffffffffffffffffffffff")) == ids.period() - 1);
  }
}
