// What is to be saved of an engine::Team, without a runner.
#pragma once
#include <string>
#include <utility>

#include "engine/team.h"
#include "runner/saved_team.h"

namespace enrichment_mock::support {

// Values that no default has.
inline runner::SavedTeam saved_team(const engine::Team& team, std::uint64_t world) {
  const auto& setup = team.setup();
  const auto number = std::to_string(world);
  return {.world = world,
          .order = world + 7,
          .id = "id-" + number,
          .identity = setup.identity,
          .name = setup.name,
          .label = "label-" + number,
          .masked_key = "…" + number,
          .reopened = world % 2 == 0,
          .own_key = "key\n%0A\xff" + number,
          .keys = {"key\n%0A\xff" + number, "second"},
          .library_scenario = "library",
          .scenario = setup.scenario,
          .has_own_scenario = world % 3 == 0,
          .world_name = setup.name,
          .credits = setup.credits,
          .secret = setup.secret,
          .clock = {true, false, 2.5, engine::Instant(base::Duration(12)), engine::Instant(base::Duration(34))},
          .state = team.state()};
}

inline runner::TeamChanges everything_of(const engine::Team& team, runner::SavedTeam saved) {
  runner::TeamChanges all;
  all.team = std::move(saved);
  all.everything = true;
  for (const auto& each : team.enrichments()) all.enrichments.push_back({each, team.forwarded(each.number)});
  for (const auto& each : team.callbacks().all()) all.callbacks.push_back(each);
  all.first_movement = team.ledger().forgotten();
  all.movements.assign(team.ledger().movements().begin(), team.ledger().movements().end());
  all.profiles = team.profile_counts();
  all.has_extra_rules = true;
  all.extra_rules.assign(team.extra_rules().all().begin(), team.extra_rules().all().end());
  return all;
}

// `first_movement`: the number of the first one that is not saved.
inline runner::TeamChanges changes_of(const engine::Team& team, engine::Changes& changes, runner::SavedTeam saved,
                                      std::uint64_t first_movement) {
  if (changes.everything()) return everything_of(team, std::move(saved));
  runner::TeamChanges some;
  some.team = std::move(saved);
  for (const auto number : changes.enrichments())
    if (const auto* each = team.enrichments().find(number))
      some.enrichments.push_back({*each, team.forwarded(number)});
    else
      some.forgotten_enrichments.push_back(number);
  for (const auto number : changes.progressed())
    if (const auto* each = team.enrichments().find(number)) some.progressed.push_back(engine::progress_of(*each));
  for (const auto number : changes.callbacks())
    if (const auto* each = team.callbacks().all().find(number))
      some.callbacks.push_back(*each);
    else
      some.forgotten_callbacks.push_back(number);
  const auto& ledger = team.ledger();
  some.first_movement = std::max(first_movement, ledger.forgotten());
  some.movements.assign(
      ledger.movements().begin() + static_cast<std::ptrdiff_t>(some.first_movement - ledger.forgotten()),
      ledger.movements().end());
  for (const auto& key : changes.profiles()) some.profiles.push_back({key, team.profile_count(key)});
  some.has_new_rules = changes.new_rules();
  some.has_extra_rules = changes.extra_rules();
  if (some.has_extra_rules) some.extra_rules.assign(team.extra_rules().all().begin(), team.extra_rules().all().end());
  return some;
}

}  // namespace enrichment_mock::support
