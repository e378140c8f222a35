#include "engine/counters.h"

#include "engine/team.h"

namespace enrichment_mock::engine {

void Totals::add(const Team& team) {
  add({team.counters(), team.callbacks().cumulative_totals(), team.ledger().charged()});
}

void Totals::add(const Totals& others) {
  counters.requests += others.counters.requests;
  counters.completed += others.counters.completed;
  counters.not_found += others.counters.not_found;
  counters.failed += others.counters.failed;
  counters.unmatched += others.counters.unmatched;
  for (const auto& [status, count] : others.counters.rejected) counters.rejected[status] += count;
  callbacks.delivered += others.callbacks.delivered;
  callbacks.exhausted += others.callbacks.exhausted;
  callbacks.dropped += others.callbacks.dropped;
  charged += others.charged;
}

}  // namespace enrichment_mock::engine
