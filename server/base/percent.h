// Percent-encoding (RFC 3986, section 2.1). Pure functions.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace enrichment_mock::base {

// Of a hexadecimal digit in either letter case; -1 for any other character.
int hex_value(char c);

// Whether text[at] begins a whole escape: a percent sign and two hexadecimal digits.
bool is_escape(std::string_view text, std::size_t at);

// Every whole escape replaced by its byte, once; a percent sign of any other kind stays.
std::string percent_decoded(std::string_view text);

}  // namespace enrichment_mock::base
