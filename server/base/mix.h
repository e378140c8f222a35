// Hashing: the source of everything that is random but repeatable. Pure functions.
#pragma once
#include <cstdint>
#include <string_view>

namespace enrichment_mock::base {

// A 64-bit hash of a seed and a text or a number. The same on every machine.
std::uint64_t mix(std::uint64_t seed, std::string_view text);
std::uint64_t mix(std::uint64_t seed, std::uint64_t number);

}  // namespace enrichment_mock::base
