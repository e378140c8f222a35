// Steps and counters: what the n-th call that follows a rule meets.
#include "engine/rule_book.h"

#include <doctest/doctest.h>
#include <string>

using namespace enrichment_mock;
using engine::RuleBook;
using scenario::AfterLast;
using scenario::Counter;
using scenario::Event;
using scenario::Rules;

namespace {

scenario::Rule rule_of(std::size_t steps, AfterLast after_last, Counter count = Counter::team) {
  return {.name = "r", .count = count, .steps = std::vector<scenario::Step>(steps), .after_last = after_last};
}

// The rules and steps that calls for these usernames meet: "0.1 0.2 -"
std::string met(RuleBook& book, std::initializer_list<std::string_view> usernames) {
  std::string all;
  for (const auto username : usernames) {
    const auto use = book.follow(Event::request, {.username = username});
    all += (all.empty() ? "" : " ") + (use ? std::to_string(use->rule) + "." + std::to_string(use->step) : "-");
  }
  return all;
}

}  // namespace

TEST_CASE("each call meets the next step; after the last it repeats, begins again or makes way") {
  const Rules repeat({rule_of(2, AfterLast::repeat)}), cycle({rule_of(2, AfterLast::cycle)}),
      next({rule_of(2, AfterLast::next_rule), rule_of(1, AfterLast::next_rule)});
  RuleBook repeating(repeat), cycling(cycle), making_way(next);
  CHECK(met(repeating, {"a", "b", "c", "d"}) == "0.0 0.1 0.1 0.1");
  CHECK(met(cycling, {"a", "b", "c", "d"}) == "0.0 0.1 0.0 0.1");
  CHECK(met(making_way, {"a", "b", "c", "d", "e"}) == "0.0 0.1 1.0 - -");
}

TEST_CASE("counted by profile, each username has a count of its own") {
  const Rules rules({rule_of(2, AfterLast::next_rule, Counter::profile), rule_of(1, AfterLast::repeat)});
  RuleBook book(rules);
  CHECK(met(book, {"a", "b", "a", "a", "b", "b"}) == "0.0 0.0 0.1 1.0 0.1 1.0");
  CHECK(book.followed(0) == 4);
  CHECK(book.followed(1) == 2);
}

TEST_CASE("a rule that does not fit is not counted") {
  auto jane = rule_of(2, AfterLast::repeat);
  jane.match.username = "jane";
  const Rules rules({jane, rule_of(1, AfterLast::repeat)});
  RuleBook book(rules);
  CHECK(met(book, {"john", "jane", "john", "jane", "jane"}) == "1.0 0.0 1.0 0.1 0.1");
}
