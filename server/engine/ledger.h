// A team's credits: all movements in order, and the balance. At every moment: opening + added − charged = balance, and
// the balance is not negative. Each completed enrichment is charged 1 credit (documented: nothing else costs credits).
// If recording a movement throws, nothing has changed. Forgotten movements are replaced by one that carries their sum
// forward, so that the listed movements still add up.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/words.h"
#include "engine/id.h"
#include "engine/record_store.h"

namespace enrichment_mock::engine {

struct Movement {
  enum class Kind : unsigned char { opening, charge, adjustment, carried };
  base::Instant at{};
  std::int64_t amount = 0;   // negative for a charge
  std::int64_t balance = 0;  // after the movement
  EnrichmentId enrichment;   // charges only
  Kind kind = Kind::opening;
};

inline constexpr auto kMovementWords = base::words<Movement::Kind>({{Movement::Kind::opening, "opening"},
                                                                    {Movement::Kind::charge, "charge"},
                                                                    {Movement::Kind::adjustment, "adjustment"},
                                                                    {Movement::Kind::carried, "carried-forward"}});
constexpr std::string_view to_text(Movement::Kind kind) { return kMovementWords.text(kind); }

class Ledger {
 public:
  // `opening` must not be negative.
  Ledger(std::int64_t opening, base::Instant at);

  // Everything except the movements, which follow with restore().
  struct State {
    std::int64_t opening = 0, added = 0, charged = 0;
    std::uint64_t forgotten = 0;

    friend bool operator==(const State&, const State&) = default;
  };
  explicit Ledger(const State& state);
  State state() const { return {opening_, added_, charged_, forgotten_}; }
  void restore(const Movement& movement) { movements_.push_back(movement); }

  // Takes one credit. False, and nothing is recorded, if there is none.
  bool charge(const EnrichmentId& enrichment, base::Instant at);

  // Adds credits, or removes them if `amount` is negative. False, and nothing is recorded, if the balance would leave
  // the range 0 … 2^62.
  bool adjust(std::int64_t amount, base::Instant at);

  std::int64_t balance() const { return balance_; }
  std::int64_t opening() const { return opening_; }
  std::int64_t added() const { return added_; }      // sum of the adjustments
  std::int64_t charged() const { return charged_; }  // number of charges
  const base::Queue<Movement>& movements() const { return movements_; }
  std::uint64_t forgotten() const { return forgotten_; }  // number of movements before these

  // Forgets the movements that exceed the bounds of `keep`.
  void forget(const Retention& keep, base::Instant now);

 private:
  std::int64_t opening_, balance_, added_ = 0, charged_ = 0;
  base::Queue<Movement> movements_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace enrichment_mock::engine
