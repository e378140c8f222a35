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
  EnrichmentId next(base::Instant now);

  // Which id it may be: the n-th generated id (from 0), or n plus a multiple of period(). So a store that keeps its
  // records in order can find one by id without an index.
  std::uint64_t count_in(const EnrichmentId& id) const;
  std::uint64_t period() const;

 private:
  bool seeded_;
  std::uint64_t base_;
  std::uint64_t before_;
  std::uint64_t count_;  // of the next id
};

}  // namespace enrichment_mock::engine
