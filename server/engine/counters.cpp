#include "engine/counters.h"

#include "engine/team.h"

namespace enrichment_mock::engine {

void Totals::add(const Team& team) { add({team.tally(), team.callbacks().ends(), team.ledger().charged()}); }

void Totals::add(const Totals& others) {
  tally.requests += others.tally.requests;
  tally.completed += others.tally.completed;
  tally.not_found += others.tally.not_found;
  tally.failed += others.tally.failed;
  tally.unmatched += others.tally.unmatched;
  for (const auto& [status, count] : others.tally.rejected) tally.rejected[status] += count;
  callbacks.delivered += others.callbacks.delivered;
  callbacks.exhausted += others.callbacks.exhausted;
  callbacks.dropped += others.callbacks.dropped;
  charged += others.charged;
}

}  // namespace enrichment_mock::engine
