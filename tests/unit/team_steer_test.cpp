// What a test does to a team by hand: forced outcomes, seeds, redelivery, rules put first.
#include <doctest/doctest.h>

#include "engine/team.h"
#include "support/team_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::engine;
using namespace enrichment_mock::support;
using scenario::Outcome;

namespace {

EnrichmentId accept(Team& team, EnrichmentRequest request) { return team.request(kStart, std::move(request)).id; }

SeededEnrichment seeded(Status status, std::string username = "janedoe") {
  SeededEnrichment wanted;
  wanted.request = lead(std::move(username), kHook);
  wanted.status = status;
  return wanted;
}

EnrichmentId plant(Team& team, SeededEnrichment wanted) {
  return std::get<EnrichmentId>(team.seed(kStart, std::move(wanted)));
}

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

constexpr EnrichmentId kChosen{{0x50, 0x7f, 0x1f, 0x77, 0xbc, 0xf8, 0x6c, 0xd7, 0x99, 0x43, 0x90, 0x11}};

}  // namespace

TEST_CASE("force: a pending lookup comes to its outcome now, via processing, charged and called back") {
  auto team = make_team();
  const auto id = accept(team, lead("janedoe", kHook));
  CHECK(team.force(kStart + 1ms, id, Outcome::completed, "jane@forced.example") == Team::Forced::done);
  const auto& enrichment = *team.find(id);
  const auto history = history_of(enrichment);
  REQUIRE(history.size() == 3);
  CHECK(history[1].status == Status::processing);
  CHECK(history[1].at == kStart + 1ms);
  CHECK(history[2].at == kStart + 1ms);
  CHECK(view_of(enrichment).email == "jane@forced.example");
  CHECK(enrichment.charged);
  CHECK(team.ledger().balance() == 249);
  CHECK(team.callbacks().all().size() == 1);
}

TEST_CASE("force: the planned transitions are void afterwards") {
  auto team = make_team();
  const auto id = accept(team, lead("janedoe"));
  team.force(kStart, id, Outcome::not_found, {});
  team.advance(kStart + 1h);
  CHECK(team.find(id)->status == Status::not_found);
  CHECK(team.tally().not_found == 1);
  CHECK(team.tally().completed == 0);
  CHECK(team.settled());
}

TEST_CASE("force: without an email the planned one is taken, else the scenario's") {
  auto team = make_team();
  const auto id = accept(team, lead("janedoe"));
  team.force(kStart, id, Outcome::completed, {});
  CHECK(view_of(*team.find(id)).email == "janedoe@example.com");
}

TEST_CASE("force: one that waits for ever or for polls can be ended, too") {
  for (const scenario::Lasting lasting :
       {scenario::Lasting(scenario::Forever{}), scenario::Lasting(scenario::Polls{3})}) {
    scenario::Scenario scenario;
    scenario.lookup.pending = lasting;
    auto team = make_team(scenario);
    const auto id = accept(team, lead("janedoe"));
    CHECK(team.force(kStart, id, Outcome::failed, {}) == Team::Forced::done);
    CHECK(team.find(id)->status == Status::failed);
    CHECK(team.unresolved() == 0);
  }
}

TEST_CASE("force: refused for an unknown id, a resolved lookup, and without a credit; nothing happens then") {
  scenario::Scenario scenario;
  scenario.credits = 1;
  auto team = make_team(scenario);
  CHECK(team.force(kStart, kChosen, Outcome::completed, {}) == Team::Forced::unknown_id);
  const auto first = accept(team, lead("first")), second = accept(team, lead("second"));
  CHECK(team.force(kStart, first, Outcome::completed, {}) == Team::Forced::done);
  CHECK(team.force(kStart, first, Outcome::failed, {}) == Team::Forced::resolved_already);
  CHECK(team.force(kStart, second, Outcome::completed, {}) == Team::Forced::no_credits);
  CHECK(team.find(second)->status == Status::pending);
  CHECK(team.force(kStart, second, Outcome::not_found, {}) == Team::Forced::done);
}

TEST_CASE("seed: a resolved one is there with its history and email, tells nobody and is free") {
  auto team = make_team();
  auto wanted = seeded(Status::completed);
  wanted.id = kChosen;
  wanted.email = "jane@seed.example";
  CHECK(plant(team, wanted) == kChosen);
  const auto& enrichment = *team.find(kChosen);
  CHECK(history_of(enrichment).size() == 3);
  CHECK(view_of(enrichment).email == "jane@seed.example");
  CHECK_FALSE(enrichment.charged);
  CHECK(team.ledger().balance() == 250);
  CHECK(team.callbacks().all().empty());
  CHECK(team.settled());
}

TEST_CASE("seed: charged only if asked, and only with a credit") {
  scenario::Scenario scenario;
  scenario.credits = 1;
  auto team = make_team(scenario);
  auto wanted = seeded(Status::completed);
  wanted.charge = true;
  const auto id = plant(team, wanted);
  CHECK(team.find(id)->charged);
  CHECK(team.ledger().balance() == 0);
  CHECK(std::get<Team::NotSeeded>(team.seed(kStart, wanted)) == Team::NotSeeded::no_credits);
  CHECK(team.enrichments().size() == 1);
}

TEST_CASE("seed: an id that is taken is refused, a chosen one or one of the team's own") {
  auto team = make_team();
  auto wanted = seeded(Status::failed);
  wanted.id = kChosen;
  plant(team, wanted);
  CHECK(std::get<Team::NotSeeded>(team.seed(kStart, wanted)) == Team::NotSeeded::id_taken);
  wanted.id = accept(team, lead("janedoe"));
  CHECK(std::get<Team::NotSeeded>(team.seed(kStart, wanted)) == Team::NotSeeded::id_taken);
}

