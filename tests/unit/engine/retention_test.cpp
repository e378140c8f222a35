// Finished enrichments are kept by number and by age; open ones stay.
#include <doctest/doctest.h>
#include <vector>

#include "support/team_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using engine::CallbackState;
using engine::Status;

namespace {

engine::Team make_team_that_keeps(engine::Retention keep, scenario::Scenario scenario = {}) {
  const auto credits = scenario.credits;
  return engine::Team({std::make_shared<const scenario::Scenario>(std::move(scenario)), "test", "", credits, 1, keep},
                      kStart);
}

// That many requests; all of them are resolved a minute later.
std::vector<engine::EnrichmentId> resolve(engine::Team& team, int count, base::Instant at = kStart,
                                          std::optional<std::string> callback_url = {}) {
  std::vector<engine::EnrichmentId> ids;
  for (int i = 0; i < count; ++i) ids.push_back(team.request(at, lead("jane", callback_url)).id);
  for (const auto& attempt : team.advance(at + 1min)) team.finish_attempt(attempt.callback, {200, "", 1ms}, at + 1min);
  return ids;
}

}  // namespace

TEST_CASE("past the number that is kept the oldest finished enrichments are removed; totals and balance stay") {
  auto team = make_team_that_keeps({.max_count = 3});
  const auto ids = resolve(team, 5);
  CHECK(team.enrichments().size() == 5);
  team.forget(kStart + 1min);
  CHECK(team.enrichments().size() == 3);
  CHECK(team.forgotten() == 2);
  CHECK_FALSE(team.poll(kStart + 1min, ids[1]));
  CHECK(team.poll(kStart + 1min, ids[2])->view.status == Status::completed);
  CHECK(team.counters().completed == 5);
  CHECK(team.ledger().charged() == 5);
  CHECK(team.ledger().opening() - team.ledger().charged() == team.ledger().balance());
  CHECK(team.ledger().movements().size() == 3);
}

TEST_CASE("enrichments of the scenario that are resolved are kept no longer than others") {
  scenario::Scenario scenario;
  for (const auto* username : {"a", "b", "c"})
    scenario.enrichments.push_back({.request = lead(username), .status = Status::failed});
  auto team = make_team_that_keeps({.max_count = 1}, scenario);
  team.forget(kStart);
  REQUIRE(team.enrichments().size() == 1);
  CHECK(team.enrichments().begin()->linkedin_url() == lead("c").linkedin_url);
  CHECK(team.forgotten() == 2);
}

TEST_CASE("an enrichment is removed when it has been finished for the retention time") {
  auto team = make_team_that_keeps({.max_age = 1h});
  const auto old = resolve(team, 1).front();
  const auto young = resolve(team, 1, kStart + 1min).front();
  const auto ended = team.find(old)->resolved_at;
  team.forget(ended + 1h);
  CHECK(team.find(old));
  team.forget(ended + 1h + 1us);
  CHECK_FALSE(team.find(old));
  CHECK(team.find(young));
}

TEST_CASE("an unresolved enrichment stays at any age, and does not keep others from being removed") {
  scenario::Scenario scenario;
  scenario.lookup.pending = scenario::Forever{};
  auto team = make_team_that_keeps({.max_count = 1, .max_age = 1s}, scenario);
  const auto stuck = team.request(kStart, lead("stuck")).id;
  team.request(kStart, lead("other"));
  const auto forced = team.request(kStart, lead("third")).id;
  for (int i = 0; i < 2; ++i) team.force(kStart, i ? forced : team.enrichments()[1].id, scenario::Outcome::failed, {});
  team.forget(kStart + 1h);
  CHECK(team.enrichments().size() == 1);
  CHECK(team.poll(kStart + 1h, stuck)->view.status == Status::pending);
}

