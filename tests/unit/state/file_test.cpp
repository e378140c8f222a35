// The file of --state: what is saved is there after the file is opened again.
#include "state/file.h"

#include <doctest/doctest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/saved_teams.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using state::File;
using state::Sync;

TEST_CASE("teams that are saved in portions are the same in every member after the file is opened again") {
  TemporaryDirectory directory;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const auto path = directory.path("state-" + std::to_string(seed));
    Scenarios scenarios;
    std::vector<std::unique_ptr<RandomTeam>> teams;
    for (std::uint64_t world = 1; world <= 3; ++world)
      teams.push_back(std::make_unique<RandomTeam>(seed * 10 + world, world, scenarios));
    RandomScript random(seed);
    std::optional<File> file(std::in_place, path, Sync::off);
    for (int act = 0; act < 200; ++act) {
      for (auto& team : teams)
        for (auto acts = random.below(3); acts > 0; --acts) team->act();
      std::vector<runner::TeamChanges> changes;
      for (auto& team : teams)
        if (act == 199 || random.chance(2)) changes.push_back(team->take_changes());
      file->save({.teams = changes});
      if (random.chance(5)) file->clean_up();
      if (random.chance(50)) {
        file.reset();
        file.emplace(path, Sync::off);
      }
    }
    file.reset();
    file.emplace(path, Sync::off);
    const auto saved = file->teams(scenarios.loader());
    REQUIRE(saved.size() == teams.size());
    for (std::size_t i = 0; i < teams.size(); ++i) {
      CHECK(text_of(saved[i]) == text_of(saved_team(teams[i]->team(), teams[i]->world())));
      auto again = restored(*file, saved[i]);
      REQUIRE(TeamText::of(again) == TeamText::of(teams[i]->team()));
      again.end_restore(saved[i].state, teams[i]->now());
      CHECK(again.state().end_enrichment == saved[i].state.end_enrichment);
      CHECK(again.state().end_callback == saved[i].state.end_callback);
    }
  }
}
