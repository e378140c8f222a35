// What a team keeps of enrichments that have come to their end.
#include "engine/team.h"

namespace enrichment_mock::engine {

bool Team::has_open_callback(const Enrichment& enrichment) const {
  if (enrichment.first_callback == kNoCallback) return false;
  const auto copies = static_cast<Number>(enrichment.callback->copies);
  for (Number copy = 0; copy < copies; ++copy)
    if (is_open(callbacks_.at(enrichment.first_callback + copy).state)) return true;
  return false;
}

void Team::note_end(const Enrichment& enrichment, Instant at) { ended_.push_back({enrichment.number, at}); }

void Team::forget(Instant now) {
  while (!ended_.empty() && (ended_.size() > setup_.keep.most || is_too_old(setup_.keep, ended_.front().at, now))) {
    const auto number = ended_.front().enrichment;
    ended_.pop_front();
    const auto* enrichment = enrichments_.all().find(number);
    if (!enrichment || has_open_callback(*enrichment)) continue;
    if (enrichment->first_callback != kNoCallback)
      for (int copy = 0; copy < enrichment->callback->copies; ++copy)
        callbacks_.forget(enrichment->first_callback + static_cast<Number>(copy));
    enrichments_.forget(number);
    ++forgotten_;
  }
  ledger_.forget(setup_.keep, now);
}

}  // namespace enrichment_mock::engine