TEST_CASE("an enrichment with an open callback stays until the callback has ended") {
  auto team = make_team_that_keeps({.max_count = 1});
  const auto id = team.request(kStart, lead("jane", kHook)).id;
  const auto attempts = team.advance(kStart + 1min);
  REQUIRE(attempts.size() == 1);
  resolve(team, 3, kStart + 1min);
  team.forget(kStart + 2min);
  CHECK(team.find(id));
  CHECK(team.enrichments().size() == 2);
  team.finish_attempt(attempts[0].callback, {200, "", 1ms}, kStart + 2min);
  team.forget(kStart + 2min);
  CHECK(team.find(id));  // the last to end
  CHECK(team.callbacks().all().size() == 1);
  resolve(team, 1, kStart + 3min);
  team.forget(kStart + 4min);
  CHECK_FALSE(team.find(id));
  CHECK(team.callbacks().all().empty());
  CHECK(team.callbacks().totals().delivered == 1);
  CHECK_FALSE(team.redeliver(attempts[0].callback, kStart + 4min));
}

TEST_CASE("an enrichment whose callback is redelivered stays until that attempt has ended") {
  auto team = make_team_that_keeps({.max_count = 1});
  const auto id = resolve(team, 1, kStart, kHook).front();
  const auto callback = team.find(id)->first_callback;
  const auto again = team.redeliver(callback, kStart + 1min);
  REQUIRE(again);
  resolve(team, 2, kStart + 1min);
  team.forget(kStart + 2min);
  CHECK(team.find(id));
  team.finish_attempt(again->callback, {200, "", 1ms}, kStart + 2min);
  resolve(team, 1, kStart + 2min);
  team.forget(kStart + 3min);
  CHECK_FALSE(team.find(id));
  CHECK(team.callbacks().totals().delivered == 1);
}

TEST_CASE("the headers that callbacks carry on are removed with their enrichment") {
  scenario::Callback callback;
  callback.forward = {"traceparent"};
  auto team = make_team_that_keeps({.max_count = 1}, with_callback(callback));
  constexpr std::pair<std::string_view, std::string_view> kHeaders[] = {{"traceparent", "00-1-2-01"}};
  auto request = lead("jane", kHook);
  request.headers = kHeaders;
  team.request(kStart, request);
  const auto attempt = team.advance(kStart + 1min).at(0);
  REQUIRE(attempt.forwarded);
  CHECK(attempt.forwarded.use_count() == 2);
  team.finish_attempt(attempt.callback, {200, "", 1ms}, kStart + 1min);
  resolve(team, 1, kStart + 2min);
  team.forget(kStart + 4min);
  CHECK(attempt.forwarded.use_count() == 1);
}

TEST_CASE("all copies of a callback are removed with their enrichment, also dropped and late ones") {
  for (const bool drop : {false, true}) {
    CAPTURE(drop);
    scenario::Scenario scenario;
    scenario::Callback callback;
    callback.copies = 3;
    callback.drop = drop;
    scenario.callback = std::make_shared<const scenario::Callback>(callback);
    auto team = make_team_that_keeps({.max_count = 1}, scenario);
    resolve(team, 4, kStart, kHook);
    team.forget(kStart + 1min);
    CHECK(team.enrichments().size() == 1);
    CHECK(team.callbacks().all().size() == 3);
    CHECK(team.callbacks().totals().delivered + team.callbacks().totals().dropped == 12);
  }
}

TEST_CASE("an id that a test chose can be used again once its enrichment is removed") {
  auto team = make_team_that_keeps({.max_count = 1});
  const auto id = engine::parse_id("0123456789abcdef01234567");
  const auto seed = [&] {
    return team.seed(kStart, {.request = lead("jane"), .id = id, .status = Status::failed, .email = {}});
  };
  CHECK(std::holds_alternative<engine::EnrichmentId>(seed()));
  CHECK(std::holds_alternative<engine::Team::SeedError>(seed()));
  resolve(team, 1);
  team.forget(kStart + 1min);
  CHECK_FALSE(team.find(*id));
  CHECK(std::holds_alternative<engine::EnrichmentId>(seed()));
}
