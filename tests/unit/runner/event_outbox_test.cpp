// Where a team's events go: to the observer, and into the list of the running advance or settle.
#include <algorithm>
#include <doctest/doctest.h>
#include <thread>

#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using engine::Status;

namespace {

// Ends with 500 at first, then with 200.
FakeDeliverer::Receiver flaky() {
  return [tries = std::make_shared<int>(0)](const engine::DueAttempt&) {
    return engine::AttemptResult{++*tries == 1 ? 500 : 200, "", 1ms};
  };
}

scenario::Scenario with_everything() {
  scenario::Scenario scenario;
  scenario.schedule = {{.at = 300ms, .add_credits = 5}};
  scenario.callback = std::make_shared<const scenario::Callback>(scenario::Callback{.copies = 2, .fail_first = 1});
  return scenario;
}

}  // namespace

TEST_CASE("an advance lists the same events that the observer gets, in the same order") {
  RunnerFixture fixture{flaky()};
  const auto team = fixture.start_manual(with_everything());
  for (const auto* name : {"one", "other"}) team->request(lead(name, kHook));
  const auto fired = team->clock().advance(1min);
  CHECK(fired.size() == 14);  // a moment, four transitions, four attempts that were not sent, five that were
  CHECK(fired == fixture.observer.events_of("test"));
}

TEST_CASE("a list is the same without an observer") {
  engine::Events lists[2];
  for (const bool listening : {false, true}) {
    RunnerFixture fixture{flaky()};
    fixture.observer.listening = listening;
    const auto team = fixture.start_manual(with_everything());
    team->request(lead("janedoe", kHook));
    lists[listening] = team->clock().settle(5s).fired;
    CHECK(fixture.observer.events_of("test").empty() != listening);
  }
  CHECK(lists[0] == lists[1]);
}

TEST_CASE("a poll's transition goes to the observer, but not into the list, because it was not due") {
  scenario::Scenario scenario;
  scenario.lookup.pending = scenario::Polls{1};
  scenario.lookup.processing = scenario::Forever{};
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual(scenario);
  const auto polled = team->request(lead("janedoe")).id;
  team->replace(std::make_shared<const scenario::Scenario>());
  team->request(lead("other", kHook));
  engine::Events fired;
  std::thread advance([&] { fired = team->clock().advance(1s); });
  auto [attempt, done] = fixture.deliverer.take();
  team->poll(polled);
  done({200, "", 1ms}, {});
  advance.join();
  const auto of_polled = [&](const engine::Events& events) {
    return std::ranges::count(events, polled, &engine::Event::enrichment);
  };
  CHECK(of_polled(fired) == 0);
  CHECK(of_polled(fixture.observer.events_of("test")) == 1);
}

TEST_CASE("running: the observer gets a command's events before the command returns") {
  RunnerFixture fixture;
  const auto team = fixture.start({});
  const auto id = team->request(lead("janedoe")).id;
  const auto start = team->clock().now();
  fixture.time.advance(100ms);
  team->poll(id);
  CHECK(fixture.observer.events_of("test") == engine::Events{{start + 100ms, id, Status::processing}});
}

TEST_CASE("events without a listener are not delivered later") {
  RunnerFixture fixture;
  fixture.observer.listening = false;
  const auto team = fixture.start_manual();
  team->request(lead("janedoe"));
  team->clock().advance(100ms);
  fixture.observer.listening = true;
  team->clock().advance(1s);
  const auto events = fixture.observer.events_of("test");
  REQUIRE(events.size() == 1);
  CHECK(std::get<Status>(events[0].what) == Status::completed);
}
