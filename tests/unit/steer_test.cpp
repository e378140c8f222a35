// What a test does to a team that lives: reset, its clock, redelivery, waits.
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

constexpr auto* kHook = "http://app.example/hook";

std::shared_ptr<const scenario::Scenario> manual_scenario() {
  scenario::Scenario scenario;
  scenario.name = "test";
  scenario.clock.manual = true;
  return std::make_shared<const scenario::Scenario>(scenario);
}

std::size_t enrichments_of(TeamRunner& team) {
  return team.inspect([](const engine::Team& state) { return state.enrichments().size(); });
}

CallbackState state_of_first(TeamRunner& team) {
  return team.inspect([](const engine::Team& state) { return state.callbacks().at(0).state; });
}

std::size_t attempts_of_first(TeamRunner& team) {
  return team.inspect([](const engine::Team& state) { return state.callbacks().at(0).attempts.size(); });
}

auto has_resolved(const engine::EnrichmentId& id) {
  return [id](const engine::Team& state) { return engine::is_resolved(state.find(id)->status); };
}

// Blocks until the team's place for an advance or settle is taken.
void await_claim(TeamRunner& team) {
  for (;;) {
    try {
      team.settle(0ms);
    } catch (const Conflict&) {
      return;
    }
  }
}

}  // namespace

TEST_CASE("reset: enrichments, credits and clock are as they were loaded; old ids are unknown") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  const auto id = team->request(lead("janedoe")).id;
  team->advance(10s);
  team->run_clock(3);
  CHECK(team->credits().balance == 249);
  team->reset(manual_scenario());
  CHECK(team->credits().balance == 250);
  CHECK(team->clock().manual);
  CHECK(enrichments_of(*team) == 0);
  CHECK_FALSE(team->poll(id));
  CHECK(team->request(lead("janedoe")).id != id);
}

TEST_CASE("reset: what was due in the old generation does not happen in the new one") {
  RunnerFixture fixture;
  const auto team = fixture.start({});
  team->request(lead("janedoe", kHook));
  team->reset(team->scenario());
  fixture.time.advance(1h);
  CHECK(enrichments_of(*team) == 0);
  CHECK(team->credits().balance == 250);
}

TEST_CASE("reset: answers once the attempt under way is cut, and its late result means nothing") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  std::thread advance([&] { CHECK_THROWS_AS(team->advance(1h), Conflict); });
  auto [attempt, done] = fixture.deliverer.take();
  const auto cut = fixture.deliverer.last_cut();
  CHECK_FALSE(cut->raised());
  std::atomic<bool> answered = false;
  std::thread reset([&] {
    team->reset(manual_scenario());
    answered = true;
  });
  advance.join();  // the reset ends it
  CHECK(enrichments_of(*team) == 0);
  fixture.time.await_waiters(1);  // the reset itself
  CHECK(cut->raised());
  CHECK_FALSE(answered);
  done({200, "", 1ms});
  reset.join();
  CHECK(enrichments_of(*team) == 0);
  CHECK(team->inspect([](const engine::Team& state) { return state.callbacks().all().size(); }) == 0);
}

TEST_CASE("reset: waits no longer than a second for an attempt that cannot be cut") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  std::thread advance([&] { CHECK_THROWS_AS(team->advance(1h), Conflict); });
  auto [attempt, done] = fixture.deliverer.take();
  std::thread reset([&] { team->reset(manual_scenario()); });
  advance.join();
  fixture.time.await_waiters(1);
  fixture.time.advance(1s);
  reset.join();
  done({200, "", 1ms});
}

TEST_CASE("reset: the new generation can advance while an attempt of the old one is still being cut") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("old", kHook));
  std::thread old_advance([&] { CHECK_THROWS_AS(team->advance(1h), Conflict); });
  auto old = fixture.deliverer.take();
  std::thread reset([&] { team->reset(manual_scenario()); });
  old_advance.join();
  team->request(lead("new", kHook));
  std::thread new_advance([&] { CHECK(team->advance(1h).size() == 3); });
  auto fresh = fixture.deliverer.take();
  old.second({500, "", 1ms});
  reset.join();
  CHECK(state_of_first(*team) == CallbackState::delivering);
  fresh.second({200, "", 1ms});
  new_advance.join();
  CHECK(state_of_first(*team) == CallbackState::delivered);
}

TEST_CASE("reset: ends waits, a redelivery and a request that waits for its callback") {
  scenario::Scenario scenario;
  scenario::Callback before_response;
  before_response.before_response = true;
  scenario.callback = std::make_shared<const scenario::Callback>(before_response);
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual(scenario);
  std::thread request([&] { team->request(lead("janedoe", kHook)); });
  auto first = fixture.deliverer.take();
  std::thread wait([&] { CHECK_THROWS_AS(team->wait_until(1h, [](const engine::Team&) { return false; }), Conflict); });
  fixture.time.await_waiters(1);
  std::thread reset([&] { team->reset(team->scenario()); });
  wait.join();
  request.join();
  first.second({200, "", 1ms});
  reset.join();
}

