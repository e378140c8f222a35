// Which rules match a call: in the order of the file, however many there are.
#include "scenario/rules.h"

#include <doctest/doctest.h>
#include <random>
#include <string>

using namespace enrichment_mock::scenario;

namespace {

std::vector<std::size_t> matching(const Rules& rules, CallKind event, const RequestFacts& facts) {
  std::vector<std::size_t> all;
  rules.for_each_match(event, facts, [&](std::size_t index) {
    all.push_back(index);
    return false;
  });
  return all;
}

// Tries all possibilities, by the definition of a pattern.
bool fits_by_definition(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  const auto rest = pattern.substr(1);
  if (pattern.front() != '*')
    return !text.empty() && (pattern.front() == '?' || pattern.front() == text.front()) &&
           fits_by_definition(rest, text.substr(1));
  return fits_by_definition(rest, text) || (!text.empty() && fits_by_definition(pattern, text.substr(1)));
}

// All texts of up to `longest` of these letters.
std::vector<std::string> all_texts(std::string_view letters, std::size_t longest) {
  std::vector<std::string> all = {""};
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].size() < longest)
      for (const char letter : letters) all.push_back(all[i] + letter);
  return all;
}

std::vector<std::size_t> tried_one_by_one(const std::vector<Rule>& rules, CallKind event, const RequestFacts& facts) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < rules.size(); ++i)
    if (rules[i].on == event && matches(rules[i].match, facts)) all.push_back(i);
  return all;
}

}  // namespace

TEST_CASE("rules are tried in order, until the caller takes one") {
  const Rules rules({{.name = "a", .match = {.username = "jane*"}}, {.name = "b"}, {.name = "c"}});
  CHECK(matching(rules, CallKind::request, {.username = "jane"}) == std::vector<std::size_t>{0, 1, 2});
  CHECK(matching(rules, CallKind::request, {.username = "john"}) == std::vector<std::size_t>{1, 2});
  std::size_t tried = 0;
  rules.for_each_match(CallKind::request, {.username = "jane"}, [&](std::size_t) { return ++tried == 2; });
  CHECK(tried == 2);
}

TEST_CASE("a rule is for one kind of call") {
  const Rules rules({{.name = "a", .on = CallKind::poll}, {.name = "b", .on = CallKind::credits}});
  CHECK(matching(rules, CallKind::poll, {}) == std::vector<std::size_t>{0});
  CHECK(matching(rules, CallKind::credits, {}) == std::vector<std::size_t>{1});
  CHECK(matching(rules, CallKind::request, {}).empty());
  CHECK_FALSE(rules.any_on(CallKind::request));
  CHECK(rules.any_on(CallKind::poll));
}

TEST_CASE("many rules are found by prefix, type and callback, and none is missed or tried twice") {
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
      rule.on = random() % 8 == 0 ? CallKind::poll : CallKind::request;
      if (random() % 3 != 0) rule.match.username = pick(usernames);
      if (random() % 3 == 0) rule.match.external_id = pick(external_ids);
      if (random() % 4 == 0) rule.match.type = random() % 2 == 0 ? EmailType::work : EmailType::personal;
      if (random() % 4 == 0) rule.match.has_callback = random() % 2 == 0;
    }
    const Rules rules(list);
    for (const auto& username : asked) {
      const auto external_id = pick(external_ids);
      RequestFacts facts{.username = username,
                         .type = random() % 2 == 0 ? EmailType::work : EmailType::personal,
                         .has_callback = random() % 2 == 0};
      if (random() % 2 == 0) facts.external_id = external_id;
      CAPTURE(username);
      CHECK(matching(rules, CallKind::request, facts) == tried_one_by_one(list, CallKind::request, facts));
      CHECK(matching(rules, CallKind::poll, facts) == tried_one_by_one(list, CallKind::poll, facts));
    }
  }
}

TEST_CASE("patterns know * and ?") {
  struct Case {
    const char *pattern, *text;
    bool fits;
  };
  for (const auto& wanted : {Case{"jane*", "janedoe", true},
                             {"jane*", "jane", true},
                             {"jane*", "xjane", false},
                             {"*doe", "janedoe", true},
                             {"j?ne", "jane", true},
                             {"j?ne", "jne", false},
                             {"*", "", true},
                             {"", "", true},
                             {"", "x", false},
                             {"a*b*c", "a-b-b-c", true},
                             {"a*b*c", "a-c-b", false},
                             {"**a**", "bab", true},
                             {"a", "A", false}}) {
    CAPTURE(wanted.pattern);
    CAPTURE(wanted.text);
    CHECK(matches_pattern(wanted.pattern, wanted.text) == wanted.fits);
  }
}

TEST_CASE("a pattern with many stars does not take exponential time") {
  std::string pattern, text(5000, 'a');
  for (int i = 0; i < 50; ++i) pattern += "*a";
  CHECK_FALSE(matches_pattern(pattern + "b", text));
}

TEST_CASE("every part of a match must match; a missing part matches all calls") {
  const RequestFacts facts{"janedoe", EmailType::work, "lead-1", true, "acme"};
  CHECK(matches({}, facts));
  CHECK(matches(
      {.username = "jane*", .type = EmailType::work, .external_id = "lead-*", .has_callback = true, .team = "acme"},
      facts));
  CHECK_FALSE(matches({.username = "john*"}, facts));
  CHECK_FALSE(matches({.type = EmailType::personal}, facts));
  CHECK_FALSE(matches({.external_id = "x"}, facts));
  CHECK_FALSE(matches({.has_callback = false}, facts));
  CHECK_FALSE(matches({.team = "other"}, facts));
  CHECK_FALSE(matches({.external_id = "*"}, {}));
}

