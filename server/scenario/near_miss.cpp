#include "scenario/near_miss.h"

#include <utility>

#include "scenario/template.h"

namespace enrichment_mock::scenario {

namespace {

// The parts of a match, one after the other.
class Parts {
 public:
  void pattern(const char* name, const std::optional<std::string>& pattern, std::optional<std::string_view> text) {
    if (!pattern) return;
    const bool fits = text && fits_pattern(*pattern, *text);
    const std::string found = text ? '"' + std::string(*text) + '"' : "none";
    note(fits, std::string(name) + ": expected \"" + *pattern + "\", found " + found);
  }
  void note(bool fits, std::string difference) {
    if (fits)
      ++fitting;
    else
      differs.push_back(std::move(difference));
  }

  std::size_t fitting = 0;
  std::vector<std::string> differs;
};

Parts compare(const Match& match, const RequestFacts& facts) {
  const auto yes_or_no = [](bool value) { return value ? "true" : "false"; };
  Parts parts;
  parts.pattern("username", match.username, facts.username);
  if (match.type)
    parts.note(*match.type == facts.type,
               "type: expected " + std::string(to_text(*match.type)) + ", found " + std::string(to_text(facts.type)));
  parts.pattern("external_id", match.external_id, facts.external_id);
  if (match.has_callback)
    parts.note(*match.has_callback == facts.has_callback, std::string("has_callback: expected ") +
                                                              yes_or_no(*match.has_callback) + ", found " +
                                                              yes_or_no(facts.has_callback));
  if (match.team)
    parts.note(*match.team == facts.team,
               "team: expected \"" + *match.team + "\", found \"" + std::string(facts.team) + '"');
  return parts;
}

}  // namespace

std::optional<NearMiss> near_miss(std::span<const Rule> before, const Rules& rules, Event event,
                                  const RequestFacts& facts) {
  std::optional<NearMiss> best;
  bool one_fits = false;
  const auto look_at = [&](const Rule& rule) {
    if (rule.on != event || one_fits) return;
    auto parts = compare(rule.match, facts);
    one_fits = parts.differs.empty();
    if (parts.fitting == 0 || (best && best->differs.size() <= parts.differs.size())) return;
    best = NearMiss{rule.name, std::move(parts.differs)};
  };
  for (const auto& rule : before) look_at(rule);
  for (const auto& rule : rules) look_at(rule);
  return one_fits ? std::nullopt : best;
}

}  // namespace enrichment_mock::scenario