TEST_CASE("reset: a redelivery that it overtakes is a conflict") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  std::thread advance([&] { team->advance(1h); });
  fixture.deliverer.take().second({200, "", 1ms});
  advance.join();
  std::thread redeliver([&] { CHECK_THROWS_AS(team->redeliver(0), Conflict); });
  auto attempt = fixture.deliverer.take();
  std::thread reset([&] { team->reset(manual_scenario()); });
  redeliver.join();
  attempt.second({200, "", 1ms});
  reset.join();
}

TEST_CASE("reset: a call that led to an enrichment of the old generation goes on no record of the new one") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  const auto id = team->request(lead("janedoe")).id;
  int recorded = 0;
  const auto write = [&](engine::Instant) { ++recorded; };
  team->keep_record(id, write);
  CHECK(recorded == 1);
  team->reset(manual_scenario());
  team->keep_record(id, write);
  CHECK(recorded == 1);
  team->keep_record(std::nullopt, write);
  CHECK(recorded == 2);
}

TEST_CASE("reset: not once the runner has stopped") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  team->stop();
  CHECK_THROWS_AS(team->reset(manual_scenario()), Conflict);
}

TEST_CASE("stop_clock freezes a running clock at the present, and what is due by then has happened") {
  RunnerFixture fixture;
  const auto team = fixture.start({});
  const auto id = team->request(lead("janedoe")).id;
  const auto start = team->now();
  fixture.time.advance(200ms);
  const auto stopped = team->stop_clock({});
  CHECK(stopped.manual);
  CHECK(stopped.now == start + 200ms);
  fixture.time.advance(1h);
  CHECK(team->now() == start + 200ms);
  CHECK(team->poll(id)->view.status == Status::processing);
}

TEST_CASE("stop_clock goes to the instant that it is given, however far, and never back") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  const auto id = team->request(lead("janedoe", kHook)).id;
  const auto start = team->now();
  constexpr auto kTenYears = std::chrono::hours(24 * 3650);
  CHECK(team->stop_clock(start + kTenYears).now == start + kTenYears);
  CHECK(team->poll(id)->view.status == Status::completed);
  CHECK(state_of_first(*team) == CallbackState::scheduled);  // callbacks leave only inside advance and settle
  CHECK(team->stop_clock(start).now == start + kTenYears);
}

TEST_CASE("run_clock goes on from where the clock stood, at its scale, and sends what is due") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  const auto start = team->now();
  const auto running = team->run_clock(10);
  CHECK_FALSE(running.manual);
  CHECK(running.scale == 10);
  fixture.time.await_waiters(1);
  fixture.time.advance(50ms);
  auto [attempt, done] = fixture.deliverer.take();
  done({200, "", 1ms});
  CHECK(team->now() == start + 500ms);
  CHECK_THROWS_AS(team->advance(1s), Conflict);
}

TEST_CASE("the clock cannot be changed under an advance") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  std::thread advance([&] { team->advance(1h); });
  auto [attempt, done] = fixture.deliverer.take();
  CHECK_THROWS_AS(team->stop_clock({}), Conflict);
  CHECK_THROWS_AS(team->run_clock(1), Conflict);
  CHECK_THROWS_AS(team->advance_to_next(), Conflict);
  done({200, "", 1ms});
  advance.join();
}

TEST_CASE("advance_to_next goes to the next due time, fires all of that instant, and stays when nothing is due") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  const auto start = team->now();
  team->request(lead("one", kHook));
  team->request(lead("other"));
  CHECK(team->advance_to_next().size() == 2);
  CHECK(team->now() == start + 100ms);
  CHECK(team->advance_to_next().size() == 3);  // two transitions and the callback
  CHECK(team->now() == start + 500ms);
  CHECK(team->advance_to_next().empty());
  CHECK(team->now() == start + 500ms);
}

TEST_CASE("advance_to_next passes over a callback that is only put off, to the end of its burst") {
  scenario::Scenario scenario;
  scenario::Callback reversed;
  reversed.order = scenario::Order::reversed;
  scenario.callback = std::make_shared<const scenario::Callback>(reversed);
  RunnerFixture fixture;
  const auto team = fixture.start_manual(scenario);
  const auto start = team->now();
  team->request(lead("janedoe", kHook));
  team->advance_to_next();
  team->advance_to_next();
  CHECK(team->advance_to_next().size() == 1);
  CHECK(team->now() == start + 600ms);
}

TEST_CASE("redeliver returns when its attempt has ended, on a manual clock, too") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  CHECK_FALSE(team->redeliver(0));  // there is none yet
  team->advance(1s);
  CHECK(team->redeliver(0));
  CHECK(attempts_of_first(*team) == 2);
  CHECK(state_of_first(*team) == CallbackState::delivered);
}

