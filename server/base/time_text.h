// Durations and instants as people write them: "100ms", "1.5s", "2026-01-01T00:00:00Z".
// Team time is counted in microseconds from the Unix epoch, in UTC.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace enrichment_mock::base {

using Duration = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Duration>;

// The longest duration that people may write.
inline constexpr Duration kLongestDuration = std::chrono::days(365);

// A non-negative decimal number without leading zeros and a unit: us (no decimals), ms (up to three), s, m or h (up to
// six). Empty if the text is not a duration, or is longer than `longest`.
std::optional<Duration> parse_duration(std::string_view text, Duration longest = kLongestDuration);

// The shortest form without a leading zero that parse_duration() reads as the same duration: 1500000 us is "1.5s",
// 100000 us is "100ms".
std::string format_duration(Duration duration);

// ISO 8601 in UTC, "2026-01-01T00:00:00Z" with up to six decimals of the second. Years 1970 to 2999.
std::optional<Instant> parse_instant(std::string_view text);

// Always with milliseconds: "2026-01-01T00:00:00.000Z".
std::string format_instant(Instant instant);

// The same instant, with microseconds if it has any: "2026-01-01T00:00:00.000123Z".
std::string format_exact_instant(Instant instant);

}  // namespace enrichment_mock::base
