// A team's credits: every movement in order, and the balance that they add up to.
// Promises, at every moment: opening + added − charged = balance; balance is never negative; one charge of 1 credit per
// completed enrichment (documented: a completed lookup costs 1, nothing else does). If recording a movement throws,
// nothing has happened. Movements that are forgotten leave
// one in their place that carries their sum forward, so that those that are listed still add up.
#pragma once
#include <cstdint>
#include <deque>
#include <string_view>

#include "base/words.h"
#include "engine/id.h"
#include "engine/record_store.h"

namespace enrichment_mock::engine {

struct Movement {
  enum class Kind : unsigned char { opening, charge, adjustment, carried };
  base::Instant at{};
  std::int64_t amount = 0;   // negative for a charge
  std::int64_t balance = 0;  // after it
  EnrichmentId enrichment;   // of a charge
  Kind kind = Kind::opening;
};

inline constexpr auto kMovementWords = base::words<Movement::Kind>({{Movement::Kind::opening, "opening"},
                                                                    {Movement::Kind::charge, "charge"},
                                                                    {Movement::Kind::adjustment, "adjustment"},
                                                                    {Movement::Kind::carried, "carried-forward"}});
constexpr std::string_view to_text(Movement::Kind kind) { return kMovementWords.text(kind); }

class Ledger {
 public:
  // `opening` is not negative.
  Ledger(std::int64_t opening, base::Instant at);

  // Takes one credit; false, and nothing is recorded, when there is none.
  bool charge(const EnrichmentId& enrichment, base::Instant at);

  // Adds credits, or takes some away; false, and nothing is recorded, when the balance would leave 0 … 2^62.
  bool adjust(std::int64_t amount, base::Instant at);

  std::int64_t balance() const { return balance_; }
  std::int64_t opening() const { return opening_; }
  std::int64_t added() const { return added_; }      // sum of the adjustments
  std::int64_t charged() const { return charged_; }  // number of charges
  const std::deque<Movement>& movements() const { return movements_; }
  std::uint64_t forgotten() const { return forgotten_; }  // how many there were before these

  // Forgets movements past those bounds.
  void forget(const Retention& keep, base::Instant now);

 private:
  std::int64_t opening_, balance_, added_ = 0, charged_ = 0;
  std::deque<Movement> movements_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace enrichment_mock::engine
