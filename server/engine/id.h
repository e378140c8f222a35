// Generates the ids of enrichments.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time_text.h"
#include "scenario/request.h"

namespace enrichment_mock::engine {

using scenario::EnrichmentId;
using scenario::parse_id;
using scenario::to_text;

// Generates one team's ids. Without a seed an id consists of the seconds of team time, five unpredictable bytes and a
// counter. With a seed it is a hash of seed, team and counter, so that the n-th id of a team is the same in every run.
class IdSource {
 public:
  // `secret` is random, one per process. It makes ids without a seed differ between restarts and teams. `before`: the
  // number of ids that are generated before the counter is 0, so that they do not change the ids that follow.
  IdSource(std::optional<std::uint64_t> seed, std::string_view team, std::uint64_t secret, std::uint64_t before = 0);

  // Everything that the next ids depend on.
  struct State {
    bool seeded = false;
    std::uint64_t base = 0;
    std::uint64_t before = 0;
    std::uint64_t count = 0;  // of the next id

    friend bool operator==(const State&, const State&) = default;
  };
  explicit IdSource(const State& state) : state_(state) {}
  const State& state() const { return state_; }

  EnrichmentId next(base::Instant now);

  // Which id it may be: the n-th generated id (from 0), or n plus a multiple of period(). So a store that keeps its
  // records in order can find one by id without an index.
  std::uint64_t count_in(const EnrichmentId& id) const;
  std::uint64_t period() const;

 private:
  State state_;
};

}  // namespace enrichment_mock::engine
