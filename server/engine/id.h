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

// 24 hex digits of either case; anything else is no id.
std::optional<EnrichmentId> parse_id(std::string_view text);

// Makes one team's ids. Without a seed: seconds of team time, five bytes that nobody can guess, and a counter. With a
// seed they hash seed, team and counter, so that the n-th id of a team is the same in every run, whatever the clock.
class IdSource {
 public:
  // `secret` is drawn once per process; it keeps unseeded ids apart across restarts and teams.
  IdSource(std::optional<std::uint64_t> seed, std::string_view team, std::uint64_t secret);
  EnrichmentId next(base::Instant now);

  // Which of the ids made so far an id may be: this count (from 0), or that plus any number of periods.
  // So a store that keeps what it made ids for in order needs no index.
  std::uint64_t count_in(const EnrichmentId& id) const;
  std::uint64_t period() const;

 private:
  bool seeded_;
  std::uint64_t base_;
  std::uint64_t count_ = 0;
};

}  // namespace enrichment_mock::engine
