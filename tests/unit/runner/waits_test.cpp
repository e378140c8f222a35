// Waits for changes of a team, in real time.
#include <atomic>
#include <doctest/doctest.h>
#include <functional>
#include <thread>
#include <vector>

#include "base/waiting.h"
#include "runner/commits.h"
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

TEST_CASE("a wait announces itself once, without the team's mutex, and only if it has to wait") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  struct Observer : base::Blocking::Observer {
    explicit Observer(TeamRunner& of) : team(of) {}
    void on_block() noexcept override {
      ++count;
      team.request(lead("janedoe"));
    }
    void on_unblock() noexcept override { ++ended; }
    void on_long_work() noexcept override {}
    TeamRunner& team;
    int count = 0, ended = 0;
  } observer(*team);
  std::thread([&] {
    base::Blocking::set_observer(&observer);
    CHECK(team->wait_until(1h, [](const engine::Team&) { return true; }));
    CHECK_FALSE(team->wait_until(0ms, [](const engine::Team&) { return false; }));
    CHECK_FALSE(team->wait_until_checked(0ms, [](bool) { return false; }));
    CHECK(observer.count == 0);
    CHECK(team->wait_until(1h, [](const engine::Team& state) { return state.enrichments().size() == 1; }));
    CHECK(observer.count == 1);
    std::thread pause([&] {
      fixture.time.await_waiters(1);
      fixture.time.advance(1s);
    });
    int checks = 0;
    CHECK(team->wait_until_checked(1h, [&](bool) { return ++checks == 2; }));
    pause.join();
    CHECK(observer.count == 2);
    CHECK(observer.ended == 2);
    base::Blocking::set_observer(nullptr);
  }).join();
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
  fixture.deliverer.take().second({500, "", 1ms}, {});
  auto second = fixture.deliverer.take();
  request.join();
  second.second({200, "", 1ms}, {});
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
  done({200, "", 1ms}, {});
}

TEST_CASE("waits, advances and settles end with the reason when saving begins to fail, and later ones can succeed") {
  runner::Commits commits(0);
  RunnerFixture fixture;
  fixture.commits = &commits;
  const auto manual = fixture.start_manual(), running = fixture.start({});
  manual->request(lead("janedoe", kHook));
  running->request(lead("janedoe"));
  const auto never = [](auto&&) { return false; };
  const std::function<void()> calls[] = {
      [&] { manual->clock().advance(1h); },  // the attempt has to wait for a commit
      [&] { running->clock().settle(1h); },
      [&] { manual->wait_until(1h, never); },
      [&] { running->wait_until_checked(1h, never); },
  };
  std::vector<std::thread> threads;
  for (const auto& call : calls)
    threads.emplace_back([&] { CHECK_THROWS_WITH_AS(call(), "the disk is full", runner::NotSaved); });
  fixture.time.await_waiters(5);  // with the timer
  CHECK(commits.failed("the disk is full"));
  for (const auto& team : {manual, running}) team->wake_waits();
  for (auto& thread : threads) thread.join();
  CHECK_FALSE(commits.failed("the disk is full"));
  CHECK(fixture.deliverer.held() == 0);
  const auto taken = commits.take({});
  REQUIRE(taken);
  commits.saved(taken->announced);
  for (const auto& action : taken->actions) action();
  CHECK(manual->clock().settle(1h).complete);
  CHECK(state_of_first(*manual) == CallbackState::delivered);
}

TEST_CASE("a request that waits for its callback ends with the reason when saving begins to fail") {
  runner::Commits commits(0);
  RunnerFixture fixture;
  fixture.commits = &commits;
  scenario::Scenario scenario;
  scenario::Callback callback;
  callback.before_response = true;
  scenario.callback = std::make_shared<const scenario::Callback>(callback);
  const auto team = fixture.start(scenario);
  std::thread request(
      [&] { CHECK_THROWS_WITH_AS(team->request(lead("janedoe", kHook)), "the disk is full", runner::NotSaved); });
  fixture.time.await_waiters(1);
  commits.failed("the disk is full");
  team->wake_waits();
  request.join();
}

