#include "engine/enrichment.h"

namespace enrichment_mock::engine {

EnrichmentView view_of(const Enrichment& enrichment) {
  EnrichmentView view{enrichment.id,           enrichment.status, enrichment.type,
                      enrichment.linkedin_url, std::nullopt,      enrichment.external_id};
  if (enrichment.status == Status::completed) view.email = enrichment.email;
  return view;
}

std::vector<HistoryEntry> history_of(const Enrichment& enrichment) {
  std::vector<HistoryEntry> history{{enrichment.pending_at, Status::pending}};
  if (enrichment.processing_at != kNever) history.push_back({enrichment.processing_at, Status::processing});
  if (enrichment.resolved_at != kNever) history.push_back({enrichment.resolved_at, enrichment.status});
  return history;
}

}  // namespace enrichment_mock::engine
