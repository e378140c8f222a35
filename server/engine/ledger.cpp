#include "engine/ledger.h"

#include <stdexcept>

namespace enrichment_mock::engine {

namespace {
constexpr std::int64_t kMost = std::int64_t{1} << 62;
}

Ledger::Ledger(std::int64_t opening, scenario::Instant at) : opening_(opening), balance_(opening) {
  if (opening < 0 || opening > kMost) throw std::invalid_argument("an opening balance is 0 or more");
  movements_.push_back({at, opening, opening, 0, Movement::Kind::opening});
}

bool Ledger::charge(std::uint32_t enrichment, scenario::Instant at) {
  if (balance_ == 0) return false;
  ++charged_;
  movements_.push_back({at, -1, --balance_, enrichment, Movement::Kind::charge});
  return true;
}

bool Ledger::adjust(std::int64_t amount, scenario::Instant at) {
  if (amount > kMost - balance_ || amount < -balance_) return false;
  added_ += amount;
  balance_ += amount;
  movements_.push_back({at, amount, balance_, 0, Movement::Kind::adjustment});
  return true;
}

std::string_view to_text(Movement::Kind kind) {
  switch (kind) {
    case Movement::Kind::opening:
      return "opening";
    case Movement::Kind::charge:
      return "charge";
    case Movement::Kind::adjustment:
      return "adjustment";
  }
  return "";
}

}  // namespace enrichment_mock::engine
