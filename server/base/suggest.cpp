#include "base/suggest.h"

#include <algorithm>
#include <vector>

namespace enrichment_mock::base {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows of the usual table: distances between the first i bytes of a and each prefix of b, for i, i - 1 and i - 2.
  std::vector<std::size_t> two_back, previous, row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    two_back = std::move(previous);
    previous = std::move(row);
    row.assign(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, substituted});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_back[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates,
                                        std::size_t max_edits) {
  std::optional<std::string_view> best;
  auto best_distance = max_edits + 1;
  for (const auto candidate : candidates) {
    // If the lengths differ too much, no table is needed: the word may have a megabyte.
    const auto shorter = std::min(word.size(), candidate.size());
    if (std::max(word.size(), candidate.size()) - shorter >= best_distance) continue;
    const auto distance = edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

}  // namespace enrichment_mock::base
