// What a test does to a team: forced outcomes, seeds, redelivery.
#include <doctest/doctest.h>

#include "engine/team.h"
#include "support/team_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::engine;
using namespace enrichment_mock::support;
using scenario::Outcome;

namespace {

SeededEnrichment seeded(Status status, std::string username = "janedoe") {
  SeededEnrichment wanted;
  wanted.request = lead(std::move(username), kHook);
  wanted.status = status;
  return wanted;
}

EnrichmentId add_seed(Team& team, SeededEnrichment wanted) {
  return std::get<EnrichmentId>(team.seed(kStart, std::move(wanted)));
}

constexpr EnrichmentId kChosen{{0x50, 0x7f, 0x1f, 0x77, 0xbc, 0xf8, 0x6c, 0xd7, 0x99, 0x43, 0x90, 0x11}};

}  // namespace

TEST_CASE("force: a pending lookup resolves now, via processing, with charge and callback") {
  auto team = make_team();
  const auto id = accept(team, lead("janedoe", kHook));
  CHECK(team.force(kStart + 1ms, id, Outcome::completed, "jane@forced.example") == Team::ForceResult::done);
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
  CHECK(team.counters().not_found == 1);
  CHECK(team.counters().completed == 0);
  CHECK(team.settled());
}

TEST_CASE("force: without an email it uses the planned one, else the scenario's") {
  auto team = make_team();
  const auto id = accept(team, lead("janedoe"));
  team.force(kStart, id, Outcome::completed, {});
  CHECK(view_of(*team.find(id)).email == "janedoe@example.com");
}

TEST_CASE("force: a lookup that waits for ever or for polls can be resolved, too") {
  for (const scenario::StatusDurationChoice lasting :
       {scenario::StatusDurationChoice(scenario::Forever{}), scenario::StatusDurationChoice(scenario::Polls{3})}) {
    scenario::Scenario scenario;
    scenario.lookup.pending = lasting;
    auto team = make_team(scenario);
    const auto id = accept(team, lead("janedoe"));
    CHECK(team.force(kStart, id, Outcome::failed, {}) == Team::ForceResult::done);
    CHECK(team.find(id)->status == Status::failed);
    CHECK(team.unresolved() == 0);
  }
}

TEST_CASE("force: refused without effect for an unknown id, a resolved lookup, and without a credit") {
  scenario::Scenario scenario;
  scenario.credits = 1;
  auto team = make_team(scenario);
  CHECK(team.force(kStart, kChosen, Outcome::completed, {}) == Team::ForceResult::unknown_id);
  const auto first = accept(team, lead("first")), second = accept(team, lead("second"));
  CHECK(team.force(kStart, first, Outcome::completed, {}) == Team::ForceResult::done);
  CHECK(team.force(kStart, first, Outcome::failed, {}) == Team::ForceResult::already_resolved);
  CHECK(team.force(kStart, second, Outcome::completed, {}) == Team::ForceResult::no_credits);
  CHECK(team.find(second)->status == Status::pending);
  CHECK(team.force(kStart, second, Outcome::not_found, {}) == Team::ForceResult::done);
}

TEST_CASE("seed: a resolved one has its history and email, sends no callback and costs nothing") {
  auto team = make_team();
  auto wanted = seeded(Status::completed);
  wanted.id = kChosen;
  wanted.email = "jane@seed.example";
  CHECK(add_seed(team, wanted) == kChosen);
  const auto& enrichment = *team.find(kChosen);
  CHECK(history_of(enrichment).size() == 3);
  CHECK(view_of(enrichment).email == "jane@seed.example");
  CHECK_FALSE(enrichment.charged);
  CHECK(team.ledger().balance() == 250);
  CHECK(team.callbacks().all().empty());
  CHECK(team.settled());
}

TEST_CASE("seed: it is charged only if asked for, and only with a credit") {
  scenario::Scenario scenario;
  scenario.credits = 1;
  auto team = make_team(scenario);
  auto wanted = seeded(Status::completed);
  wanted.charge = true;
  const auto id = add_seed(team, wanted);
  CHECK(team.find(id)->charged);
  CHECK(team.ledger().balance() == 0);
  CHECK(std::get<Team::SeedError>(team.seed(kStart, wanted)) == Team::SeedError::no_credits);
  CHECK(team.enrichments().size() == 1);
}

TEST_CASE("seed: an id that exists already is refused, whether chosen or generated") {
  auto team = make_team();
  auto wanted = seeded(Status::failed);
  wanted.id = kChosen;
  add_seed(team, wanted);
  CHECK(std::get<Team::SeedError>(team.seed(kStart, wanted)) == Team::SeedError::id_taken);
  wanted.id = accept(team, lead("janedoe"));
  CHECK(std::get<Team::SeedError>(team.seed(kStart, wanted)) == Team::SeedError::id_taken);
}

TEST_CASE("seed: a running one continues as the scenario says, with its callback") {
  for (const auto status : {Status::pending, Status::processing}) {
    auto team = make_team();
    const auto id = add_seed(team, seeded(status));
    CHECK(team.find(id)->status == status);
    team.advance(kStart + 1h);
    CHECK(team.find(id)->status == Status::completed);
    CHECK(team.ledger().balance() == 249);
    CHECK(team.callbacks().all().size() == 1);
  }
}

TEST_CASE("seed: generated ids before and after a chosen one are still found") {
  for (const std::optional<std::uint64_t> seed : {std::optional<std::uint64_t>(7), std::optional<std::uint64_t>()}) {
    scenario::Scenario scenario;
    scenario.seed = seed;
    auto team = make_team(scenario);
    auto wanted = seeded(Status::not_found);
    wanted.id = kChosen;
    const auto before = accept(team, lead("before"));
    add_seed(team, wanted);
    const auto after = accept(team, lead("after"));
    for (const auto& [id, number] : {std::pair{before, 0u}, {kChosen, 1u}, {after, 2u}}) {
      REQUIRE(team.find(id));
      CHECK(team.find(id)->number == number);
    }
  }
}

