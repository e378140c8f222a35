#include "engine/extra_rules.h"

#include <algorithm>

#include "engine/rule_book.h"
#include "scenario/plan.h"

namespace enrichment_mock::engine {

std::size_t ExtraRules::clear() {
  const auto count = entries_.size();
  entries_.clear();
  return count;
}

bool ExtraRules::use_draws() const {
  return std::ranges::any_of(entries_, [](const Entry& entry) { return scenario::uses_draws(entry.rule); });
}

std::optional<ExtraRules::Followed> ExtraRules::follow(scenario::Event event, const scenario::RequestFacts& facts) {
  for (auto& entry : entries_) {
    if (entry.left == 0 || entry.rule.on != event || !matches(entry.rule.match, facts)) continue;
    const bool by_profile = entry.rule.count == scenario::Counter::profile;
    std::uint64_t& count = by_profile ? entry.by_profile[std::string(facts.username)] : entry.followed;
    const auto step = step_after(entry.rule, count);
    if (!step) continue;
    --entry.left;
    ++entry.followed;
    if (by_profile) ++count;
    return Followed{&entry.rule, &entry.rule.steps[*step], static_cast<std::uint32_t>(*step)};
  }
  return std::nullopt;
}

}  // namespace enrichment_mock::engine
