// What is no longer needed goes, and the file shrinks.
#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <vector>

#include "state/check.h"
#include "state/file.h"
#include "state/schema.h"
#include "support/saved_teams.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using state::File;
using state::Sync;

namespace {

int clean(File& file) {
  int slices = 1;
  while (file.clean_up()) ++slices;
  return slices;
}

std::int64_t count(const std::string& path, const std::string& from) {
  state::Database database(path, state::Database::Access::read);
  return database.integer("SELECT count(*) FROM " + from);
}

engine::Team large_team(std::uint64_t enrichments) {
  engine::Team team({load_scenario(R"({"name": "large"})"), "large", "", 250, 2}, kStart);
  for (std::uint64_t i = 0; i < enrichments; ++i) accept(team, lead("lead-" + std::to_string(i), kHook));
  team.advance(kStart + 1h);
  return team;
}

}  // namespace

TEST_CASE("the records of worlds that have ended are removed in slices, and the file shrinks") {
  TemporaryDirectory directory;
  const auto path = directory.path("state");
  File file(path, Sync::off);
  const auto small = busy_team();
  const auto large = large_team(5'000);
  const std::vector first{everything_of(small, saved_team(small, 1))},
      second{everything_of(large, saved_team(large, 2))};
  file.save({.teams = first});
  clean(file);
  file.save({.teams = second});
  const std::uint64_t ended[] = {2};
  file.save({.ended_worlds = ended});
  CHECK(file.teams(load_scenario).size() == 1);
  CHECK(clean(file) > 5);
  for (const auto* table : {"enrichment", "callback", "attempt", "movement", "settings_use", "ended_world"}) {
    CAPTURE(table);
    CHECK(count(path, std::string(table) + " WHERE world = 2") == 0);
  }
  CHECK(std::filesystem::file_size(path) < 500'000);
  CHECK(file.last_world() == 2);
  CHECK(state::faults_of(path).empty());
  CHECK(TeamText::of(restored(file, file.teams(load_scenario).front())) == TeamText::of(small));
}

TEST_CASE("a file that is closed in the middle of removing records continues later") {
  TemporaryDirectory directory;
  const auto path = directory.path("state");
  const auto large = large_team(5'000);
  const std::vector changes{everything_of(large, saved_team(large, 1))};
  {
    File file(path, Sync::off);
    file.save({.teams = changes});
    const std::uint64_t ended[] = {1};
    file.save({.ended_worlds = ended});
    CHECK(file.clean_up());
  }
  CHECK(count(path, "enrichment") > 0);
  CHECK(state::faults_of(path).empty());
  File file(path, Sync::off);
  CHECK(file.last_world() == 1);
  clean(file);
  CHECK(count(path, "enrichment") == 0);
}

TEST_CASE("texts are saved once each, and removed when nothing has them") {
  TemporaryDirectory directory;
  const auto path = directory.path("state");
  std::optional<File> file(std::in_place, path, Sync::off);
  std::vector<runner::TeamChanges> changes;
  for (std::uint64_t world = 1; world <= 3; ++world) {
    const auto team = busy_team(world);
    changes.push_back(everything_of(team, saved_team(team, world)));
  }
  file->save({.teams = changes});
  CHECK(count(path, "scenario") == 1);
  CHECK(count(path, "callback_settings") == 1);
  CHECK(count(path, "settings_use") == 3);
  SUBCASE("of worlds that have ended") {
    const std::uint64_t ended[] = {1, 2, 3};
    file->save({.ended_worlds = ended});
  }
  SUBCASE("of a world that has other ones now") {
    engine::Team team({load_scenario(R"({"name": "other", "callback": {"copies": 2}})"), "other", "", 250, 2}, kStart);
    accept(team, lead("jane", kHook));
    for (std::uint64_t world = 1; world <= 3; ++world)
      changes[world - 1] = everything_of(team, saved_team(team, world));
    file->save({.teams = changes});
    CHECK(count(path, "scenario") == 2);
    // Which settings a world no longer has is known when it is read.
    file.reset();
    file.emplace(path, Sync::off);
    for (const auto& saved : file->teams(load_scenario)) restored(*file, saved);
    clean(*file);
    CHECK(count(path, "scenario WHERE name = 'other'") == 1);
    CHECK(count(path, "callback_settings WHERE text LIKE '%\"copies\":2%'") == 1);
    CHECK(count(path, "scenario") == 1);
    CHECK(count(path, "callback_settings") == 1);
    return;
  }
  file.reset();
  file.emplace(path, Sync::off);
  clean(*file);
  CHECK(count(path, "scenario") == 0);
  CHECK(count(path, "callback_settings") == 0);
  // They can be saved again.
  const auto team = busy_team();
  const std::vector again{everything_of(team, saved_team(team, 4))};
  file->save({.teams = again});
  CHECK(state::faults_of(path).empty());
}

TEST_CASE("a world that is saved as a whole has no other records") {
  TemporaryDirectory directory;
  const auto path = directory.path("state");
  File file(path, Sync::off);
  const auto large = large_team(300), busy = busy_team();
  for (const auto* team : {&large, &busy}) {
    const std::vector changes{everything_of(*team, saved_team(*team, 1))};
    file.save({.teams = changes});
    CHECK(TeamText::of(restored(file, file.teams(load_scenario).front())) == TeamText::of(*team));
  }
}