TEST_CASE("a request waits for the first attempt of its callback, not for those that follow at once") {
  scenario::Scenario scenario;
  scenario::Callback callback;
  callback.before_response = true;
  callback.backoff = {engine::Duration(0)};
  scenario.callback = std::make_shared<const scenario::Callback>(callback);
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start(scenario);
  std::thread request([&] { team->request(lead("janedoe", kHook)); });
  fixture.deliverer.take().second({500, "", 1ms});
  auto second = fixture.deliverer.take();
  request.join();
  second.second({200, "", 1ms});
  CHECK(state_of_first(*team) == CallbackState::delivered);
}

TEST_CASE("redeliver is refused while the callback is delivering") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  std::thread advance([&] { team->advance(1h); });
  auto [attempt, done] = fixture.deliverer.take();
  CHECK_FALSE(team->redeliver(0));
  done({200, "", 1ms});
  advance.join();
}

TEST_CASE("wait_until returns at once where it holds, and at its timeout in real time where it does not") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  const auto id = team->request(lead("janedoe")).id;
  CHECK_FALSE(team->wait_until(0ms, has_resolved(id)));
  std::thread clock([&] {
    fixture.time.await_waiters(1);
    fixture.time.advance(5s);
  });
  CHECK_FALSE(team->wait_until(5s, has_resolved(id)));
  clock.join();
  team->advance(1s);
  CHECK(team->wait_until(0ms, has_resolved(id)));
}

TEST_CASE("wait_until hears of what an advance does, and of what commands do") {
  for (const bool by_force : {false, true}) {
    RunnerFixture fixture;
    const auto team = fixture.start_manual();
    const auto id = team->request(lead("janedoe")).id;
    std::thread other([&] {
      fixture.time.await_waiters(1);
      if (by_force)
        team->act([&](engine::Team& state, engine::Instant now) {
          return state.force(now, id, scenario::Outcome::failed, {});
        });
      else
        team->advance(1s);
    });
    CHECK(team->wait_until(1h, has_resolved(id)));
    other.join();
  }
}

TEST_CASE("wait_until hears of what a running clock does") {
  RunnerFixture fixture;
  const auto team = fixture.start({});
  const auto id = team->request(lead("janedoe")).id;
  std::thread clock([&] {
    fixture.time.await_waiters(2);  // the timer and the wait
    fixture.time.advance(500ms);
  });
  CHECK(team->wait_until(1h, has_resolved(id)));
  clock.join();
}

TEST_CASE("settle on a running clock hears of an outcome that is forced") {
  scenario::Scenario slow;
  slow.lookup.processing = engine::Duration(std::chrono::hours(24));
  RunnerFixture fixture;
  const auto team = fixture.start(slow);
  const auto id = team->request(lead("janedoe")).id;
  std::thread settle([&] { CHECK(team->settle(1h).complete); });
  await_claim(*team);
  team->act(
      [&](engine::Team& state, engine::Instant now) { return state.force(now, id, scenario::Outcome::not_found, {}); });
  settle.join();
}

TEST_CASE("hold_up_nobody ends waits, advances and settles, and lets none begin") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto manual = fixture.start_manual();
  const auto running = fixture.start({});
  manual->request(lead("janedoe", kHook));
  running->request(lead("janedoe"));
  std::thread advance([&] { CHECK_THROWS_AS(manual->advance(1h), Conflict); });
  auto [attempt, done] = fixture.deliverer.take();
  std::thread settle([&] { CHECK_THROWS_AS(running->settle(1h), Conflict); });
  await_claim(*running);
  std::thread wait(
      [&] { CHECK_THROWS_AS(manual->wait_until(1h, [](const engine::Team&) { return false; }), Conflict); });
  manual->hold_up_nobody();
  running->hold_up_nobody();
  for (auto* thread : {&advance, &settle, &wait}) thread->join();
  CHECK_THROWS_AS(manual->wait_until(1h, [](const engine::Team&) { return false; }), Conflict);
  CHECK_THROWS_AS(running->settle(1h), Conflict);
  done({200, "", 1ms});
}

TEST_CASE("an advance that a reset overtakes never moves the new generation's clock") {
  constexpr int kRounds = 50;
  scenario::Scenario ticking;
  ticking.clock.now = kStart;
  ticking.clock.manual = true;
  const auto scenario = std::make_shared<const scenario::Scenario>(ticking);
  RunnerFixture fixture;
  const auto team = fixture.start(ticking);
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < 200; ++i) team->request(lead("lead-" + std::to_string(i)));
    std::size_t fired = 0;
    std::thread advance([&] {
      try {
        fired = team->advance(1h).size();
      } catch (const Conflict&) {
      }
    });
    team->reset(scenario);
    advance.join();
    // Else the whole advance came after the reset, and had nothing to fire.
    if (fired > 0) CHECK(team->now() == kStart);
    team->reset(scenario);
  }
}
