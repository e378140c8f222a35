// The functions of nlohmann/json that the reader and the writer use. No other file of the server includes that library,
// because each file that does so takes seconds longer to compile.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace enrichment_mock::json_text {

// The text as a JSON string, in quotes and escaped. Bytes that are not UTF-8 are replaced by U+FFFD.
std::string quoted(std::string_view text);

// The same in ASCII: all other characters are escaped.
std::string quoted_in_ascii(std::string_view text);

// The shortest text that is read back as the same number.
std::string number_text(double number);

// The double nearest to a JSON number. Empty if the number is out of range.
std::optional<double> nearest_double(std::string_view number);

// The library's message for a text that is not JSON: "parse error at line 1, column 2: …". Empty if the text is JSON.
std::string syntax_error_of(std::string_view text);

}  // namespace enrichment_mock::json_text
