// The records of teams as rows: the only place that knows the columns. The caller begins and commits transactions.
// Functions that read throw DamagedContent if a row is not one that is ever saved.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/team.h"
#include "runner/saved_team.h"
#include "state/sqlite.h"

namespace enrichment_mock::state {

class Records {
 public:
  explicit Records(Database& database);

  using World = std::uint64_t;
  using TextNumber = std::int64_t;  // of a row in scenario or callback_settings
  using Settings = std::shared_ptr<const scenario::Callback>;

  void save(const runner::SavedTeam& team, TextNumber scenario);
  void save(World world, const runner::TeamChanges::SavedEnrichment& enrichment, std::optional<TextNumber> settings);
  void save(World world, const engine::EnrichmentProgress& progress);
  void save(World world, const engine::Callback& callback);
  void save(World world, std::uint64_t number, const engine::Movement& movement);
  void save(World world, const engine::ProfileCount& count);
  void save(World world, const engine::ExtraRules::Entry& rule, TextNumber settings);

  void forget_enrichment(World world, engine::Number number);
  void forget_callback(World world, engine::Number number);
  // Those with lower numbers are forgotten: the first that remains carries their sum forward.
  void forget_movements(World world, std::uint64_t first);
  // Before the rules that exist are saved; `first`: the lowest of their numbers.
  void forget_extra_rules(World world, std::optional<std::uint64_t> first);
  void forget_rule_counts(World world);  // of the rules of the scenario
  void forget_team(World world);         // not its records
  void forget_records(World world);
  // Some of them, at most about `count`. Returns whether there may be more.
  bool forget_some_records(World world, std::uint64_t count);

  // All teams, in their order.
  // `own`: null if the library may have it.
  using FindScenario =
      std::function<std::shared_ptr<const scenario::Scenario>(TextNumber, const runner::OwnScenario* own)>;
  std::vector<runner::SavedTeam> teams(const FindScenario& scenario);

  // Passes all records of the world to the team.
  using FindSettings = std::function<Settings(TextNumber)>;
  void restore(World world, engine::Team& team, const FindSettings& settings);

 private:
  void restore_enrichments(World world, engine::Team& team, const FindSettings& settings);
  void restore_callbacks(World world, engine::Team& team);
  void restore_movements(World world, engine::Team& team);
  void restore_profile_counts(World world, engine::Team& team);
  void restore_extra_rules(World world, engine::Team& team, const FindSettings& settings);

  Database& database_;
  Statement save_team_, save_enrichment_, save_progress_, save_callback_, save_attempt_, save_movement_,
      save_profile_count_, save_extra_rule_;
  Statement count_attempts_, first_extra_rule_;
  Statement forget_team_, forget_enrichment_, forget_progress_, forget_callback_, forget_attempts_, forget_movements_,
      carry_forward_, forget_extra_rules_, forget_extra_rule_counts_;
};

}  // namespace enrichment_mock::state
