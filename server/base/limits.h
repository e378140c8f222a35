// Limits of values that can be set in more than one way: by a flag, in a scenario file, by an option of the library.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace enrichment_mock::base {

inline constexpr double kMinTimeScale = 0.001, kMaxTimeScale = 1'000'000;  // how many times as fast a clock runs

// Of a balance that a flag or a scenario file gives a team. Control calls have a limit of their own.
inline constexpr std::int64_t kMaxCredits = 1'000'000'000'000;

// The years of team time, which instants are written in, and which no team's clock is moved past.
inline constexpr int kFirstYear = 1970, kLastYear = 2999;
inline constexpr std::chrono::sys_time<std::chrono::microseconds> kLastInstant =
    std::chrono::sys_days(std::chrono::year(kLastYear) / 12 / 31) + std::chrono::days(1) - std::chrono::microseconds(1);

// What an expectation counts up to.
inline constexpr std::uint64_t kMaxExpectedCount = 1'000'000'000'000;

inline constexpr std::size_t kKilobyte = 1024, kMegabyte = 1024 * kKilobyte, kGigabyte = 1024 * kMegabyte;

// What the journal and lists keep of a body; the rest is cut off.
inline constexpr std::size_t kMaxKeptBody = 64 * kKilobyte;

// What the journal takes at most: of a team, and of all teams together.
inline constexpr std::size_t kJournalBytes = 16 * kMegabyte, kJournalTotalBytes = 256 * kMegabyte;
inline constexpr std::size_t kMinJournalBytes = 256 * kKilobyte;  // so that the largest call has room

}  // namespace enrichment_mock::base
