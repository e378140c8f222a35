// The events of commands.
#include "engine/event.h"

#include <doctest/doctest.h>

#include "support/team_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::engine;
using namespace enrichment_mock::support;

namespace {

Event reached(Instant at, const EnrichmentId& id, Status status) { return {at, id, status}; }

}  // namespace

TEST_CASE("due events come in order and with their due time, however late the team is advanced") {
  scenario::Scenario scenario;
  scenario.schedule = {{.at = 300ms, .add_credits = 5}};
  auto team = make_team(scenario);
  Events events;
  const auto id = team.request({kStart, &events}, lead("janedoe")).id;
  CHECK(events.empty());
  team.advance({kStart + 1h, &events});
  CHECK(events == Events{reached(kStart + 100ms, id, Status::processing),
                         {kStart + 300ms, {}, ScheduleMoment{0, ScheduleMoment::Kind::credits_added}},
                         reached(kStart + 500ms, id, Status::completed)});
}

TEST_CASE("a poll and a forced outcome cause an event with the new status") {
  scenario::Scenario scenario;
  scenario.lookup.pending = scenario::Polls{1};
  scenario.lookup.processing = scenario::Forever{};
  auto team = make_team(scenario);
  const auto id = team.request(kStart, lead("janedoe")).id;
  Events polled, forced;
  team.poll({kStart + 1s, &polled}, id);
  CHECK(polled == Events{reached(kStart + 1s, id, Status::processing)});
  team.force({kStart + 2s, &forced}, id, scenario::Outcome::not_found, {});
  CHECK(forced == Events{reached(kStart + 2s, id, Status::not_found)});
}

TEST_CASE("an attempt is reported at its end, with its number and the new state, also one that was not sent") {
  auto team = make_team(with_callback({.max_attempts = 2, .backoff = {1s}, .copies = 2, .fail_first = 1}));
  const auto id = team.request(kStart, lead("janedoe", kHook)).id;
  team.advance(kStart + 499ms);
  Events unsent, ended;
  CHECK(team.advance({kStart + 500ms, &unsent}).empty());
  REQUIRE(unsent.size() == 3);
  CHECK(unsent[0] == reached(kStart + 500ms, id, Status::completed));
  const AttemptResult not_sent{0, "failed by the scenario, not sent", {}};
  for (std::uint32_t copy : {0u, 1u})
    CHECK(unsent[1 + copy] ==
          Event{kStart + 500ms, id, AttemptEnd{copy, 1, kStart + 500ms, not_sent, CallbackState::retrying}});

  const auto due = team.advance({kStart + 1500ms, &ended});
  REQUIRE(due.size() == 2);
  CHECK(ended.empty());  // they are under way
  team.finish_attempt(due[0].callback, {200, "", 5ms}, {kStart + 2s, &ended});
  team.finish_attempt(due[1].callback, {500, "", 7ms}, {kStart + 3s, &ended});
  team.finish_attempt(due[1].callback, {200, "", 7ms}, {kStart + 4s, &ended});  // a second result is ignored
  REQUIRE(ended.size() == 2);
  CHECK(ended[0] ==
        Event{kStart + 2s, id, AttemptEnd{0, 2, kStart + 1500ms, {200, "", 5ms}, CallbackState::delivered}});
  CHECK(ended[1] ==
        Event{kStart + 3s, id, AttemptEnd{1, 2, kStart + 1500ms, {500, "", 7ms}, CallbackState::exhausted}});
}

TEST_CASE("a request with before_response causes the events of all its statuses") {
  auto team = make_team(with_callback({.before_response = true}));
  Events events;
  const auto id = team.request({kStart, &events}, lead("janedoe", kHook)).id;
  CHECK(events == Events{reached(kStart, id, Status::processing), reached(kStart, id, Status::completed)});
}

TEST_CASE("each event has its kind, and became due at its time, except an attempt") {
  const Event status{kStart, {}, Status::completed}, moment{kStart, {}, ScheduleMoment{}};
  const Event attempt{kStart + 2s, {}, AttemptEnd{.due = kStart}};
  CHECK(kind_of(status) == "transition");
  CHECK(kind_of(attempt) == "callback");
  CHECK(kind_of(moment) == "schedule");
  for (const auto& event : {status, attempt, moment}) CHECK(due_of(event) == kStart);
}