TEST_CASE("redeliver: one more attempt of an ended callback, whose state stays if the attempt fails") {
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
  CHECK(team.callbacks().at(0).state == CallbackState::delivered);
  CHECK(team.callbacks().at(0).attempts.size() == 2);
  CHECK(team.callbacks().totals().delivered == 1);
  CHECK(team.advance(kStart + 1h).empty());
  CHECK(team.settled());
}

TEST_CASE("redeliver: a callback that was redelivered makes no further attempts by itself") {
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

TEST_CASE("redeliver: a failed redelivery does not change the callback's planned attempts") {
  auto team = make_team();
  accept(team, lead("janedoe", kHook));
  team.advance(kStart + 1s);
  team.finish_attempt(0, {500, "", 1ms}, kStart + 1s);  // the next is due a second later
  for (const auto at : {kStart + 1200ms, kStart + 1400ms}) {
    REQUIRE(team.redeliver(0, at));
    team.finish_attempt(0, {500, "", 1ms}, at);
    CHECK(team.callbacks().at(0).state == CallbackState::retrying);
  }
  CHECK(team.advance(kStart + 1999ms).empty());
  CHECK(team.advance(kStart + 2s).size() == 1);
  team.finish_attempt(0, {500, "", 1ms}, kStart + 2s);
  CHECK(team.advance(kStart + 3999ms).empty());
  CHECK(team.advance(kStart + 4s).size() == 1);
  team.finish_attempt(0, {500, "", 1ms}, kStart + 4s);
  CHECK(team.callbacks().at(0).state == CallbackState::exhausted);
  CHECK(team.callbacks().at(0).attempts.size() == 5);
  CHECK(team.settled());
}

TEST_CASE("redeliver: an attempt that became due meanwhile is made after it") {
  auto team = make_team();
  accept(team, lead("janedoe", kHook));
  team.advance(kStart + 1s);
  team.finish_attempt(0, {500, "", 1ms}, kStart + 1s);
  REQUIRE(team.redeliver(0, kStart + 1500ms));
  CHECK(team.advance(kStart + 5s).empty());
  team.finish_attempt(0, {500, "", 1ms}, kStart + 5s);
  CHECK(team.next_due() == kStart + 5s);
  CHECK(team.advance(kStart + 5s).size() == 1);
}

TEST_CASE("redeliver: an exhausted callback stays in the totals, and nothing is counted twice") {
  scenario::Scenario scenario;
  scenario::Callback once;
  once.max_attempts = 1;
  scenario.callback = std::make_shared<const scenario::Callback>(once);
  auto team = make_team(scenario);
  accept(team, lead("janedoe", kHook));
  team.advance(kStart + 1s);
  team.finish_attempt(0, {500, "", 1ms}, kStart + 1s);
  for (const int status : {500, 200, 200, 500}) {
    REQUIRE(team.redeliver(0, kStart + 2s));
    team.finish_attempt(0, {status, "", 1ms}, kStart + 2s);
  }
  CHECK(team.callbacks().totals().exhausted == 0);
  CHECK(team.callbacks().totals().delivered == 1);
  CHECK(team.callbacks().cumulative_totals().exhausted == 1);
  CHECK(team.callbacks().cumulative_totals().delivered == 1);
}

TEST_CASE("redeliver: a dropped callback can be sent, one that does not exist cannot") {
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

TEST_CASE("a forced or seeded enrichment that is completed has the email of its profile") {
  scenario::Scenario scenario;
  scenario.profiles["janedoe"].work = "jane@acme.example";
  scenario.lookup.outcome = scenario::Outcome::failed;
  scenario::Rule stuck{.name = "stuck", .steps = {scenario::Step{}}};
  stuck.steps[0].lookup.outcome = scenario::Outcome::failed;
  scenario.rules = scenario::Rules({stuck});
  auto team = make_team(scenario);
  const auto id = accept(team, lead("janedoe"));
  CHECK(team.force(kStart, id, scenario::Outcome::completed, std::nullopt) == Team::ForceResult::done);
  CHECK(team.find(id)->email() == "jane@acme.example");
}

TEST_CASE("an id that was chosen is not generated again") {
  scenario::Scenario scenario;
  scenario.seed = 7;
  auto team = make_team(scenario);
  auto again = make_team(scenario);
  accept(team, lead("a"));
  const auto second = accept(team, lead("b"));
  auto wanted = seeded(Status::pending, "c");
  wanted.id = second;
  CHECK(add_seed(again, wanted) == second);
  const auto own = accept(again, lead("d"));
  CHECK(own != second);
  CHECK(again.find(own)->linkedin_url() == lead("d").linkedin_url);
  CHECK(again.find(second)->linkedin_url() == lead("c").linkedin_url);
}

TEST_CASE("seed: it uses up no draw") {
  scenario::Scenario scenario;
  scenario.seed = 4;
  scenario.lookup.outcome = scenario::OutcomeWeights{.completed = 1, .not_found = 1, .failed = 1};
  auto plain = make_team(scenario), mixed = make_team(scenario);
  for (int n = 0; n < 20; ++n) {
    add_seed(mixed, seeded(Status::pending));
    const auto in_plain = accept(plain, lead("janedoe"));
    const auto in_mixed = accept(mixed, lead("janedoe"));
    CHECK(plain.find(in_plain)->outcome == mixed.find(in_mixed)->outcome);
  }
}
