// What a test does to a team by hand.
#include <utility>

#include "engine/team.h"

namespace enrichment_mock::engine {

Team::Forced Team::force(Instant now, const EnrichmentId& id, scenario::Outcome outcome,
                         std::optional<std::string> email) {
  Enrichment* enrichment = enrichments_.find(id);
  if (!enrichment) return Forced::unknown_id;
  if (is_resolved(enrichment->status)) return Forced::resolved_already;
  const bool completes = outcome == scenario::Outcome::completed;
  if (completes && ledger_.balance() < 1) return Forced::no_credits;
  enrichment->outcome = outcome;
  if (completes && email) enrichment->email = *std::move(email);
  if (enrichment->status == Status::pending) process(*enrichment, now);
  resolve(*enrichment, now);
  return Forced::done;
}

std::variant<EnrichmentId, Team::NotSeeded> Team::seed(Instant now, SeededEnrichment wanted) {
  if (wanted.id && enrichments_.find(*wanted.id)) return NotSeeded::id_taken;
  if (wanted.charge && ledger_.balance() < 1) return NotSeeded::no_credits;
  Enrichment& added = plan(now, std::move(wanted.request), nullptr, 0, wanted.id);
  if (wanted.status == Status::pending) return added.id;
  enrichments_.process(added, now);
  if (!is_resolved(wanted.status)) return added.id;
  if (wanted.email) added.email = *std::move(wanted.email);
  if (wanted.charge) added.charged = ledger_.charge(added.id, now);
  enrichments_.resolve(added, wanted.status, now);
  if (added.charged) tally_.count_outcome(wanted.status);
  note_end(added, now);
  return added.id;
}

void Team::put_first(scenario::Rule rule, std::uint64_t times) {
  extra_rules_.add(std::move(rule), times);
  counts_profiles_ = counts_profiles_ || extra_rules_.use_draws();
}

std::optional<DueAttempt> Team::redeliver(Number number, Instant now) {
  const auto* callback = callbacks_.all().find(number);
  if (!callback || callback->state == CallbackState::delivering) return std::nullopt;
  callbacks_.begin_extra(number, now);
  return attempt_of(callbacks_.at(number));
}

}  // namespace enrichment_mock::engine
