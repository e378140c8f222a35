// What the reader and the writer leave to nlohmann/json. No other file of the server includes it: each that does takes
// seconds more to compile.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace enrichment_mock::json_text {

// A text in quotes, escaped; bytes that are no UTF-8 are replaced by U+FFFD.
std::string quoted(std::string_view text);

// The same in ASCII: every other character is escaped.
std::string quoted_in_ascii(std::string_view text);

// The shortest text that is read as this number again.
std::string number_text(double number);

// A number of JSON, as near as a double gets; nothing, if it is past the range of a double.
std::optional<double> nearest_double(std::string_view number);

// What is wrong with a text that is no JSON, in the library's own words: "parse error at line 1, column 2: …". Empty,
// if nothing is.
std::string syntax_error_of(std::string_view text);

}  // namespace enrichment_mock::json_text
