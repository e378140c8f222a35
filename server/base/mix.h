// Mixing bits: where everything that is random but repeatable comes from. Pure functions.
#pragma once
#include <cstdint>
#include <string_view>

namespace enrichment_mock::base {

// 64 well-mixed bits of a seed and a text or a number. The same on every machine.
std::uint64_t mix(std::uint64_t seed, std::string_view text);
std::uint64_t mix(std::uint64_t seed, std::uint64_t number);

}  // namespace enrichment_mock::base
