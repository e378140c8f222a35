// Turns the text of a setting into its value, or into a complaint that names the flag or variable, the text and what
// was expected. A conversion returns nothing when nothing was given, and after a complaint.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/flags.h"

namespace enrichment_mock::app {

using Problems = std::vector<std::string>;
using MaybeGiven = std::optional<Given>;

// --port: "abc" is not valid: expected a number from 0 to 65535
void complain(const Given& given, std::string_view expected, Problems& problems);

// Decimal digits only, no sign.
std::optional<std::uint64_t> to_number(const MaybeGiven& given, std::uint64_t least, std::uint64_t most,
                                       Problems& problems);

// A decimal number without sign and exponent: "10", "0.5".
std::optional<double> to_factor(const MaybeGiven& given, double least, double most, Problems& problems);

// As scenario files write it: "500ms", "10m".
std::optional<std::chrono::microseconds> to_duration(const MaybeGiven& given, Problems& problems);

// true, 1, yes, on and their opposites; a switch given as a flag is "true".
std::optional<bool> to_bool(const MaybeGiven& given, Problems& problems);

// The place of the text among `choices`.
std::optional<std::size_t> to_choice(const MaybeGiven& given, const std::vector<std::string>& choices,
                                     Problems& problems);

// An address or a name to listen on, without scheme and port. IPv6 may stand in brackets, which are taken off.
std::optional<std::string> to_host(const MaybeGiven& given, Problems& problems);

// http:// or https:// with a host and at most a port behind it, no path; a slash at the end is taken off.
std::optional<std::string> to_base_url(const MaybeGiven& given, Problems& problems);

// What callbacks may reach, parts between commas: a host, an address, a CIDR range, or "all".
std::vector<std::string> to_targets(const Given& given, Problems& problems);

// Visible ASCII, as a header can carry it.
std::optional<std::string> to_token(const MaybeGiven& given, Problems& problems);

// A file that can be read and holds a PEM certificate.
std::optional<std::string> to_certificates(const MaybeGiven& given, Problems& problems);

// The parts between commas, blanks around them taken off.
std::vector<std::string> split(std::string_view text);

}  // namespace enrichment_mock::app
