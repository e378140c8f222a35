// Limits of values that can be set in several ways: by a flag, in a scenario file, by an option of the library.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace enrichment_mock::base {

inline constexpr double kMinTimeScale = 0.001, kMaxTimeScale = 1'000'000;  // how many times as fast a clock runs

// The highest opening balance that a flag or a scenario file can give a team. Control calls have their own limit.
inline constexpr std::int64_t kMaxCredits = 1'000'000'000'000;

// The years that an instant can be written in. No team clock can be moved past the last one.
inline constexpr int kFirstYear = 1970, kLastYear = 2999;
inline constexpr std::chrono::sys_time<std::chrono::microseconds> kLastInstant =
    std::chrono::sys_days(std::chrono::year(kLastYear) / 12 / 31) + std::chrono::days(1) - std::chrono::microseconds(1);

// The highest count that an expectation can state.
inline constexpr std::uint64_t kMaxExpectedCount = 1'000'000'000'000;

inline constexpr std::size_t kKilobyte = 1024, kMegabyte = 1024 * kKilobyte, kGigabyte = 1024 * kMegabyte;

// What the journal and lists keep of a body; the rest is cut off.
inline constexpr std::size_t kMaxKeptBody = 64 * kKilobyte;

// What is kept of a receiver's response to a callback: of its body and of its headers.
inline constexpr std::size_t kMaxKeptResponse = 2 * kKilobyte, kMaxKeptHeaders = 16 * kKilobyte;

// Bytes of a snapshot that a team can continue with.
inline constexpr std::size_t kMaxSnapshot = 512 * kMegabyte;

// How much memory journals use at most: the journal of one team, and all journals together.
inline constexpr std::size_t kJournalBytes = 16 * kMegabyte, kJournalTotalBytes = 256 * kMegabyte;
inline constexpr std::size_t kMinJournalBytes = 256 * kKilobyte;  // so that the largest call has room

// What the sink keeps at most: lists (one for each name and team), requests in each list, and their memory together.
inline constexpr std::size_t kMaxSinkLists = 10'000, kMaxSinkRequests = 10'000, kSinkBytes = 64 * kMegabyte;
inline constexpr std::size_t kMaxSinkName = 64;       // characters
inline constexpr std::size_t kMaxSinkStatuses = 100;  // of one script

}  // namespace enrichment_mock::base
