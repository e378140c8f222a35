// Limits of values that can be set in more than one way: by a flag, in a scenario file, by an option of the library.
#pragma once
#include <cstdint>

namespace enrichment_mock::base {

inline constexpr double kLeastTimeScale = 0.001, kMostTimeScale = 1'000'000;  // how many times as fast a clock runs

// Of a balance that a flag or a scenario file gives a team. Control calls have a limit of their own.
inline constexpr std::int64_t kMostCredits = 1'000'000'000'000;

// What an expectation counts up to.
inline constexpr std::uint64_t kMostCounted = 1'000'000'000'000;

}  // namespace enrichment_mock::base
