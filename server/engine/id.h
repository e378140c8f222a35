// The `_id` of an enrichment: 24 hex digits like a MongoDB ObjectId (our decision).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time_text.h"

namespace enrichment_mock::engine {

struct EnrichmentId {
  std::array<std::uint8_t, 12> bytes{};
  friend auto operator<=>(const EnrichmentId&, const EnrichmentId&) = default;
};

std::string to_text(const EnrichmentId& id);  // lower-case hex

// Reads 24 hex digits of either case. Empty if the text is anything else.
std::optional<EnrichmentId> parse_id(std::string_view text);

// Generates one team's ids. Without a seed an id consists of the seconds of team time, five unpredictable bytes and a
// counter. With a seed it is a hash of seed, team and counter, so that the n-th id of a team is the same in every run.
class IdSource {
 public:
  // `secret` is random, one per process. It makes ids without a seed differ between restarts and teams.
  IdSource(std::optional<std::uint64_t> seed, std::string_view team, std::uint64_t secret);
  EnrichmentId next(base::Instant now);

  // The counter in an id: the id may be the n-th generated id (from 0), or n plus a multiple of period(). So a store
  // that keeps its records in order can find one by id without an index.
  std::uint64_t count_in(const EnrichmentId& id) const;
  std::uint64_t period() const;

 private:
  bool seeded_;
  std::uint64_t base_;
  std::uint64_t count_ = 0;
};

}  // namespace enrichment_mock::engine