namespace {

// A call of wait_until_checked on its own thread. Its checks fail until the test says otherwise.
class CheckedWait {
 public:
  CheckedWait(TeamRunner& team, std::chrono::milliseconds timeout)
      : thread_([this, &team, timeout] {
          try {
            result_ = team.wait_until_checked(timeout, [this](bool is_last) {
              was_last_ = is_last;
              ++checks_;
              return holds.load();
            });
          } catch (const Conflict& conflict) {
            conflict_ = conflict.what();
          }
        }) {}
  ~CheckedWait() {
    if (thread_.joinable()) thread_.join();
  }

  int checks() const { return checks_; }
  bool was_last() const { return was_last_; }

  // What the call returned.
  bool result() {
    thread_.join();
    CHECK(conflict_.empty());
    return result_;
  }
  std::string conflict() {
    thread_.join();
    return conflict_;
  }

  std::atomic<bool> holds = false;

 private:
  std::atomic<int> checks_ = 0;
  std::atomic<bool> was_last_ = false;
  bool result_ = false;
  std::string conflict_;
  std::thread thread_;
};

void record(TeamRunner& team) {
  team.record_call({}, [](engine::Instant, const engine::Team&) {});
}

}  // namespace

TEST_CASE("a check is made at once, after each change of the team or its journal, and not after a call that reads") {
  for (const bool by_record : {false, true}) {
    RunnerFixture fixture;
    const auto team = fixture.start_manual();
    CheckedWait wait(*team, 1h);
    fixture.time.await_waiters(1);
    CHECK(wait.checks() == 1);
    fixture.time.advance(100ms);  // longer than the pause after the check
    fixture.time.await_waiters(1);
    team->catch_up_and_read([](const engine::Team&) {});
    CHECK(wait.checks() == 1);
    wait.holds = true;
    if (by_record)
      record(*team);
    else
      team->request(lead("janedoe"));
    CHECK(wait.result());
    CHECK(wait.checks() == 2);
    CHECK_FALSE(wait.was_last());
  }
}

TEST_CASE("however often a team changes, a check follows only after a pause") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  CheckedWait wait(*team, 1h);
  fixture.time.await_waiters(1);
  for (int n = 0; n < 100; ++n) record(*team);
  fixture.time.await_waiters(1);
  CHECK(wait.checks() == 1);
  wait.holds = true;
  fixture.time.advance(1ms);
  CHECK(wait.result());
  CHECK(wait.checks() == 2);
}

TEST_CASE("the last check is made at the deadline, also for a change that has just come") {
  for (const bool has_changed : {false, true}) {
    RunnerFixture fixture;
    const auto team = fixture.start_manual();
    CheckedWait wait(*team, 1ms);
    fixture.time.await_waiters(1);
    if (has_changed) record(*team);
    fixture.time.advance(1ms);
    CHECK_FALSE(wait.result());
    CHECK(wait.checks() == 2);
    CHECK(wait.was_last());
  }
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  CheckedWait wait(*team, 0ms);
  CHECK_FALSE(wait.result());
  CHECK(wait.checks() == 1);
  CHECK(wait.was_last());
}

TEST_CASE("a reset ends a wait for a check while it sleeps, pauses or checks, and so does a stop") {
  for (const bool pauses : {false, true})
    for (const bool by_reset : {false, true}) {
      RunnerFixture fixture;
      const auto team = fixture.start_manual();
      CheckedWait wait(*team, 1h);
      fixture.time.await_waiters(1);
      if (pauses) record(*team);
      if (by_reset)
        team->reset(team->scenario());
      else
        team->cancel_waits();
      CHECK(wait.conflict() == (by_reset ? "the team has been reset" : "the emulator is stopping"));
    }
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  CHECK_THROWS_WITH_AS(team->wait_until_checked(1h,
                                                [&](bool) {
                                                  team->reset(team->scenario());
                                                  return true;
                                                }),
                       "the team has been reset", Conflict);
}
