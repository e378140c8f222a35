// "Did you mean …?"
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace enrichment_mock::base {

// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// How many edits a slip of the finger makes in a word of that length: of two letters, two would make any other word.
constexpr std::size_t likely_edits(std::string_view word) { return word.size() < 4 ? 1 : 2; }

// The candidate nearest to `word`, if it is within `most` edits; the first of equals.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates,
                                        std::size_t most = 2);

}  // namespace enrichment_mock::base
