// Turns the text of a setting into its value, or into a complaint that names the flag or variable, the text and what
// was expected. A conversion returns nothing when nothing was given, and after a complaint.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/flags.h"

namespace enrichment_mock::cli {

using Problems = std::vector<std::string>;
using MaybeGiven = std::optional<Given>;

// --port: "abc" is not valid: expected a number from 0 to 65535
void complain(const Given& given, std::string_view expected, Problems& problems);

// Decimal digits only, no sign.
std::optional<std::uint64_t> to_number(const MaybeGiven& given, std::uint64_t least, std::uint64_t most,
                                       Problems& problems);

// A decimal number without sign and exponent: "10", "0.5".
std::optional<double> to_factor(const MaybeGiven& given, double least, double most, Problems& problems);

// true, 1, yes, on and their opposites; a switch given as a flag is "true".
std::optional<bool> to_bool(const MaybeGiven& given, Problems& problems);

// The place of the text among `choices`.
std::optional<std::size_t> to_choice(const MaybeGiven& given, const std::vector<std::string>& choices,
                                     Problems& problems);

// A time as scenario files write it, above zero; parts of a millisecond are rounded up.
std::optional<std::chrono::milliseconds> to_time(const MaybeGiven& given, Problems& problems);

// The parts between commas, blanks around them taken off.
std::vector<std::string> split(std::string_view text);

}  // namespace enrichment_mock::cli
