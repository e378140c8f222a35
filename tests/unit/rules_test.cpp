// Which rules a call meets: in the order of the file, however many there are.
#include "scenario/rules.h"

#include <doctest/doctest.h>
#include <random>
#include <string>

using namespace enrichment_mock::scenario;

namespace {

std::vector<std::size_t> matching(const Rules& rules, Event event, const RequestFacts& facts) {
  std::vector<std::size_t> all;
  rules.for_each_match(event, facts, [&](std::size_t index) {
    all.push_back(index);
    return false;
  });
  return all;
}

std::vector<std::size_t> tried_one_by_one(const std::vector<Rule>& rules, Event event, const RequestFacts& facts) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < rules.size(); ++i)
    if (rules[i].on == event && matches(rules[i].match, facts)) all.push_back(i);
  return all;
}

}  // namespace

TEST_CASE("rules are met in order, until the caller takes one") {
  const Rules rules({{.name = "a", .match = {.username = "jane*"}}, {.name = "b"}, {.name = "c"}});
  CHECK(matching(rules, Event::request, {.username = "jane"}) == std::vector<std::size_t>{0, 1, 2});
  CHECK(matching(rules, Event::request, {.username = "john"}) == std::vector<std::size_t>{1, 2});
  std::size_t tried = 0;
  rules.for_each_match(Event::request, {.username = "jane"}, [&](std::size_t) { return ++tried == 2; });
  CHECK(tried == 2);
}

TEST_CASE("a rule is for one kind of call") {
  const Rules rules({{.name = "a", .on = Event::poll}, {.name = "b", .on = Event::credits}});
  CHECK(matching(rules, Event::poll, {}) == std::vector<std::size_t>{0});
  CHECK(matching(rules, Event::credits, {}) == std::vector<std::size_t>{1});
  CHECK(matching(rules, Event::request, {}).empty());
  CHECK_FALSE(rules.any_on(Event::request));
  CHECK(rules.any_on(Event::poll));
}

TEST_CASE("many rules are found by how they begin, and none is missed or met twice") {
  const std::vector<std::string> usernames = {"jane",
                                              "jane*",
                                              "j?ne",
                                              "*",
                                              "jan",
                                              "jane-*",
                                              "ja*e",
                                              "*jane",
                                              "j*",
                                              std::string(40, 'x'),
                                              std::string(40, 'x') + "*"};
  const std::vector<std::string> external_ids = {"lead-1", "lead-*", "*", "l?ad-1", "lead-17"};
  const std::vector<std::string> asked = {
      "jane", "jan", "j", "jane-doe", "jine", "bob", std::string(40, 'x'), std::string(50, 'x'), ""};
  std::mt19937 random(7);
  const auto pick = [&](const auto& from) { return from[random() % from.size()]; };
  for (int round = 0; round < 50; ++round) {
    std::vector<Rule> list(40 + random() % 100);
    for (auto& rule : list) {
      rule.on = random() % 8 == 0 ? Event::poll : Event::request;
      if (random() % 3 != 0) rule.match.username = pick(usernames);
      if (random() % 3 == 0) rule.match.external_id = pick(external_ids);
      if (random() % 8 == 0) rule.match.type = EmailType::personal;
    }
    const Rules rules(list);
    for (const auto& username : asked) {
      const auto external_id = pick(external_ids);
      RequestFacts facts{.username = username};
      if (random() % 2 == 0) facts.external_id = external_id;
      CAPTURE(username);
      CHECK(matching(rules, Event::request, facts) == tried_one_by_one(list, Event::request, facts));
      CHECK(matching(rules, Event::poll, facts) == tried_one_by_one(list, Event::poll, facts));
    }
  }
}
