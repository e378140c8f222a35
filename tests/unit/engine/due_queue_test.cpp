#include "engine/due_queue.h"

#include <doctest/doctest.h>
#include <random>
#include <set>
#include <tuple>

#include "support/scarce_memory.h"

using enrichment_mock::base::Duration;
using enrichment_mock::base::Instant;
using enrichment_mock::engine::Due;
using enrichment_mock::engine::DueQueue;
using enrichment_mock::support::ScarceMemory;

namespace {

using Order = std::tuple<Instant, std::uint64_t, std::uint64_t>;

Order order_of(const Due& due) { return {due.at, due.creation, due.number}; }

Due due_at(int milliseconds, std::uint64_t creation) {
  return {Instant(Duration(milliseconds)), creation, 1000 - creation % 1000};
}

}  // namespace

TEST_CASE("due times come in order, whatever the order in which they were added") {
  std::mt19937 random(2026);  // NOLINT: the same in each run
  // Up to that many sequences of times, and a part of the times that belongs to none.
  for (const unsigned sequences : {1U, 2U, 4U, 9U})
    for (const unsigned scattered : {0U, 10U, 100U}) {
      CAPTURE(sequences);
      CAPTURE(scattered);
      DueQueue queue;
      std::set<Order> expected;
      for (int now = 0; now < 6000; ++now) {
        const bool grows = now / 1000 % 2 == 0;
        if (grows || random() % 3 == 0) {
          const auto wait = random() % 100 < scattered ? random() % 5000 : random() % sequences * 700;
          const auto due = due_at(now + static_cast<int>(wait), static_cast<std::uint64_t>(now));
          queue.push(due);
          expected.insert(order_of(due));
        }
        if ((!grows || random() % 4 == 0) && !expected.empty()) {
          REQUIRE(order_of(queue.top()) == *expected.begin());
          queue.pop();
          expected.erase(expected.begin());
        }
        REQUIRE(queue.empty() == expected.empty());
      }
      for (const auto& each : expected) {
        REQUIRE(order_of(queue.top()) == each);
        queue.pop();
      }
      CHECK(queue.empty());
    }
}

TEST_CASE("of entries with the same time the one that was created first comes first") {
  DueQueue queue;
  for (std::uint64_t n = 0; n < 100; ++n) queue.push(due_at(5, n * 37 % 100));
  for (std::uint64_t n = 0; n < 100; ++n) {
    CHECK(queue.top().creation == n);
    queue.pop();
  }
}

TEST_CASE("entries for which memory was reserved are added even if there is no memory") {
  constexpr std::uint64_t kMany = 200;
  DueQueue queue;
  for (std::uint64_t n = 0; n < kMany; ++n) queue.push(due_at(static_cast<int>(n), n));
  queue.reserve_more(kMany);
  {
    const ScarceMemory none;
    for (std::uint64_t n = 0; n < kMany; ++n) queue.push(due_at(static_cast<int>(n), kMany + n));
  }
  for (std::uint64_t n = 0; n < kMany; ++n) {
    CHECK(queue.top().creation == n);
    queue.pop();
    CHECK(queue.top().creation == kMany + n);
    queue.pop();
  }
  CHECK(queue.empty());
}
