#include "engine/rule_progress.h"

#include <algorithm>
#include <stdexcept>

#include "scenario/plan.h"

namespace enrichment_mock::engine {

namespace {

using scenario::AfterLast;
using scenario::Rule;

// Whether its step depends on the number of calls.
bool needs_count(const Rule& rule) { return rule.steps.size() > 1 || rule.after_last == AfterLast::next_rule; }

}  // namespace

std::optional<std::size_t> step_after(const Rule& rule, std::uint64_t count) {
  const auto steps = rule.steps.size();
  if (count < steps) return count;
  switch (rule.after_last) {
    case AfterLast::repeat:
      return steps - 1;
    case AfterLast::cycle:
      return count % steps;
    case AfterLast::next_rule:
      return std::nullopt;
  }
  return std::nullopt;
}

RuleProgress::RuleProgress(const scenario::Rules& rules) : rules_(&rules), progress_(rules.size()) {}

RuleProgress::RuleProgress(const scenario::Rules& rules, std::span<const std::uint64_t> followed)
    : RuleProgress(rules) {
  if (followed.size() != progress_.size())
    throw std::invalid_argument("the scenario has " + std::to_string(progress_.size()) +
                                " rules, and there are counts for " + std::to_string(followed.size()));
  for (std::size_t i = 0; i < followed.size(); ++i) progress_[i].followed = followed[i];
}

std::vector<std::uint64_t> RuleProgress::all_followed() const {
  std::vector<std::uint64_t> all;
  for (const auto& progress : progress_) all.push_back(progress.followed);
  return all;
}

std::uint64_t& RuleProgress::count_of(Progress& progress, const Rule& rule, std::string_view profile) {
  if (rule.count == scenario::CountBy::team || !needs_count(rule)) return progress.followed;
  return progress.by_profile[std::string(profile)];
}

std::optional<RuleUse> RuleProgress::follow(scenario::CallKind call, const scenario::RequestFacts& facts) {
  std::optional<RuleUse> use;
  rules_->for_each_match(call, facts, [&](std::size_t index) {
    const Rule& rule = (*rules_)[index];
    Progress& progress = progress_[index];
    std::uint64_t& count = count_of(progress, rule, facts.username);
    const auto step = step_after(rule, count);
    if (!step) return false;
    use = RuleUse{static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(*step)};
    ++progress.followed;
    if (&count != &progress.followed) ++count;
    return true;
  });
  return use;
}

std::size_t ExtraRules::clear() {
  const auto count = entries_.size();
  entries_.clear();
  return count;
}

bool ExtraRules::use_draws() const {
  return std::ranges::any_of(entries_, [](const Entry& entry) { return scenario::uses_draws(entry.rule); });
}

void ExtraRules::restore(std::uint64_t number, const std::string& profile, std::uint64_t count) {
  for (auto& entry : entries_)
    if (entry.number == number) entry.by_profile[profile] = count;
}

std::optional<ExtraRules::Followed> ExtraRules::follow(scenario::CallKind call, const scenario::RequestFacts& facts) {
  for (auto& entry : entries_) {
    if (entry.left == 0 || entry.rule.on != call || !matches(entry.rule.match, facts)) continue;
    const bool by_profile = entry.rule.count == scenario::CountBy::profile;
    std::uint64_t& count = by_profile ? entry.by_profile[std::string(facts.username)] : entry.followed;
    const auto step = step_after(entry.rule, count);
    if (!step) continue;
    --entry.left;
    ++entry.followed;
    if (by_profile) ++count;
    return Followed{entry.number, &entry.rule, &entry.rule.steps[*step], static_cast<std::uint32_t>(*step)};
  }
  return std::nullopt;
}

}  // namespace enrichment_mock::engine
