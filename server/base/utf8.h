// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF. Pure functions.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace enrichment_mock::base {

// Takes the first code point off a text that is not empty; nothing, and the text stays, if it does not begin with one.
std::optional<char32_t> take_code_point(std::string_view& text);

// Where the text stops being UTF-8, if it does.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

// Of valid UTF-8.
std::size_t count_code_points(std::string_view text);

}  // namespace enrichment_mock::base
