#include "engine/ledger.h"

#include <doctest/doctest.h>
#include <limits>

using namespace enrichment_mock::engine;

namespace {
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
  CHECK(ledger.charge(7, {}));
  CHECK(ledger.balance() == 1);
  CHECK(ledger.movements().back().enrichment == 7);
  CHECK(ledger.movements().back().kind == Movement::Kind::charge);
  check_sums(ledger);
}

TEST_CASE("an empty ledger refuses a charge and records nothing") {
  Ledger ledger(1, {});
  CHECK(ledger.charge(0, {}));
  CHECK_FALSE(ledger.charge(1, {}));
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
