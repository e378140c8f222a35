// TeamRunner::reset: a new generation of the team, and what happens to the running work of the old one.
#include <doctest/doctest.h>
#include <thread>

#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using engine::CallbackState;
using runner::Conflict;
using runner::TeamRunner;

namespace {

std::shared_ptr<const scenario::Scenario> manual_scenario() {
  scenario::Scenario scenario;
  scenario.name = "test";
  scenario.clock.manual = true;
  return std::make_shared<const scenario::Scenario>(scenario);
}

std::size_t enrichments_of(TeamRunner& team) {
  return team.catch_up_and_read([](const engine::Team& state) { return state.enrichments().size(); });
}

}  // namespace

TEST_CASE("reset: the enrichments of the scenario are there again, and continue even if no command follows") {
  RunnerFixture fixture{FakeDeliverer::Receiver()};
  scenario::Scenario scenario;
  scenario.enrichments = {{.request = lead("pia", kHook)},
                          {.request = lead("cora"), .status = engine::Status::completed, .charge = true}};
  const auto team = fixture.start(scenario);
  team->request(lead("janedoe"));
  CHECK(enrichments_of(*team) == 3);
  team->reset(std::make_shared<const scenario::Scenario>(scenario));
  CHECK(team->read([](const engine::Team& state) { return state.enrichments().size(); }) == 2);
  CHECK(team->read([](const engine::Team& state) { return state.ledger().balance(); }) == 249);
  fixture.time.advance(1s);
  CHECK(fixture.deliverer.take().first.notification.linkedin_url == lead("pia").linkedin_url);
}

TEST_CASE("reset: enrichments, credits and clock are as they were loaded; old ids are unknown") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  const auto id = team->request(lead("janedoe")).id;
  team->clock().advance(10s);
  team->clock().run(3);
  CHECK(team->credits().balance == 249);
  team->reset(manual_scenario());
  CHECK(team->credits().balance == 250);
  CHECK(team->clock().view().manual);
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

TEST_CASE("reset: it returns once the running attempt is cut, and its late result is ignored") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  fixture.journal.calls = 10;
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  std::thread advance([&] { CHECK_THROWS_AS(team->clock().advance(1h), Conflict); });
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
  done({200, "", 1ms}, {.request_head = "POST / HTTP/1.1\r\n\r\n"});
  reset.join();
  CHECK(team->journal().bytes() == 0);
  CHECK(enrichments_of(*team) == 0);
  CHECK(team->catch_up_and_read([](const engine::Team& state) { return state.callbacks().all().size(); }) == 0);
}

TEST_CASE("reset: it waits at most a second for an attempt that cannot be cut") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  std::thread advance([&] { CHECK_THROWS_AS(team->clock().advance(1h), Conflict); });
  auto [attempt, done] = fixture.deliverer.take();
  std::thread reset([&] { team->reset(manual_scenario()); });
  advance.join();
  fixture.time.await_waiters(1);
  fixture.time.advance(1s);
  reset.join();
  done({200, "", 1ms}, {});
}

TEST_CASE("reset: a second reset also returns only after the attempt from before the first is cut") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  std::thread advance([&] { CHECK_THROWS_AS(team->clock().advance(1h), Conflict); });
  auto [attempt, done] = fixture.deliverer.take();
  std::atomic<int> answered = 0;
  const auto reset = [&] {
    team->reset(manual_scenario());
    ++answered;
  };
  std::thread first(reset), second(reset);
  advance.join();
  fixture.time.await_waiters(2);
  CHECK(answered == 0);
  done({200, "", 1ms}, {});
  first.join();
  second.join();
}

TEST_CASE("reset: the new generation can advance while an attempt of the old one is still being cut") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("old", kHook));
  std::thread old_advance([&] { CHECK_THROWS_AS(team->clock().advance(1h), Conflict); });
  auto old = fixture.deliverer.take();
  std::thread reset([&] { team->reset(manual_scenario()); });
  old_advance.join();
  team->request(lead("new", kHook));
  std::thread new_advance([&] { CHECK(team->clock().advance(1h).size() == 3); });
  auto fresh = fixture.deliverer.take();
  old.second({500, "", 1ms}, {});
  reset.join();
  CHECK(state_of_first(*team) == CallbackState::delivering);
  fresh.second({200, "", 1ms}, {});
  new_advance.join();
  CHECK(state_of_first(*team) == CallbackState::delivered);
}

TEST_CASE("reset: it ends waits, a redelivery and a request that waits for its callback") {
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
  first.second({200, "", 1ms}, {});
  reset.join();
}

TEST_CASE("reset: a redelivery from before it is a conflict") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  std::thread advance([&] { team->clock().advance(1h); });
  fixture.deliverer.take().second({200, "", 1ms}, {});
  advance.join();
  std::thread redeliver([&] { CHECK_THROWS_AS(team->redeliver(0), Conflict); });
  auto attempt = fixture.deliverer.take();
  std::thread reset([&] { team->reset(manual_scenario()); });
  redeliver.join();
  attempt.second({200, "", 1ms}, {});
  reset.join();
}

TEST_CASE("reset: a call with an enrichment of the old generation is not recorded in the new one") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  const auto id = team->request(lead("janedoe")).id;
  int recorded = 0;
  const auto write = [&](engine::Instant, const engine::Team&) { ++recorded; };
  team->record_call(id, write);
  CHECK(recorded == 1);
  team->reset(manual_scenario());
  team->record_call(id, write);
  CHECK(recorded == 1);
  team->record_call(std::nullopt, write);
  CHECK(recorded == 2);
}

TEST_CASE("reset: it is refused after the runner has stopped") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  team->stop();
  CHECK_THROWS_AS(team->reset(manual_scenario()), Conflict);
}

TEST_CASE("an advance from before a reset never moves the new generation's clock") {
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
        fired = team->clock().advance(1h).size();
      } catch (const Conflict&) {
      }
    });
    team->reset(scenario);
    advance.join();
    // Otherwise the advance ran after the reset, and had nothing to fire.
    if (fired > 0) CHECK(team->clock().now() == kStart);
    team->reset(scenario);
  }
}
