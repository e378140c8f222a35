#include "engine/ledger.h"

#include <doctest/doctest.h>
#include <limits>

using namespace enrichment_mock;
using namespace enrichment_mock::engine;
namespace base = enrichment_mock::base;

namespace {

EnrichmentId id(std::uint8_t number) { return {{number}}; }

void check_sums(const Ledger& ledger) {
  CHECK(ledger.opening() + ledger.added() - ledger.charged() == ledger.balance());
  std::int64_t sum = 0;
  for (const auto& movement : ledger.movements()) {
    sum += movement.amount;
    CHECK(movement.balance == sum);
    CHECK(movement.balance >= 0);
  }
  CHECK(sum == ledger.balance());
}
}  // namespace

TEST_CASE("a charge takes one credit and records which enrichment it was for") {
  Ledger ledger(2, {});
  CHECK(ledger.charge(id(7), {}));
  CHECK(ledger.balance() == 1);
  CHECK(ledger.movements().back().enrichment == id(7));
  CHECK(ledger.movements().back().kind == Movement::Kind::charge);
  check_sums(ledger);
}

TEST_CASE("an empty ledger refuses a charge and records nothing") {
  Ledger ledger(1, {});
  CHECK(ledger.charge(id(0), {}));
  CHECK_FALSE(ledger.charge(id(1), {}));
  CHECK(ledger.balance() == 0);
  CHECK(ledger.movements().size() == 2);
  check_sums(ledger);
}

TEST_CASE("adjustments add and take away, but never below zero or past what can be counted") {
  Ledger ledger(5, {});
  CHECK(ledger.adjust(10, {}));
  CHECK(ledger.adjust(-15, {}));
  CHECK_FALSE(ledger.adjust(-1, {}));
  CHECK_FALSE(ledger.adjust(std::numeric_limits<std::int64_t>::max(), {}));
  CHECK_FALSE(ledger.adjust(std::numeric_limits<std::int64_t>::min(), {}));
  CHECK(ledger.balance() == 0);
  CHECK(ledger.added() == -5);
  check_sums(ledger);
}

TEST_CASE("a negative opening balance is refused") { CHECK_THROWS_AS(Ledger(-1, {}), std::invalid_argument); }

TEST_CASE("removed movements leave one movement with their sum") {
  using namespace std::chrono_literals;
  const base::Instant start{};
  Ledger ledger(100, start);
  for (std::uint8_t i = 0; i < 5; ++i) CHECK(ledger.charge(id(i), start + i * 1s));
  ledger.adjust(10, start + 5s);
  ledger.forget({.max_count = 3}, start + 5s);
  CHECK(ledger.forgotten() == 4);
  REQUIRE(ledger.movements().size() == 3);
  const auto& first = ledger.movements().front();
  CHECK(to_text(first.kind) == "carried-forward");
  CHECK(first.at == start + 3s);
  CHECK(first.amount == 96);
  CHECK(ledger.movements()[1].enrichment == id(4));
  check_sums(ledger);
  // By age: the last one stays at any age, because it has the balance.
  ledger.forget({.max_age = 1s}, start + 6s);
  CHECK(ledger.movements().size() == 2);
  ledger.forget({.max_age = 1s}, start + 1h);
  CHECK(ledger.movements().size() == 1);
  CHECK(ledger.movements().front().balance == 105);
  CHECK(ledger.charged() == 5);
  CHECK(ledger.added() == 10);
  check_sums(ledger);
}
