// Waits for changes of a team, in real time.
#include <atomic>
#include <doctest/doctest.h>
#include <thread>

#include "base/waiting.h"
#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using engine::CallbackState;
using runner::Conflict;
using runner::TeamRunner;

namespace {

auto has_resolved(const engine::EnrichmentId& id) {
  return [id](const engine::Team& state) { return engine::is_resolved(state.find(id)->status); };
}

// Returns once an advance or settle of the team is running: from then on the clock cannot be changed.
void await_advance_or_settle(TeamRunner& team) {
  for (;;) {
    try {
      team.clock().run(1);
    } catch (const Conflict&) {
      return;
    }
  }
}

}  // namespace

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

TEST_CASE("a wait ends with a conflict when its client leaves, and other waits continue") {
  struct Client : base::Caller {
    bool has_left() const override { return left; }
    std::atomic<bool> left = false;
  } client;
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  const auto id = team->request(lead("janedoe")).id;
  std::thread clock([&] {
    fixture.time.await_waiters(1);
    fixture.time.advance(1s);
    fixture.time.await_waiters(1);
    client.left = true;
    fixture.time.advance(1s);
  });
  const base::Caller::Scope served(client);
  CHECK_THROWS_WITH_AS(team->wait_until(1h, has_resolved(id)), "the client has disconnected", Conflict);
  clock.join();
}

TEST_CASE("wait_until returns at once if the condition holds, else at its timeout in real time") {
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
  team->clock().advance(1s);
  CHECK(team->wait_until(0ms, has_resolved(id)));
}

TEST_CASE("wait_until notices changes of an advance and of commands") {
  for (const bool by_force : {false, true}) {
    RunnerFixture fixture;
    const auto team = fixture.start_manual();
    const auto id = team->request(lead("janedoe")).id;
    std::thread other([&] {
      fixture.time.await_waiters(1);
      if (by_force)
        team->execute([&](engine::Team& state, const engine::Context& context) {
          return state.force(context, id, scenario::Outcome::failed, {});
        });
      else
        team->clock().advance(1s);
    });
    CHECK(team->wait_until(1h, has_resolved(id)));
    other.join();
  }
}

TEST_CASE("wait_until notices changes of a running clock") {
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

TEST_CASE("settle on a running clock notices a forced outcome") {
  scenario::Scenario slow;
  slow.lookup.processing = engine::Duration(std::chrono::hours(24));
  RunnerFixture fixture;
  const auto team = fixture.start(slow);
  const auto id = team->request(lead("janedoe")).id;
  std::thread settle([&] { CHECK(team->clock().settle(1h).complete); });
  await_advance_or_settle(*team);
  team->execute([&](engine::Team& state, const engine::Context& context) {
    return state.force(context, id, scenario::Outcome::not_found, {});
  });
  settle.join();
}

TEST_CASE("cancel_waits ends waits, advances and settles, and refuses new ones") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto manual = fixture.start_manual();
  const auto running = fixture.start({});
  manual->request(lead("janedoe", kHook));
  running->request(lead("janedoe"));
  std::thread advance([&] { CHECK_THROWS_AS(manual->clock().advance(1h), Conflict); });
  auto [attempt, done] = fixture.deliverer.take();
  std::thread settle([&] { CHECK_THROWS_AS(running->clock().settle(1h), Conflict); });
  await_advance_or_settle(*running);
  std::thread wait(
      [&] { CHECK_THROWS_AS(manual->wait_until(1h, [](const engine::Team&) { return false; }), Conflict); });
  manual->cancel_waits();
  running->cancel_waits();
  for (auto* thread : {&advance, &settle, &wait}) thread->join();
  CHECK_THROWS_AS(manual->wait_until(1h, [](const engine::Team&) { return false; }), Conflict);
  CHECK_THROWS_AS(running->clock().settle(1h), Conflict);
  done({200, "", 1ms});
}