TEST_CASE("seed: a running one goes on as the scenario has it, with its callback") {
  for (const auto status : {Status::pending, Status::processing}) {
    auto team = make_team();
    const auto id = plant(team, seeded(status));
    CHECK(team.find(id)->status == status);
    team.advance(kStart + 1h);
    CHECK(team.find(id)->status == Status::completed);
    CHECK(team.ledger().balance() == 249);
    CHECK(team.callbacks().all().size() == 1);
  }
}

TEST_CASE("seed: ids of the team's own, before and after a chosen one, are still found") {
  for (const std::optional<std::uint64_t> seed : {std::optional<std::uint64_t>(7), std::optional<std::uint64_t>()}) {
    scenario::Scenario scenario;
    scenario.seed = seed;
    auto team = make_team(scenario);
    auto wanted = seeded(Status::not_found);
    wanted.id = kChosen;
    const auto before = accept(team, lead("before"));
    plant(team, wanted);
    const auto after = accept(team, lead("after"));
    for (const auto& [id, number] : {std::pair{before, 0u}, {kChosen, 1u}, {after, 2u}}) {
      REQUIRE(team.find(id));
      CHECK(team.find(id)->number == number);
    }
  }
}

TEST_CASE("redeliver: one attempt more, whatever the state, and none follows it") {
  auto team = make_team();
  accept(team, lead("janedoe", kHook));
  auto attempts = team.advance(kStart + 1s);
  REQUIRE(attempts.size() == 1);
  CHECK_FALSE(team.redeliver(0, kStart + 1s));  // it is delivering
  team.finish_attempt(0, {200, "", 1ms}, kStart + 1s);
  CHECK(team.callbacks().totals().delivered == 1);

  const auto again = team.redeliver(0, kStart + 2s);
  REQUIRE(again);
  CHECK(again->url == kHook);
  CHECK(team.callbacks().open_count() == 1);
  CHECK(team.callbacks().totals().delivered == 0);
  team.finish_attempt(0, {500, "", 1ms}, kStart + 2s);
  CHECK(team.callbacks().at(0).state == CallbackState::exhausted);
  CHECK(team.callbacks().at(0).attempts.size() == 2);
  CHECK(team.advance(kStart + 1h).empty());
  CHECK(team.settled());
}

TEST_CASE("redeliver: an attempt that was still to come is no longer") {
  auto team = make_team();
  accept(team, lead("janedoe", kHook));
  team.advance(kStart + 1s);
  team.finish_attempt(0, {500, "", 1ms}, kStart + 1s);
  CHECK(team.callbacks().at(0).state == CallbackState::retrying);
  REQUIRE(team.redeliver(0, kStart + 1s));
  team.finish_attempt(0, {200, "", 1ms}, kStart + 1s);
  CHECK(team.callbacks().at(0).state == CallbackState::delivered);
  CHECK(team.advance(kStart + 1h).empty());
}

TEST_CASE("redeliver: a dropped one can be sent by hand, one that is not there cannot") {
  scenario::Scenario scenario;
  scenario::Callback dropped;
  dropped.drop = true;
  scenario.callback = std::make_shared<const scenario::Callback>(dropped);
  auto team = make_team(scenario);
  accept(team, lead("janedoe", kHook));
  team.advance(kStart + 1s);
  CHECK(team.callbacks().totals().dropped == 1);
  CHECK(team.redeliver(0, kStart + 1s));
  team.finish_attempt(0, {200, "", 1ms}, kStart + 1s);
  CHECK(team.callbacks().totals().dropped == 0);
  CHECK(team.callbacks().totals().delivered == 1);
  CHECK_FALSE(team.redeliver(1, kStart + 1s));
}

TEST_CASE("an extra rule comes first for so many calls, then the scenario goes on") {
  auto team = make_team();
  team.extra_rules().add(answering(503), 2);
  CHECK(answered(team) == 503);
  CHECK(answered(team) == 503);
  CHECK_FALSE(answered(team));
}

TEST_CASE("an extra rule counts only the calls that it fits") {
  auto team = make_team();
  team.extra_rules().add(answering(503, scenario::Event::request, "unlucky*"), 1);
  CHECK_FALSE(answered(team, "janedoe"));
  CHECK(answered(team, "unlucky-1") == 503);
  CHECK_FALSE(answered(team, "unlucky-2"));
}

TEST_CASE("the latest extra rule is the first; when it is used up the one before comes back") {
  auto team = make_team();
  team.extra_rules().add(answering(503), 1);
  team.extra_rules().add(answering(429), 1);
  CHECK(answered(team) == 429);
  CHECK(answered(team) == 503);
  CHECK_FALSE(answered(team));
}

TEST_CASE("extra rules can be taken away, and stay when the scenario is replaced") {
  auto team = make_team();
  team.extra_rules().add(answering(503), 9);
  team.replace(std::make_shared<const scenario::Scenario>(), kStart);
  CHECK(answered(team) == 503);
  CHECK(team.extra_rules().clear() == 1);
  CHECK_FALSE(answered(team));
  CHECK(team.extra_rules().clear() == 0);
}

TEST_CASE("extra rules on polls and credits are followed where the scenario itself has none") {
  auto team = make_team();
  const auto id = accept(team, lead("janedoe"));
  team.extra_rules().add(answering(503, scenario::Event::poll), 1);
  team.extra_rules().add(answering(500, scenario::Event::credits, ""), 1);
  const auto poll = team.poll(kStart, id);
  REQUIRE(poll->script.reply);
  CHECK(poll->script.reply->status == 503);
  CHECK_FALSE(team.poll(kStart, id)->script.reply);
  CHECK(team.credits().script.answers());
  CHECK_FALSE(team.credits().script.answers());
}
