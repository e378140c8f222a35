#include "engine/open_work.h"

namespace enrichment_mock::engine {

namespace {

OpenWork::Why reason_of(const Enrichment& unresolved) {
  if (unresolved.due != kNever) return OpenWork::Why::pending;
  return unresolved.polls_left > 0 ? OpenWork::Why::polls : OpenWork::Why::forever;
}

}  // namespace

std::vector<OpenWork> open_work_of(const Team& team) {
  std::vector<OpenWork> open;
  for (const auto& enrichment : team.enrichments())
    if (!is_resolved(enrichment.status)) open.push_back({enrichment.id, reason_of(enrichment)});
  for (const auto& callback : team.callbacks().all())
    if (is_open(callback.state))
      open.push_back({team.enrichments()[callback.enrichment].id, OpenWork::Why::delivering});
  return open;
}

}  // namespace enrichment_mock::engine
