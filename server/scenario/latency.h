// Durations that vary like the latencies of a real service: half are at most the median, 99 % are at most `p99`, and
// none is longer than `max`. In between they are distributed log-normally, so a few take much longer than most. All
// arithmetic is on whole numbers, because exp() and log() of different platforms differ in the last digits: a draw is
// the same everywhere.
#pragma once
#include <cstdint>
#include <variant>

#include "base/time_text.h"

namespace enrichment_mock::scenario {

using base::Duration;

// 0 < median <= p99 <= max. If all three are equal, every draw is that duration.
struct Latency {
  Duration median{0}, p99{0}, max{0};

  friend bool operator==(const Latency&, const Latency&) = default;
};

// A duration of a scenario: always the same, or drawn for each use.
using DurationChoice = std::variant<Duration, Latency>;

inline bool varies(const DurationChoice& choice) { return std::holds_alternative<Latency>(choice); }

// The duration that is exceeded with the probability `random` / 2^64, or `max` if that is shorter. So a random number
// makes a random duration, and 2^63 makes the median. The probability is exact to about 0.1 %; one below 2^-17 counts
// as 2^-17, and one above 1 - 2^-17 as that.
Duration quantile(const Latency& latency, std::uint64_t random);

}  // namespace enrichment_mock::scenario
