#include "scenario/plan.h"

#include <algorithm>

#include "scenario/draw.h"
#include "scenario/match.h"
#include "scenario/template.h"

namespace enrichment_mock::scenario {

namespace {

// What the profile of that name says of that type of email; null when it says nothing.
const std::optional<std::string>* profile_entry(const Scenario& scenario, const RequestFacts& facts) {
  const auto found = scenario.profiles.find(facts.username);
  if (found == scenario.profiles.end()) return nullptr;
  const auto& entry = facts.type == EmailType::work ? found->second.work : found->second.personal;
  return entry ? &*entry : nullptr;
}

Lasting with_jitter(const Lasting& lasting, Duration jitter) {
  const auto* timed = std::get_if<Duration>(&lasting);
  return timed ? Lasting(*timed + jitter) : lasting;
}

bool draws(const Duration& jitter, const OutcomeChoice& outcome) {
  return jitter > Duration::zero() || std::holds_alternative<OutcomeWeights>(outcome);
}

}  // namespace

LookupPlan plan_lookup(const Scenario& scenario, const Step* step, const RequestFacts& facts, std::uint64_t seed,
                       std::uint64_t n) {
  static const LookupChanges kNone;
  const LookupChanges& changes = step ? step->lookup : kNone;
  const Lookup& defaults = scenario.lookup;
  const Draws draws(seed, facts.username, facts.type, n);
  const auto* known = profile_entry(scenario, facts);

  LookupPlan plan;
  const Duration jitter = changes.jitter.value_or(defaults.jitter);
  plan.pending = with_jitter(changes.pending.value_or(defaults.pending), draws.pending_jitter(jitter));
  plan.processing = with_jitter(changes.processing.value_or(defaults.processing), draws.processing_jitter(jitter));
  if (changes.outcome)
    plan.outcome = draws.outcome(*changes.outcome);
  else if (known)
    plan.outcome = *known ? Outcome::completed : Outcome::not_found;
  else
    plan.outcome = draws.outcome(defaults.outcome);
  if (changes.email)
    plan.email = expand_email(*changes.email, facts.username, facts.type);
  else if (known && *known)
    plan.email = **known;
  else
    plan.email = expand_email(defaults.email, facts.username, facts.type);
  return plan;
}

bool uses_draws(const Rule& rule) {
  return std::ranges::any_of(rule.steps, [](const Step& step) {
    return draws(step.lookup.jitter.value_or(Duration::zero()), step.lookup.outcome.value_or(Outcome::completed));
  });
}

bool uses_draws(const Scenario& scenario) {
  return draws(scenario.lookup.jitter, scenario.lookup.outcome) ||
         std::ranges::any_of(scenario.rules, [](const Rule& rule) { return uses_draws(rule); });
}

}  // namespace enrichment_mock::scenario
