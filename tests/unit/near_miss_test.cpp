#include "scenario/near_miss.h"

#include <doctest/doctest.h>

using namespace enrichment_mock::scenario;

TEST_CASE("the rule that nearly matched is the one with the fewest parts that differ") {
  const Rules rules({{.name = "far", .match = {.username = "jane*", .type = EmailType::personal, .has_callback = true}},
                     {.name = "near", .match = {.username = "jane*", .external_id = "lead-*", .has_callback = true}},
                     {.name = "nothing in common", .match = {.username = "bob"}},
                     {.name = "another call", .on = Event::poll, .match = {.username = "jane*"}}});
  const auto miss = near_miss({}, rules, Event::request, {.username = "jane", .has_callback = true});
  REQUIRE(miss);
  CHECK(miss->rule == "far");
  CHECK(miss->differs == std::vector<std::string>{"type: expected personal, found work"});

  const auto other =
      near_miss({}, rules, Event::request, {.username = "jane", .external_id = "x", .has_callback = false});
  REQUIRE(other);
  CHECK(other->rule == "far");
  CHECK(other->differs.size() == 2);
}

TEST_CASE("each part that differs is named with what was found") {
  const Rules rules({{.name = "r",
                      .match = {.username = "jane*",
                                .type = EmailType::work,
                                .external_id = "lead-*",
                                .has_callback = true,
                                .team = "acme"}}});
  const auto miss = near_miss({}, rules, Event::request, {.username = "john", .team = "globex"});
  REQUIRE(miss);
  CHECK(miss->differs == std::vector<std::string>{R"(username: expected "jane*", found "john")",
                                                  R"(external_id: expected "lead-*", found none)",
                                                  "has_callback: expected true, found false",
                                                  R"(team: expected "acme", found "globex")"});
}

TEST_CASE("there is none where one fits, or where nothing is in common") {
  const Rules fits({{.name = "all"}}), strange({{.name = "bob", .match = {.username = "bob"}}});
  CHECK_FALSE(near_miss({}, fits, Event::request, {.username = "jane"}));
  CHECK_FALSE(near_miss({}, strange, Event::request, {.username = "jane"}));
  CHECK_FALSE(near_miss({}, Rules(), Event::request, {.username = "jane"}));
}

TEST_CASE("rules before those of the scenario are looked at, too, and first") {
  const std::vector<Rule> before{
      {.name = "by hand", .on = Event::poll, .match = {.username = "jane*", .type = EmailType::personal}}};
  const Rules rules({{.name = "own", .on = Event::poll, .match = {.username = "jane*", .has_callback = true}}});
  const auto miss = near_miss(before, rules, Event::poll, {.username = "jane"});
  REQUIRE(miss);
  CHECK(miss->rule == "by hand");
  CHECK_FALSE(near_miss(before, rules, Event::poll, {.username = "jane", .type = EmailType::personal}));
  CHECK_FALSE(near_miss(before, rules, Event::request, {.username = "jane"}));
}
