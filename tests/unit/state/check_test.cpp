// The command state: what it shows, and which faults it finds.
#include "state/check.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <vector>

#include "state/file.h"
#include "state/schema.h"
#include "support/saved_teams.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using state::File;
using state::Sync;

namespace {

std::string busy_file(const TemporaryDirectory& directory) {
  auto path = directory.path("state");
  std::vector<runner::TeamChanges> changes;
  for (std::uint64_t world = 1; world <= 2; ++world) {
    const auto team = busy_team(world);
    changes.push_back(everything_of(team, saved_team(team, world)));
  }
  File(path, Sync::off).save({.teams = changes, .secret = 1});
  return path;
}

void alter(const std::string& path, const std::string& sql) {
  state::Database database(path, state::Database::Access::write);
  database.execute(sql.c_str());
}

std::string refusal_of_check(const std::string& path) {
  try {
    state::faults_of(path);
  } catch (const state::OpenError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("state: a description has the version, and what each team has") {
  TemporaryDirectory directory;
  const auto path = busy_file(directory);
  const auto text = state::describe(path);
  const auto size = std::filesystem::file_size(path);
  CHECK(text == "State file " + path + ": version 1, mode 0600, " + std::to_string(size) +
                    " bytes\n"
                    "2 teams\n"
                    "\n"
                    "…1\n"
                    "  scenario     busy\n"
                    "  clock        manual, 1970-01-01T00:00:00.000Z\n"
                    "  enrichments  7: 2 pending, 4 completed, 1 not-found\n"
                    "  callbacks    5: 2 open\n"
                    "  balance      296 credits\n"
                    "\n"
                    "…2\n"
                    "  scenario     busy\n"
                    "  clock        manual, 1970-01-01T00:00:00.000Z\n"
                    "  enrichments  7: 2 pending, 4 completed, 1 not-found\n"
                    "  callbacks    5: 2 open\n"
                    "  balance      296 credits\n");
}

TEST_CASE("state --check finds no fault in a file that was saved, also while it is open and has forgotten records") {
  TemporaryDirectory directory;
  const auto path = busy_file(directory);
  CHECK(state::faults_of(path).empty());
  File file(path, Sync::off);
  const std::uint64_t ended[] = {2};
  file.save({.ended_worlds = ended});
  CHECK(state::faults_of(path).empty());
  Scenarios scenarios;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    const auto other = directory.path("random-" + std::to_string(seed));
    RandomTeam team(seed, 1, scenarios);
    File random(other, Sync::off);
    for (int i = 0; i < 100; ++i) {
      for (int act = 0; act < 5; ++act) team.act();
      const std::vector changes{team.take_changes()};
      random.save({.teams = changes});
    }
    // The texts of its scenarios stand for others.
    alter(other,
          "UPDATE scenario SET text = '" + std::string(kBusyScenario) + "'; UPDATE team SET rules_followed = '[0]'");
    alter(other, "DELETE FROM profile_count WHERE kind = 2");
    const auto faults = state::faults_of(other);
    CHECK(faults.empty());
    for (const auto& fault : faults) MESSAGE(fault);
  }
}

TEST_CASE("state --check finds each fault, and names its table and key") {
  struct Case {
    std::string sql, fault;
  };
  const Case cases[] = {
      {"UPDATE team SET opening = -900 WHERE world = 1",
       "team of world 1: opening -900 + added 50 - charged 4 is negative"},
      {"UPDATE team SET completed = 5 WHERE world = 2",
       "team of world 2: 4 credits were charged for 5 completed lookups"},
      {"DELETE FROM movement WHERE world = 2", "team of world 2: no movement"},
      {"DELETE FROM movement WHERE world = 1 AND number = 0",
       "movement 1 of world 1: it is the first, and 0 were forgotten"},
      {"UPDATE movement SET kind = 2 WHERE number = 0 AND world = 1",
       "movement 0 of world 1: it is not the opening balance"},
      {"UPDATE team SET forgotten_movements = 2 WHERE world = 1; DELETE FROM movement WHERE world = 1 AND number < 2",
       "movement 2 of world 1: it does not carry forward what was forgotten"},
      {"DELETE FROM movement WHERE world = 1 AND number = 2",
       "movement 3 of world 1: the one before it has the number 1"},
      {"UPDATE movement SET amount = 51 WHERE world = 1 AND number = 1",
       "movement 1 of world 1: the balance is 300 after 250 and 51"},
      {"UPDATE team SET added = 51 WHERE world = 1",
       "movement 5 of world 1: the last balance is 296; opening 250 + added 51 - charged 4 is 297"},
      {"UPDATE movement SET kind = 1 WHERE world = 1 AND number = 1", "movement 1 of world 1: a charge of -50"},
      {"UPDATE movement SET kind = 1 WHERE world = 1 AND number = 1", "team of world 1: 4 charges, and movements of 5"},
      {"UPDATE added_enrichment SET charged = 1 WHERE world = 1 AND number = 3",
       "enrichment 3 of world 1: it is charged, but not completed"},
      {"UPDATE added_enrichment SET id = (SELECT id FROM enrichment WHERE world = 1 AND number = 2) WHERE world = 1 "
       "AND "
       "number = 4",
       "enrichment 2 of world 1: 1 others have its id"},
      {"UPDATE team SET id = 'same'", "team of world 1: another one has its id same"},
      {"UPDATE team SET identity = 'same'", "team of world 1: another one has its key"},
      {"UPDATE team SET end_enrichment = 6 WHERE world = 1", "enrichment 6 of world 1: the next one has the number 6"},
      {"UPDATE team SET end_callback = 4 WHERE world = 1", "callback 4 of world 1: the next one has the number 4"},
      {"UPDATE file SET last_world = 1", "team of world 2: the last world is 1"},
      {"UPDATE callback SET enrichment = 77 WHERE world = 1 AND number = 1", "callback 1 of world 1: no enrichment 77"},
      {"UPDATE callback SET enrichment = 3 WHERE world = 1 AND number = 1",
       "callback 1 of world 1: the first callback of enrichment 3 is"},
      {"DELETE FROM callback WHERE world = 1 AND number = 2", "of world 1: no callback 2"},
      {"UPDATE callback SET attempts = 7 WHERE world = 1 AND number = 1",
       "callback 1 of world 1: 7 attempts, and records of 1"},
      {"DELETE FROM callback WHERE world = 1 AND number = 2", "attempt 1 of callback 2 of world 1: no such callback"},
      {"UPDATE added_enrichment SET settings = 9 WHERE world = 1 AND number = 1",
       "enrichment 1 of world 1: no callback settings 9"},
      {"UPDATE extra_rule SET settings = 9 WHERE world = 1", "extra_rule 0 of world 1: no callback settings 9"},
      {"DELETE FROM settings_use WHERE world = 1", "settings_use 1 of world 1: it is missing"},
      {"UPDATE team SET scenario = 9 WHERE world = 1", "team of world 1: no scenario 9"},
      {"DELETE FROM team WHERE world = 2", "world 2: it has records and no team"},
      {"UPDATE scenario SET text = '{}'", "the scenario \"busy\" is not valid: "},
      {"UPDATE added_enrichment SET status = 9 WHERE world = 2 AND number = 1",
       "enrichment 1 of world 2: status is \"9\""},
      {"UPDATE callback_settings SET text = ''", "callback settings 1: "},
  };
  TemporaryDirectory directory;
  const auto content = read_file(busy_file(directory));
  for (const auto& [sql, expected] : cases) {
    CAPTURE(sql);
    const auto path = directory.write("damaged", content);
    alter(path, sql);
    bool found = false;
    for (const auto& fault : state::faults_of(path)) found = found || fault.find(expected) != std::string::npos;
    CHECK(found);
    if (!found)
      for (const auto& fault : state::faults_of(path)) MESSAGE(fault);
  }
}

TEST_CASE("state --check finds pages that are damaged") {
  TemporaryDirectory directory;
  const auto path = busy_file(directory);
  std::int64_t page = 0;
  {
    state::Database database(path, state::Database::Access::read);
    page = database.integer("SELECT rootpage FROM sqlite_master WHERE name = 'added_enrichment'");
  }
  auto content = read_file(path);
  for (std::size_t at = 0; at < 64; ++at) content[static_cast<std::size_t>(page - 1) * 4096 + at] = '\7';
  directory.write("state", content);
  const auto faults = state::faults_of(path);
  CHECK(faults.size() >= 2);
  for (const auto& fault : faults) {
    CAPTURE(fault);
    CHECK(fault.starts_with("SQLite: "));
  }
}

TEST_CASE("state --check lists at most 20 faults of a kind") {
  TemporaryDirectory directory;
  const auto path = directory.path("state");
  scenario::Scenario scenario;
  scenario.text = R"({"name": "x"})";
  engine::Team team({std::make_shared<const scenario::Scenario>(scenario), "identity", "", 250, 1}, kStart);
  for (int i = 0; i < 25; ++i) accept(team, lead("lead-" + std::to_string(i)));
  const std::vector changes{everything_of(team, saved_team(team, 1))};
  File(path, Sync::off).save({.teams = changes});
  alter(path, "UPDATE added_enrichment SET charged = 1");
  const auto faults = state::faults_of(path);
  CHECK(faults.size() == 21);
  CHECK(faults.back() == "and 5 more like this");
}

TEST_CASE("state refuses what is not a state file, and leaves it unchanged") {
  TemporaryDirectory directory;
  CHECK(refusal_of_check(directory.path("missing")).find("cannot be read: No such file or directory") !=
        std::string::npos);
  CHECK(refusal_of_check(directory.path()).ends_with(" is a directory"));
  CHECK(refusal_of_check(directory.write("text", std::string(2'000, 'x'))).find("is not a state file") !=
        std::string::npos);
  CHECK(refusal_of_check(directory.write("empty", "")).ends_with(" is empty"));
  CHECK(read_file(directory.path("empty")).empty());
  const auto path = busy_file(directory);
  const auto before = read_file(path);
  state::faults_of(path);
  state::describe(path);
  CHECK(read_file(path) == before);
  alter(path, "PRAGMA user_version = 99");
  CHECK(refusal_of_check(path).find("has version 99") != std::string::npos);
}
