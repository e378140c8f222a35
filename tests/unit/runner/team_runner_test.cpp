#include "runner/team_runner.h"

#include <doctest/doctest.h>
#include <thread>

#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using engine::Status;
using runner::Conflict;

namespace {
scenario::Scenario lasting_for_ever() {
  scenario::Scenario scenario;
  scenario.lookup.processing = scenario::Forever{};
  return scenario;
}
}  // namespace

TEST_CASE("running: a command processes what is due by now, without the timer") {
  RunnerFixture fixture;
  const auto team = fixture.start({});
  const auto id = team->request(lead("janedoe")).id;
  CHECK(team->poll(id)->view.status == Status::pending);
  fixture.time.advance(100ms);
  CHECK(team->poll(id)->view.status == Status::processing);
  fixture.time.advance(400ms);
  CHECK(team->poll(id)->view.status == Status::completed);
  CHECK(team->credits().balance == 249);
}

TEST_CASE("running: callbacks leave by themselves, retries after their backoff") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start({});
  team->request(lead("janedoe", kHook));
  fixture.time.await_waiters(1);
  fixture.time.advance(500ms);
  auto [first, first_done] = fixture.deliverer.take();
  CHECK(first.notification.status == Status::completed);
  first_done({500, "", 1ms}, {});
  fixture.time.advance(1s);
  auto [second, second_done] = fixture.deliverer.take();
  second_done({200, "", 1ms}, {});
  CHECK(team->catch_up_and_read([](const engine::Team& state) { return state.settled(); }));
}

TEST_CASE("what an attempt has sent and received is found by its number, until the journal is cleared") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  fixture.journal.calls = 10;
  const auto team = fixture.start({});
  team->request(lead("janedoe", kHook));
  fixture.time.advance(500ms);
  fixture.deliverer.take().second({500, "", 1ms}, {.request_head = "POST /1", .response_body = std::string(5000, 'x')});
  fixture.time.advance(1s);
  fixture.deliverer.take().second({0, "connection refused", 1ms}, {});
  fixture.time.advance(2s);
  fixture.deliverer.take().second({200, "", 1ms}, {.request_head = "POST /3"});
  const auto exchange_of = [&](std::size_t attempt) {
    const auto number = team->read(
        [&](const engine::Team& state) { return state.callbacks().at(0).attempts.at(attempt - 1).exchange; });
    return team->journal().exchange(number, 0, attempt);
  };
  REQUIRE(exchange_of(1));
  CHECK(exchange_of(1)->content.request_head == "POST /1");
  CHECK(exchange_of(1)->content.response_body.size() == base::kMaxKeptResponse);
  CHECK_FALSE(exchange_of(2));
  CHECK(exchange_of(3)->content.request_head == "POST /3");
  CHECK(team->journal().bytes() > 0);
  team->journal().clear();
  CHECK_FALSE(exchange_of(3));
  CHECK(team->journal().bytes() == 0);
}

TEST_CASE("running: settle blocks until the last callback has ended, and lists what fired") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start({});
  team->request(lead("janedoe", kHook));
  std::thread receiver([&] {
    fixture.time.await_waiters(2);  // the timer and settle
    fixture.time.advance(500ms);
    fixture.deliverer.take().second({200, "", 1ms}, {});
  });
  const auto settled = team->clock().settle(5s);
  receiver.join();
  CHECK(settled.complete);
  CHECK(settled.open.empty());
  REQUIRE(settled.fired.size() == 3);
  CHECK(std::get<Status>(settled.fired[0].what) == Status::processing);
  CHECK(std::get<Status>(settled.fired[1].what) == Status::completed);
  CHECK(std::get<engine::AttemptEnd>(settled.fired[2].what).result.status == 200);
}

TEST_CASE("running: settle ends at its timeout and lists what is open") {
  RunnerFixture fixture;
  const auto team = fixture.start({});
  const auto id = team->request(lead("janedoe")).id;
  std::thread clock([&] {
    fixture.time.await_waiters(2);
    fixture.time.advance(50ms);
  });
  const auto settled = team->clock().settle(50ms);
  clock.join();
  CHECK_FALSE(settled.complete);
  REQUIRE(settled.open.size() == 1);
  CHECK(settled.open[0].enrichment == id);
  CHECK(settled.open[0].why == engine::OpenWork::Why::pending);
}

TEST_CASE("manual: real time changes nothing, advance processes everything that is due in order") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  const auto id = team->request(lead("janedoe", kHook)).id;
  fixture.time.advance(1h);
  CHECK(team->poll(id)->view.status == Status::pending);
  const auto start = team->clock().now();
  const auto fired = team->clock().advance(10s);
  REQUIRE(fired.size() == 3);
  CHECK(fired[0].at == start + 100ms);
  CHECK(fired[1].at == start + 500ms);
  CHECK(std::get<engine::AttemptEnd>(fired[2].what).result.status == 200);
  CHECK(team->clock().now() == start + 10s);
}

