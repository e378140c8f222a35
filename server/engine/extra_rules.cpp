#include "engine/extra_rules.h"

#include "engine/rule_book.h"

namespace enrichment_mock::engine {

std::size_t ExtraRules::clear() {
  const auto count = entries_.size();
  entries_.clear();
  return count;
}

std::optional<ExtraRules::Followed> ExtraRules::follow(scenario::Event event, const scenario::RequestFacts& facts) {
  for (auto& entry : entries_) {
    if (entry.left == 0 || entry.rule.on != event || !matches(entry.rule.match, facts)) continue;
    const auto step = step_after(entry.rule, entry.followed);
    if (!step) continue;
    --entry.left;
    ++entry.followed;
    return Followed{&entry.rule, &entry.rule.steps[*step], static_cast<std::uint32_t>(*step)};
  }
  return std::nullopt;
}

}  // namespace enrichment_mock::engine
