#include "engine/open_work.h"

namespace enrichment_mock::engine {

namespace {

OpenWork::Why reason_of(const Enrichment& unresolved) {
  if (unresolved.due != kNever) return OpenWork::Why::pending;
  return unresolved.polls_left > 0 ? OpenWork::Why::polls : OpenWork::Why::forever;
}

}  // namespace

std::optional<OpenWork> open_work_in(const Enrichment& enrichment) {
  if (is_resolved(enrichment.status)) return std::nullopt;
  return OpenWork{enrichment.id, reason_of(enrichment)};
}

std::optional<OpenWork> open_work_in(const Callback& callback, const Team& team) {
  if (!is_open(callback.state)) return std::nullopt;
  return OpenWork{team.enrichments()[callback.enrichment].id, OpenWork::Why::delivering};
}

std::vector<OpenWork> open_work_of(const Team& team) {
  std::vector<OpenWork> open;
  const auto add = [&open](const std::optional<OpenWork>& work) {
    if (work) open.push_back(*work);
  };
  if (team.unresolved() > 0)
    for (const auto& enrichment : team.enrichments()) add(open_work_in(enrichment));
  if (team.callbacks().open_count() > 0)
    for (const auto& callback : team.callbacks().all()) add(open_work_in(callback, team));
  return open;
}

}  // namespace enrichment_mock::engine
