// Steps and counters: which step the n-th call of a rule gets.
#include "engine/rule_progress.h"

#include <doctest/doctest.h>
#include <set>
#include <string>

#include "engine/team.h"
#include "support/team_fixture.h"

using namespace enrichment_mock;
using engine::RuleProgress;
using scenario::AfterLast;
using scenario::CountBy;
using scenario::Rules;
using namespace enrichment_mock::engine;
using namespace enrichment_mock::support;

namespace {

scenario::Rule rule_of(std::size_t steps, AfterLast after_last, CountBy count = CountBy::team) {
  return {.name = "r", .count = count, .steps = std::vector<scenario::Step>(steps), .after_last = after_last};
}

// The rules and steps that calls for these usernames get: "0.1 0.2 -"
std::string met(RuleProgress& book, std::initializer_list<std::string_view> usernames) {
  std::string all;
  for (const auto username : usernames) {
    const auto use = book.follow(scenario::CallKind::request, {.username = username});
    all += (all.empty() ? "" : " ") + (use ? std::to_string(use->rule) + "." + std::to_string(use->step) : "-");
  }
  return all;
}

}  // namespace

TEST_CASE("each call gets the next step; after the last one the rule repeats, starts again or is skipped") {
  const Rules repeat({rule_of(2, AfterLast::repeat)}), cycle({rule_of(2, AfterLast::cycle)}),
      next({rule_of(2, AfterLast::next_rule), rule_of(1, AfterLast::next_rule)});
  RuleProgress repeating(repeat), cycling(cycle), making_way(next);
  CHECK(met(repeating, {"a", "b", "c", "d"}) == "0.0 0.1 0.1 0.1");
  CHECK(met(cycling, {"a", "b", "c", "d"}) == "0.0 0.1 0.0 0.1");
  CHECK(met(making_way, {"a", "b", "c", "d", "e"}) == "0.0 0.1 1.0 - -");
}

TEST_CASE("with count profile each username has its own count") {
  const Rules rules({rule_of(2, AfterLast::next_rule, CountBy::profile), rule_of(1, AfterLast::repeat)});
  RuleProgress book(rules);
  CHECK(met(book, {"a", "b", "a", "a", "b", "b"}) == "0.0 0.0 0.1 1.0 0.1 1.0");
  CHECK(book.followed(0) == 4);
  CHECK(book.followed(1) == 2);
}

TEST_CASE("a rule that does not match is not counted") {
  auto jane = rule_of(2, AfterLast::repeat);
  jane.match.username = "jane";
  const Rules rules({jane, rule_of(1, AfterLast::repeat)});
  RuleProgress book(rules);
  CHECK(met(book, {"john", "jane", "john", "jane", "jane"}) == "1.0 0.0 1.0 0.1 0.1");
}

// Rules that a test puts before the rules of a team's scenario.

namespace {

scenario::Rule answering(int status, scenario::CallKind on = scenario::CallKind::request, std::string username = "*") {
  scenario::Rule rule;
  rule.name = "extra";
  rule.on = on;
  rule.match.username = std::move(username);
  scenario::Step step;
  step.response = std::make_shared<const scenario::Reply>(scenario::Reply{.status = status});
  rule.steps = {step};
  return rule;
}

std::optional<int> answered(Team& team, std::string username = "janedoe") {
  const auto result = team.request(kStart, lead(std::move(username)));
  return result.script.reply ? result.script.reply->status : std::nullopt;
}

}  // namespace

TEST_CASE("an extra rule that counts by profile does so") {
  auto team = make_team();
  auto rule = answering(503);
  rule.count = scenario::CountBy::profile;
  rule.after_last = scenario::AfterLast::next_rule;
  team.add_extra_rule(rule, 9);
  for (const auto* username : {"a", "b"})
    CHECK(team.request(kStart, lead(username)).kind == RequestResult::Kind::scripted);
  for (const auto* username : {"a", "b"})
    CHECK(team.request(kStart, lead(username)).kind == RequestResult::Kind::accepted);
}

TEST_CASE("an extra rule draws again for each request") {
  auto team = make_team();
  scenario::Rule rule{.name = "drawn", .steps = {scenario::Step{}}};
  rule.steps[0].lookup.outcome = scenario::OutcomeWeights{.completed = 1, .not_found = 1};
  team.add_extra_rule(rule, 40);
  std::set<scenario::Outcome> drawn;
  for (int n = 0; n < 40; ++n) drawn.insert(team.find(accept(team, lead("janedoe")))->outcome);
  CHECK(drawn.size() == 2);
}

TEST_CASE("an extra rule comes first for its number of calls, then the scenario continues") {
  auto team = make_team();
  team.add_extra_rule(answering(503), 2);
  CHECK(answered(team) == 503);
  CHECK(answered(team) == 503);
  CHECK_FALSE(answered(team));
}

TEST_CASE("an extra rule counts only the calls that it matches") {
  auto team = make_team();
  team.add_extra_rule(answering(503, scenario::CallKind::request, "unlucky*"), 1);
  CHECK_FALSE(answered(team, "janedoe"));
  CHECK(answered(team, "unlucky-1") == 503);
  CHECK_FALSE(answered(team, "unlucky-2"));
}

TEST_CASE("the latest extra rule is the first; when it is used up, the earlier one is followed again") {
  auto team = make_team();
  team.add_extra_rule(answering(503), 1);
  team.add_extra_rule(answering(429), 1);
  CHECK(answered(team) == 429);
  CHECK(answered(team) == 503);
  CHECK_FALSE(answered(team));
}

TEST_CASE("extra rules can be removed, and stay when the scenario is replaced") {
  auto team = make_team();
  team.add_extra_rule(answering(503), 9);
  team.replace(std::make_shared<const scenario::Scenario>(), kStart);
  CHECK(answered(team) == 503);
  CHECK(team.clear_extra_rules() == 1);
  CHECK_FALSE(answered(team));
  CHECK(team.clear_extra_rules() == 0);
}

TEST_CASE("extra rules on polls and credits are followed if the scenario itself has none") {
  auto team = make_team();
  const auto id = accept(team, lead("janedoe"));
  team.add_extra_rule(answering(503, scenario::CallKind::poll), 1);
  team.add_extra_rule(answering(500, scenario::CallKind::credits, ""), 1);
  const auto poll = team.poll(kStart, id);
  REQUIRE(poll->script.reply);
  CHECK(poll->script.reply->status == 503);
  CHECK_FALSE(team.poll(kStart, id)->script.reply);
  CHECK(team.credits().script.replaces_response());
  CHECK_FALSE(team.credits().script.replaces_response());
}