TEST_CASE("manual: callbacks leave only inside advance and settle") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  scenario::Scenario at_once;
  at_once.lookup.pending = at_once.lookup.processing = engine::Duration(0);
  const auto team = fixture.start_manual(at_once);
  const auto id = team->request(lead("janedoe", kHook)).id;
  CHECK(team->poll(id)->view.status == Status::completed);
  CHECK(fixture.deliverer.held() == 0);
  std::thread advance([&] { CHECK(team->clock().advance(0s).size() == 1); });
  fixture.deliverer.take().second({200, "", 1ms}, {});
  advance.join();
}

TEST_CASE("manual: the clock waits for a delivery's result, while other calls continue and see the same time") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  const auto start = team->clock().now();
  team->request(lead("janedoe", kHook));
  engine::Events fired;
  std::thread advance([&] { fired = team->clock().advance(1h); });
  auto [attempt, done] = fixture.deliverer.take();
  CHECK(team->clock().now() == start + 500ms);
  CHECK(team->poll(attempt.notification.id)->view.status == Status::completed);
  CHECK_THROWS_AS(team->clock().advance(1s), Conflict);
  CHECK_THROWS_AS(team->clock().settle(1s), Conflict);
  CHECK(team->request(lead("from-inside-the-handler")).kind == engine::RequestResult::Kind::accepted);
  done({200, "", 1ms}, {});
  advance.join();
  CHECK(fired.size() == 5);
  CHECK(team->clock().now() == start + 1h);
}

TEST_CASE("manual: retries become due on the team's clock, within one advance") {
  RunnerFixture fixture{[](const engine::DueAttempt&) { return engine::AttemptResult{503, "", 1ms}; }};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  const auto start = team->clock().now();
  const auto fired = team->clock().advance(1min);
  REQUIRE(fired.size() == 5);
  CHECK(fired[2].at == start + 500ms);
  CHECK(fired[3].at == start + 1500ms);
  CHECK(fired[4].at == start + 3500ms);
}

TEST_CASE("manual: settle jumps to the end of all timed work, and lists what waits for ever") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual(lasting_for_ever());
  const auto start = team->clock().now();
  team->request(lead("janedoe", kHook));
  const auto settled = team->clock().settle(5s);
  CHECK(settled.complete);
  CHECK(settled.now == start + 100ms);
  REQUIRE(settled.open.size() == 1);
  CHECK(settled.open[0].why == engine::OpenWork::Why::forever);
}

TEST_CASE("manual: settle's timeout is real time, and the next call waits for the running delivery") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  runner::SettleResult settled;
  std::thread settle([&] { settled = team->clock().settle(5s); });
  auto [attempt, done] = fixture.deliverer.take();
  fixture.time.await_waiters(1);
  fixture.time.advance(5s);
  settle.join();
  CHECK_FALSE(settled.complete);
  REQUIRE(settled.open.size() == 1);
  CHECK(settled.open[0].why == engine::OpenWork::Why::delivering);
  const auto before = team->clock().now();
  std::thread advance([&] { team->clock().advance(10s); });
  for (bool claimed = false; !claimed;) {
    try {
      team->clock().settle(0ms);
    } catch (const Conflict&) {
      claimed = true;
    }
  }
  CHECK(team->clock().now() == before);
  done({200, "", 1ms}, {});
  advance.join();
  CHECK(team->clock().now() == before + 10s);
}

TEST_CASE("manual: settle's timeout also applies if there is no delivery") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  team->request(lead("janedoe"));
  const auto settled = team->clock().settle(0ms);
  CHECK_FALSE(settled.complete);
  CHECK(settled.open.size() == 1);
}

TEST_CASE("a callback that the deliverer refuses is a failed attempt") {
  RunnerFixture fixture{
      [](const engine::DueAttempt&) -> engine::AttemptResult { throw std::runtime_error("no body"); }};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  CHECK(team->clock().settle(5s).complete);
  team->catch_up_and_read([](const engine::Team& state) {
    const auto& callback = state.callbacks().at(0);
    CHECK(callback.state == engine::CallbackState::exhausted);
    REQUIRE(callback.attempts.size() == 3);
    CHECK(callback.attempts[0].result.error == "the callback cannot be sent: no body");
    return true;
  });
}

TEST_CASE("the largest times do not overflow") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  team->request(lead("janedoe"));
  const auto before = team->clock().now();
  CHECK(team->clock().settle(std::chrono::milliseconds::max()).complete);
  CHECK(team->clock().advance(engine::Duration::max()).empty());
  CHECK(team->clock().now() > before);
}

TEST_CASE("a running clock cannot be advanced") {
  RunnerFixture fixture;
  CHECK_THROWS_AS(fixture.start({})->clock().advance(1s), Conflict);
}

TEST_CASE("stop ends a blocked advance and drops late results") {
  RunnerFixture fixture{FakeDeliverer::Receiver{}};
  const auto team = fixture.start_manual();
  team->request(lead("janedoe", kHook));
  std::thread advance([&] { CHECK_THROWS_AS(team->clock().advance(1h), Conflict); });
  auto [attempt, done] = fixture.deliverer.take();
  team->stop();
  advance.join();
  done({200, "", 1ms}, {});
  CHECK(team->catch_up_and_read([](const engine::Team& state) { return state.callbacks().at(0).state; }) ==
        engine::CallbackState::delivering);
}
