// Many threads on one team: the ledger's invariant holds at every moment. Also for the thread sanitizer.
#include <atomic>
#include <doctest/doctest.h>
#include <thread>

#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

struct Sums {
  std::int64_t opening, added, charged, balance, completed, movements;
};

Sums sums_of(runner::TeamRunner& team) {
  return team.catch_up_and_read([](const engine::Team& state) {
    const auto& ledger = state.ledger();
    return Sums{ledger.opening(),
                ledger.added(),
                ledger.charged(),
                ledger.balance(),
                static_cast<std::int64_t>(state.counters().completed),
                static_cast<std::int64_t>(ledger.movements().size())};
  });
}

bool holds(const Sums& sums) {
  return sums.opening + sums.added - sums.charged == sums.balance && sums.charged == sums.completed &&
         sums.balance >= 0 && sums.movements == sums.charged + 1;
}

void run_storm(scenario::Scenario scenario) {
  constexpr int kThreads = 8, kRequests = 300;
  RunnerFixture fixture;
  const auto team = fixture.start(std::move(scenario));
  std::atomic<bool> done = false;
  std::atomic<int> accepted = 0, refused = 0, broken = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRequests; ++i) {
        const auto result = team->request(lead("lead-" + std::to_string(t * kRequests + i), "http://app.example/"));
        const bool taken = result.kind == engine::RequestResult::Kind::accepted;
        ++(taken ? accepted : refused);
        if (taken) team->poll(result.id);
        fixture.time.advance(3ms);
      }
    });
  std::thread auditor([&] {
    while (!done)
      if (!holds(sums_of(*team))) ++broken;
  });
  for (auto& thread : threads) thread.join();
  done = true;
  auditor.join();
  fixture.time.advance(1h);
  const auto last = sums_of(*team);
  CHECK(broken == 0);
  CHECK(holds(last));
  CHECK(accepted + refused == kThreads * kRequests);
  CHECK(last.completed == std::min<std::int64_t>(accepted, last.opening));
}

}  // namespace

TEST_CASE("the ledger adds up at every moment under concurrent requests") { run_storm({}); }

TEST_CASE("the last credits are never spent twice") {
  scenario::Scenario scenario;
  scenario.credits = 100;
  scenario.lookup.pending = scenario.lookup.processing = engine::Duration(0);
  run_storm(scenario);
}

TEST_CASE("advances, polls and requests from many threads on a manual clock leave every callback delivered once") {
  std::atomic<int> deliveries = 0;
  RunnerFixture fixture{[&](const engine::DueAttempt&) {
    ++deliveries;
    return engine::AttemptResult{200, "", 1ms};
  }};
  const auto team = fixture.start_manual();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        team->request(lead("janedoe", "http://app.example/"));
        try {
          team->clock().advance(10ms);
        } catch (const runner::Conflict&) {  // another thread is advancing
        }
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(team->clock().settle(5s).complete);
  CHECK(deliveries == 200);
  CHECK(holds(sums_of(*team)));
}