TEST_CASE("the rule that nearly matched is the one with the fewest parts that differ") {
  const Rules rules({{.name = "far", .match = {.username = "jane*", .type = EmailType::personal, .has_callback = true}},
                     {.name = "near", .match = {.username = "jane*", .external_id = "lead-*", .has_callback = true}},
                     {.name = "nothing in common", .match = {.username = "bob"}},
                     {.name = "another call", .on = CallKind::poll, .match = {.username = "jane*"}}});
  const auto miss = near_miss({}, rules, CallKind::request, {.username = "jane", .has_callback = true});
  REQUIRE(miss);
  CHECK(miss->rule == "far");
  CHECK(miss->differs == std::vector<std::string>{"type: expected personal, found work"});

  const auto other =
      near_miss({}, rules, CallKind::request, {.username = "jane", .external_id = "x", .has_callback = false});
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
  const auto miss = near_miss({}, rules, CallKind::request, {.username = "john", .team = "globex"});
  REQUIRE(miss);
  CHECK(miss->differs == std::vector<std::string>{R"(username: expected "jane*", found "john")",
                                                  R"(external_id: expected "lead-*", found none)",
                                                  "has_callback: expected true, found false",
                                                  R"(team: expected "acme", found "globex")"});
}

TEST_CASE("there is no nearest rule if one matches, or if nothing is in common") {
  const Rules fits({{.name = "all"}}), strange({{.name = "bob", .match = {.username = "bob"}}});
  CHECK_FALSE(near_miss({}, fits, CallKind::request, {.username = "jane"}));
  CHECK_FALSE(near_miss({}, strange, CallKind::request, {.username = "jane"}));
  CHECK_FALSE(near_miss({}, Rules(), CallKind::request, {.username = "jane"}));
}

TEST_CASE("rules before the scenario's rules are tried, too, and first") {
  const std::vector<Rule> before{
      {.name = "by hand", .on = CallKind::poll, .match = {.username = "jane*", .type = EmailType::personal}}};
  const Rules rules({{.name = "own", .on = CallKind::poll, .match = {.username = "jane*", .has_callback = true}}});
  const auto miss = near_miss(before, rules, CallKind::poll, {.username = "jane"});
  REQUIRE(miss);
  CHECK(miss->rule == "by hand");
  CHECK_FALSE(near_miss(before, rules, CallKind::poll, {.username = "jane", .type = EmailType::personal}));
  CHECK_FALSE(near_miss(before, rules, CallKind::request, {.username = "jane"}));
}

TEST_CASE("a pattern matches exactly the texts of its definition") {
  const auto patterns = all_texts("ab*?", 5), texts = all_texts("ab", 6);
  for (const auto& pattern : patterns)
    for (const auto& text : texts)
      if (matches_pattern(pattern, text) != fits_by_definition(pattern, text)) FAIL_CHECK(pattern << " with " << text);
}

TEST_CASE("long parts of a pattern match at any position, with all byte values") {
  std::string bytes;
  for (int value = 0; value < 256; ++value)
    if (value != '*' && value != '?') bytes += static_cast<char>(value);
  for (const std::size_t length : {1, 2, 63, 64, 65, 127, 128, 129, 254}) {
    CAPTURE(length);
    const auto part = bytes.substr(bytes.size() - length);
    auto with_any = part;
    with_any[length / 2] = '?';
    for (const auto& each : {part, with_any}) {
      CHECK(matches_pattern("*" + each + "*", bytes));
      CHECK(matches_pattern("*" + each + "*", "aa" + part + "bb"));
      CHECK(matches_pattern("aa*" + each + "*" + each + "*bb", "aa" + part + part + "bb"));
      CHECK_FALSE(matches_pattern("aa*" + each + "*" + each + "*bb", "aa" + part + "bb"));
    }
    CHECK_FALSE(matches_pattern("*" + part + "x*", bytes + "y"));
    CHECK_FALSE(matches_pattern("*" + part + "?x*", bytes + "yy"));
  }
}

// If each byte of the text were compared with each byte of the pattern, these would take hours.
TEST_CASE("the time of a match is linear in the length of the text") {
  const std::string text(2'000'000, 'a'), part(1'000'000, 'a');
  CHECK_FALSE(matches_pattern("*" + part + "b*", text));
  CHECK_FALSE(matches_pattern("*" + part + "b", text));
  CHECK(matches_pattern("*" + part + "*" + part, text));
  CHECK_FALSE(matches_pattern("*a*a*a*a*b*", text));
  CHECK_FALSE(matches_pattern("*" + std::string(1000, 'a') + "?b*", text));
}

TEST_CASE("the nearest rule does not depend on the others, and its difference is described") {
  const Rules rules({{.name = "far", .match = {.username = "x*", .type = EmailType::work, .has_callback = true}},
                     {.name = "near", .match = {.username = "*b*", .type = EmailType::work}},
                     {.name = "as near", .match = {.username = "*c*", .type = EmailType::work}},
                     {.name = "other", .match = {.username = "*d*"}}});
  const auto miss = near_miss({}, rules, CallKind::request, {.username = "jane"});
  REQUIRE(miss);
  CHECK(miss->rule == "near");
  CHECK(miss->differs == std::vector<std::string>{R"(username: expected "*b*", found "jane")"});
  CHECK_FALSE(near_miss({}, rules, CallKind::request, {.username = "d"}));
}
