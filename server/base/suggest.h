// "Did you mean …?"
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace enrichment_mock::base {

// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// How many edits a typing error makes in a word of that length. Two edits turn a word of two letters into any other.
constexpr std::size_t likely_edits(std::string_view word) { return word.size() < 4 ? 1 : 2; }

// The candidate nearest to `word`, if it is at most `max_edits` away; of several, the first.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates,
                                        std::size_t max_edits = 2);

}  // namespace enrichment_mock::base
