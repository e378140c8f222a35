// Teams when memory runs out: no thread ends, nothing is lost or half done, and work continues once there is memory.
#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <variant>

#include "runner/directory.h"
#include "support/runner_fixture.h"
#include "support/scarce_memory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

engine::EnrichmentRequest long_lead() { return lead("a-rather-long-name", "http://app.example/a-rather-long-path"); }

scenario::Scenario with_enrichments() {
  scenario::Scenario scenario;
  scenario.name = "default";
  for (const auto status : {engine::Status::pending, engine::Status::completed, engine::Status::completed})
    scenario.enrichments.push_back(
        {.request = long_lead(), .status = status, .charge = status == engine::Status::completed});
  scenario.enrichments.back().id = engine::parse_id("507f1f77bcf86cd799439011");
  return scenario;
}

// Whether it has all enrichments of that scenario, and nothing else has happened.
bool is_as_opened(const engine::Team& state) {
  return state.enrichments().size() == 3 && state.ledger().balance() == 248 && state.counters().requests == 0;
}

std::shared_ptr<const scenario::Library> library_of_one() {
  const auto scenario = with_enrichments();
  auto built = scenario::Library::build({{"default.json", scenario}}, "default");
  return std::make_shared<const scenario::Library>(std::get<scenario::Library>(std::move(built)));
}

}  // namespace

TEST_CASE("a journal is cleared if there is no memory") {
  runner::Journals journals({.calls = 10});
  auto journal = std::make_unique<runner::Journal>(journals);
  journal->record(runner::store({.method = "GET"}));
  {
    const ScarceMemory none;
    journal.reset();
  }
  CHECK(journals.bytes() == 0);
}

TEST_CASE("a call and its texts take one allocation") {
  const std::string text(100, 'x');
  std::shared_ptr<runner::JournalEntry> entry;
  {
    const ScarceMemory one(1);
    entry = runner::store({.target = text, .headers = text, .body = text, .answer = text, .reason = text});
  }
  CHECK(entry->reason == text);
}

TEST_CASE("a call is recorded even if there is no memory to look for those that are too many") {
  const auto size = runner::store({})->memory();
  runner::Journals journals({.calls = 10, .total_bytes = 2 * size});
  runner::Journal journal(journals);
  for (int i = 0; i < 2; ++i) journal.record(runner::store({}));
  const auto third = runner::store({}), fourth = runner::store({});
  {
    const ScarceMemory none;
    journal.record(third);
  }
  CHECK(journal.count() == 3);
  journal.record(fourth);
  CHECK(journals.bytes() <= 2 * size);
  CHECK(journal.contents().entries.back() == fourth);
}

TEST_CASE("a team that could not be opened without memory does not exist, and can be opened later") {
  RunnerFixture fixture;
  runner::Directory directory({fixture.time, fixture.timer, fixture.deliverer}, library_of_one(), {.secret = 1});
  std::size_t threw = 0;
  for (const auto failures : {std::size_t{1}, ScarceMemory::kAll}) {
    const std::string key = "a-rather-long-key-" + std::to_string(failures);
    const auto teams = directory.teams().size();
    repeat_until_memory_suffices(
        failures, [&] { directory.open(key); },
        [&] {
          ++threw;
          const auto all = directory.teams();
          REQUIRE(all.size() <= teams + 1);
          if (all.size() > teams) {
            CHECK(directory.find_by_id(all.back()->profile().id) == all.back());
            CHECK(all.back()->read(is_as_opened));
          }
        });
    const auto opened = std::get<std::shared_ptr<runner::TeamRunner>>(directory.open(key));
    REQUIRE(directory.teams().size() == teams + 1);
    CHECK(directory.teams().back() == opened);
    CHECK(opened->masker().hide(key) != key);
    CHECK(opened->read(is_as_opened));
  }
  CHECK(threw > 20);
}

TEST_CASE("a team that cannot be reset without memory stays as it is") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  team->request(long_lead());
  const auto fresh = std::make_shared<const scenario::Scenario>(with_enrichments());
  std::size_t threw = 0;
  repeat_until_memory_suffices(
      1, [&] { team->reset(fresh); },
      [&] {
        ++threw;
        CHECK(team->read([](const engine::Team& state) { return state.enrichments().size(); }) == 1);
        CHECK(team->totals().counters.requests == 1);
      });
  CHECK(threw > 3);
  CHECK(team->read(is_as_opened));
}

