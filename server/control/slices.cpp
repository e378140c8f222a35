#include "control/slices.h"

#include <utility>

namespace enrichment_mock::control {

std::vector<engine::OpenWork> open_work_of(runner::TeamRunner& team) {
  std::vector<engine::OpenWork> open;
  const auto [lookups, callbacks] = team.catch_up_and_read(
      [](const engine::Team& state) { return std::pair(state.unresolved(), state.callbacks().open_count()); });
  if (lookups + callbacks == 0) return open;  // most teams, and it saves a visit of all their records
  const auto add = [&open](const std::optional<engine::OpenWork>& work) {
    if (work) open.push_back(*work);
    return Visit::next;
  };
  for_each_from(0, team, enrichments_of,
                [&](const engine::Enrichment& each, const engine::Team&) { return add(open_work_in(each)); });
  for_each_from(0, team, callbacks_of, [&](const engine::Callback& each, const engine::Team& state) {
    return add(open_work_in(each, state));
  });
  return open;
}

}  // namespace enrichment_mock::control
