// Rules that a test puts before those of a team's scenario.
#include <doctest/doctest.h>
#include <set>

#include "engine/team.h"
#include "support/team_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::engine;
using namespace enrichment_mock::support;

namespace {

EnrichmentId accept(Team& team, EnrichmentRequest request) { return team.request(kStart, std::move(request)).id; }

scenario::Rule answering(int status, scenario::Event on = scenario::Event::request, std::string username = "*") {
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
  rule.count = scenario::Counter::profile;
  rule.after_last = scenario::AfterLast::next_rule;
  team.put_first(rule, 9);
  for (const auto* username : {"a", "b"})
    CHECK(team.request(kStart, lead(username)).kind == RequestResult::Kind::scripted);
  for (const auto* username : {"a", "b"})
    CHECK(team.request(kStart, lead(username)).kind == RequestResult::Kind::accepted);
}

TEST_CASE("an extra rule draws anew for each request") {
  auto team = make_team();
  scenario::Rule rule{.name = "drawn", .steps = {scenario::Step{}}};
  rule.steps[0].lookup.outcome = scenario::OutcomeWeights{.completed = 1, .not_found = 1};
  team.put_first(rule, 40);
  std::set<scenario::Outcome> drawn;
  for (int n = 0; n < 40; ++n) drawn.insert(team.find(accept(team, lead("janedoe")))->outcome);
  CHECK(drawn.size() == 2);
}

TEST_CASE("an extra rule comes first for so many calls, then the scenario goes on") {
  auto team = make_team();
  team.put_first(answering(503), 2);
  CHECK(answered(team) == 503);
  CHECK(answered(team) == 503);
  CHECK_FALSE(answered(team));
}

TEST_CASE("an extra rule counts only the calls that it fits") {
  auto team = make_team();
  team.put_first(answering(503, scenario::Event::request, "unlucky*"), 1);
  CHECK_FALSE(answered(team, "janedoe"));
  CHECK(answered(team, "unlucky-1") == 503);
  CHECK_FALSE(answered(team, "unlucky-2"));
}

TEST_CASE("the latest extra rule is the first; when it is used up the one before comes back") {
  auto team = make_team();
  team.put_first(answering(503), 1);
  team.put_first(answering(429), 1);
  CHECK(answered(team) == 429);
  CHECK(answered(team) == 503);
  CHECK_FALSE(answered(team));
}

TEST_CASE("extra rules can be taken away, and stay when the scenario is replaced") {
  auto team = make_team();
  team.put_first(answering(503), 9);
  team.replace(std::make_shared<const scenario::Scenario>(), kStart);
  CHECK(answered(team) == 503);
  CHECK(team.clear_extra_rules() == 1);
  CHECK_FALSE(answered(team));
  CHECK(team.clear_extra_rules() == 0);
}

TEST_CASE("extra rules on polls and credits are followed where the scenario itself has none") {
  auto team = make_team();
  const auto id = accept(team, lead("janedoe"));
  team.put_first(answering(503, scenario::Event::poll), 1);
  team.put_first(answering(500, scenario::Event::credits, ""), 1);
  const auto poll = team.poll(kStart, id);
  REQUIRE(poll->script.reply);
  CHECK(poll->script.reply->status == 503);
  CHECK_FALSE(team.poll(kStart, id)->script.reply);
  CHECK(team.credits().script.answers());
  CHECK_FALSE(team.credits().script.answers());
}
