// Stopping, running and advancing a team's clock; and attempts that are made at once.
#include <doctest/doctest.h>
#include <thread>

#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using engine::CallbackState;
using engine::Status;
using runner::Conflict;
using runner::TeamRunner;

namespace {

std::size_t attempts_of_first(TeamRunner& team) {
  return team.catch_up_and_read([](const engine::Team& state) { return state.callbacks().at(0).attempts.size(); });
}

}  // namespace

TEST_CASE("stop_clock stops a running clock at the present, after everything due has happened") {
  RunnerFixture fixture;
  const auto team = fixture.start({});
  const auto id = team->request(lead("janedoe")).id;
  const auto start = team->clock().now();
  fixture.time.advance(200ms);
  const auto stopped = team->clock().stop({});
  CHECK(stopped.manual);
  CHECK(stopped.now == start + 200ms);
  fixture.time.advance(1h);
  CHECK(team->clock().now() == start + 200ms);
  CHECK(team->poll(id)->view.status == Status::processing);
}

TEST_CASE("stop_clock sets the clock to the given instant, however far, but never back") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  const auto id = team->request(lead("janedoe", kHook)).id;
  const auto start = team->clock().now();
  constexpr auto kTenYears = std::chrono::hours(24 * 3650);
  CHECK(team->clock().stop(start + kTenYears).now == start + kTenYears);
  CHECK(team->poll(id)->view.status == Status::completed);
  CHECK(state_of_first(*team) == CallbackState::scheduled);  // callbacks leave only inside advance and settle
  CHECK(team->clock().stop(start).now == start + kTenYears);
}

TEST_CASE("run_clock continues from the clock's time, at its scale, and sends what is due") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  const auto start = team->clock().now();
  const auto running = team->clock().run(10);
  CHECK_FALSE(running.manual);
  CHECK(running.scale == 10);
  fixture.time.await_waiters(1);
  fixture.time.advance(50ms);
  auto [attempt, done] = fixture.deliverer.take();
  done({200, "", 1ms}, {});
  CHECK(team->clock().now() == start + 500ms);
  CHECK_THROWS_AS(team->clock().advance(1s), Conflict);
}

TEST_CASE("the clock cannot be changed during an advance") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  std::thread advance([&] { team->clock().advance(1h); });
  auto [attempt, done] = fixture.deliverer.take();
  CHECK_THROWS_AS(team->clock().stop({}), Conflict);
  CHECK_THROWS_AS(team->clock().run(1), Conflict);
  CHECK_THROWS_AS(team->clock().advance_to_next(), Conflict);
  done({200, "", 1ms}, {});
  advance.join();
}

TEST_CASE("advance_to_next goes to the next due time, processes all of that instant, and stays if nothing is due") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  const auto start = team->clock().now();
  team->request(lead("one", kHook));
  team->request(lead("other"));
  CHECK(team->clock().advance_to_next().size() == 2);
  CHECK(team->clock().now() == start + 100ms);
  CHECK(team->clock().advance_to_next().size() == 3);  // two transitions and the callback
  CHECK(team->clock().now() == start + 500ms);
  CHECK(team->clock().advance_to_next().empty());
  CHECK(team->clock().now() == start + 500ms);
}

TEST_CASE("advance_to_next skips the due time of a reversed callback, and goes to the end of its burst") {
  scenario::Scenario scenario;
  scenario::Callback reversed;
  reversed.order = scenario::Order::reversed;
  scenario.callback = std::make_shared<const scenario::Callback>(reversed);
  RunnerFixture fixture;
  const auto team = fixture.start_manual(scenario);
  const auto start = team->clock().now();
  team->request(lead("janedoe", kHook));
  team->clock().advance_to_next();
  team->clock().advance_to_next();
  CHECK(team->clock().advance_to_next().size() == 1);
  CHECK(team->clock().now() == start + 600ms);
}

TEST_CASE("redeliver returns when its attempt has ended, on a manual clock, too") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  CHECK_FALSE(team->redeliver(0));  // there is no callback yet
  team->clock().advance(1s);
  CHECK(team->redeliver(0));
  CHECK(attempts_of_first(*team) == 2);
  CHECK(state_of_first(*team) == CallbackState::delivered);
}

TEST_CASE("redeliver is refused while the callback is delivering") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  std::thread advance([&] { team->clock().advance(1h); });
  auto [attempt, done] = fixture.deliverer.take();
  CHECK_FALSE(team->redeliver(0));
  done({200, "", 1ms}, {});
  advance.join();
}
