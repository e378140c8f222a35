#include "engine/ledger.h"

#include <stdexcept>

namespace enrichment_mock::engine {

namespace {
constexpr std::int64_t kMax = std::int64_t{1} << 62;
}

Ledger::Ledger(std::int64_t opening, base::Instant at) : opening_(opening), balance_(opening) {
  if (opening < 0 || opening > kMax) throw std::invalid_argument("an opening balance is 0 or more");
  movements_.push_back({at, opening, opening, {}, Movement::Kind::opening});
}

Ledger::Ledger(const State& state)
    : opening_(state.opening),
      balance_(state.opening + state.added - state.charged),
      added_(state.added),
      charged_(state.charged),
      forgotten_(state.forgotten) {}

bool Ledger::charge(const EnrichmentId& enrichment, base::Instant at) {
  if (balance_ == 0) return false;
  movements_.push_back({at, -1, balance_ - 1, enrichment, Movement::Kind::charge});
  ++charged_;
  --balance_;
  return true;
}

bool Ledger::adjust(std::int64_t amount, base::Instant at) {
  if (amount > kMax - balance_ || amount < -balance_) return false;
  movements_.push_back({at, amount, balance_ + amount, {}, Movement::Kind::adjustment});
  added_ += amount;
  balance_ += amount;
  return true;
}

void Ledger::forget(const Retention& keep, base::Instant now) {
  while (movements_.size() > 1 && (movements_.size() > keep.max_count || is_too_old(keep, movements_[1].at, now))) {
    movements_.pop_front();
    ++forgotten_;
    Movement& first = movements_.front();
    first = {first.at, first.balance, first.balance, {}, Movement::Kind::carried};
  }
}

}  // namespace enrichment_mock::engine
