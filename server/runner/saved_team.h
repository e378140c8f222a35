// One team as it is saved: what its runner and the directory know about it, the state of its engine::Team, and the
// records that have changed.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/rule_progress.h"
#include "engine/saved.h"
#include "scenario/scenario.h"

namespace enrichment_mock::runner {

using engine::Instant;

// A clock, and the real time at which it showed `now`. A running clock continues from there by real time.
struct SavedClock {
  bool manual = false, always_real = true;  // see engine::Clock
  double scale = 1;
  Instant now{};
  Instant wall{};
};

// What a team's own scenario has instead of what its text says: the process that loaded it may have had other options.
struct OwnScenario {
  std::optional<std::uint64_t> seed;    // nothing: it has none
  std::optional<std::int64_t> credits;  // nothing: as in the text
  auto operator<=>(const OwnScenario&) const = default;
};

struct SavedTeam {
  std::uint64_t world = 0;  // names the records of this team since its opening or its last reset; never used again
  std::uint64_t order = 0;  // teams are numbered in the order in which they are opened
  std::string id, identity, name, label, masked_key;   // see TeamProfile and engine::TeamSetup
  bool reopened = false;                               // see TeamProfile
  std::string own_key;                                 // the only key; empty: a scenario lists the team's keys
  std::vector<std::string> keys;                       // those that have opened it
  std::string library_scenario;                        // the name of the scenario that the library has for its key
  std::shared_ptr<const scenario::Scenario> scenario;  // that it runs
  bool has_own_scenario = false;                       // only this team has it
  std::string world_name;    // compared with `team` of a rule's match; of a snapshot's team, if it continues with one
  std::int64_t credits = 0;  // see engine::TeamSetup
  std::uint64_t secret = 0;
  SavedClock clock;
  engine::TeamState state;
};

// What is to be saved of one team in one commit.
struct TeamChanges {
  struct SavedEnrichment {
    engine::Enrichment record;
    std::shared_ptr<const engine::ForwardedHeaders> forwarded;  // null: none
    bool is_new = false;                                        // it was not saved before
  };

  SavedTeam team;                                // complete
  std::vector<std::uint64_t> ended_worlds = {};  // of this team; their records no longer exist
  // The records below are all of the world; others that are saved no longer exist.
  bool everything = false;
  std::vector<SavedEnrichment> enrichments;            // added or changed, in the order of their numbers
  std::vector<engine::EnrichmentProgress> progressed;  // of enrichments that have not changed otherwise
  std::vector<engine::Callback> callbacks;
  std::vector<engine::Number> forgotten_enrichments, forgotten_callbacks;
  // The movements with the numbers from first_movement on, added. Those with numbers below
  // team.state.ledger.forgotten no longer exist, and the first of the others carries their sum forward.
  std::uint64_t first_movement = 0;
  std::vector<engine::Movement> movements;
  std::vector<engine::ProfileCount> profiles;  // added or changed
  bool has_new_rules = false;                  // other counts of rules of the scenario no longer exist
  // If they have changed, all of them, as in engine::ExtraRules::all(), without their counts by profile. Counts of
  // other extra rules no longer exist.
  bool has_extra_rules = false;
  std::vector<engine::ExtraRules::Entry> extra_rules;
};

}  // namespace enrichment_mock::runner
