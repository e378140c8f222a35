#include "scenario/match.h"

namespace enrichment_mock::scenario {

bool fits_pattern(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, retry = 0;  // the last `*`, and where the text goes on after it
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool matches(const Match& match, const RequestFacts& facts) {
  if (match.username && !fits_pattern(*match.username, facts.username)) return false;
  if (match.type && *match.type != facts.type) return false;
  if (match.external_id && !(facts.external_id && fits_pattern(*match.external_id, *facts.external_id))) return false;
  if (match.has_callback && *match.has_callback != facts.has_callback) return false;
  return !match.team || *match.team == facts.team;
}

}  // namespace enrichment_mock::scenario