TEST_CASE("an advance that failed without memory can be repeated, and every callback is delivered") {
  std::size_t failures = 0;
  SUBCASE("one allocation fails") { failures = 1; }
  SUBCASE("all fail from one on") { failures = ScarceMemory::kAll; }
  int received = 0;
  RunnerFixture fixture([&](const engine::DueAttempt&) -> engine::AttemptResult {
    ++received;
    return {200, "", {}};
  });
  const auto team = fixture.start_manual();
  team->request(long_lead());
  std::size_t threw = 0;
  repeat_until_memory_suffices(
      failures, [&] { team->clock().advance(1h); }, [&] { ++threw; });
  CHECK(threw > 3);
  CHECK(team->clock().settle(1h).complete);
  CHECK(received >= 1);
  CHECK(team->read([](const engine::Team& state) {
    return state.callbacks().at(0).state == engine::CallbackState::delivered && state.ledger().balance() == 249;
  }));
}

TEST_CASE("a redelivery without memory is made later, or has failed") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  team->request(long_lead());
  team->clock().advance(1h);
  repeat_until_memory_suffices(
      ScarceMemory::kAll, [&] { team->redeliver(0); }, [] {});
  CHECK(team->clock().settle(1h).complete);
  CHECK(team->read([](const engine::Team& state) { return state.callbacks().delivering_count() == 0; }));
}

TEST_CASE("a result is accepted even without memory") {
  RunnerFixture fixture{FakeDeliverer::Receiver()};
  fixture.journal.calls = 10;
  const auto team = fixture.start(with_callback({}));
  team->request(long_lead());
  fixture.time.advance(1h);
  auto [attempt, done] = fixture.deliverer.take();
  engine::AttemptResult result{500, "an error that takes more room than a short text", {}};
  base::Exchange exchange{.request_head = "POST /a-target-that-takes-more-room-than-a-short-text HTTP/1.1\r\n\r\n"};
  {
    const ScarceMemory none;
    try {
      done(std::move(result), std::move(exchange));
    } catch (const std::bad_alloc&) {  // the work after the result
    }
  }
  CHECK(team->read([](const engine::Team& state) {
    const auto& callback = state.callbacks().at(0);
    return callback.state == engine::CallbackState::retrying && callback.attempts.at(0).result.status == 500 &&
           callback.attempts.at(0).exchange == 0;
  }));
  fixture.time.advance(1h);
  std::tie(attempt, done) = fixture.deliverer.take();
  done({200, "", {}}, {});
  CHECK(state_of_first(*team) == engine::CallbackState::delivered);
}

TEST_CASE("the timer keeps running without memory, and continues once there is some") {
  RunnerFixture fixture{FakeDeliverer::Receiver()};
  const auto team = fixture.start(with_callback({}));
  team->request(long_lead());
  {
    const MemoryForThisThreadOnly ours;
    fixture.time.advance(1h);
    for (std::size_t failures = 1; failures <= 3; ++failures) {
      MemoryForThisThreadOnly::await_failures(failures);
      fixture.time.await_waiters(1);
      fixture.time.advance(runner::Timer::kRetryAfterFailure);
    }
  }
  while (fixture.deliverer.held() == 0) {
    fixture.time.advance(runner::Timer::kRetryAfterFailure);
    std::this_thread::yield();
  }
  auto [attempt, done] = fixture.deliverer.take();
  done({200, "", {}}, {});
  CHECK(state_of_first(*team) == engine::CallbackState::delivered);
}

TEST_CASE("all teams stop without memory") {
  RunnerFixture fixture;
  runner::Directory directory({fixture.time, fixture.timer, fixture.deliverer}, library_of_one(), {.secret = 1});
  const auto team = std::get<std::shared_ptr<runner::TeamRunner>>(directory.open("a"));
  {
    const ScarceMemory none;
    directory.cancel_waits();
    directory.stop();
  }
  CHECK_THROWS_AS(team->reset(team->scenario()), runner::Conflict);
}
