#include "runner/commits.h"

#include <doctest/doctest.h>
#include <thread>

#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

struct CommitsFixture : RunnerFixture {
  CommitsFixture() { commits = &all; }
  runner::Commits all{0};
};

constexpr std::chrono::steady_clock::time_point kNow{};

}  // namespace

TEST_CASE("commits: nothing to wait for if nothing was announced") {
  runner::Commits commits(0);
  commits.wait();
  CHECK_FALSE(commits.take(kNow));
}

TEST_CASE("commits: a wait ends when what was announced before it is saved, not earlier") {
  CommitsFixture fixture;
  const auto team = fixture.start({});
  team->request(lead("a"));
  const auto first = fixture.all.take(kNow);
  REQUIRE(first);
  team->request(lead("b"));
  std::atomic<bool> ended = false;
  std::thread waiting([&] {
    fixture.all.wait();
    ended = true;
  });
  fixture.all.saved(first->announced);
  CHECK_FALSE(ended);
  const auto second = fixture.all.take(kNow);
  REQUIRE(second);
  CHECK(second->teams.size() == 1);
  fixture.all.saved(second->announced);
  waiting.join();
  CHECK(ended);
}

TEST_CASE("commits: while saving fails, waits end with the reason, until it succeeds") {
  CommitsFixture fixture;
  const auto team = fixture.start({});
  team->request(lead("a"));
  const auto taken = fixture.all.take(kNow);
  REQUIRE(taken);
  fixture.all.failed("the disk is full");
  CHECK_THROWS_WITH_AS(fixture.all.wait(), "the disk is full", runner::NotSaved);
  CHECK_THROWS_WITH_AS(fixture.all.check(), "the disk is full", runner::NotSaved);
  fixture.all.saved(taken->announced);
  fixture.all.check();
  fixture.all.wait();
}

TEST_CASE("commits: calls that change nothing announce nothing") {
  CommitsFixture fixture;
  const auto team = fixture.start({});
  const auto id = team->request(lead("a")).id;
  const auto taken = fixture.all.take(kNow);
  runner::TeamChanges changes;
  taken->teams.at(0)->take_changes(changes);
  fixture.all.saved(taken->announced);
  CHECK(team->poll(id));
  team->credits();
  team->admit(scenario::CallKind::poll);
  CHECK_FALSE(fixture.all.take(kNow));
}

TEST_CASE("commits: a closed team is saved no more") {
  CommitsFixture fixture;
  const auto team = fixture.start({});
  team->request(lead("a"));
  team->end_saving(17);
  const auto taken = fixture.all.take(kNow);
  REQUIRE(taken);
  CHECK(taken->closed_teams == std::vector<std::uint64_t>{17});
  CHECK(taken->ended_worlds.size() == 1);
  runner::TeamChanges changes;
  for (const auto& each : taken->teams) each->take_changes(changes);
  CHECK(changes.team.world == 0);
}

TEST_CASE("commits: a response that was resumed because saving failed is not sent when another commit succeeds") {
  CommitsFixture fixture;
  const auto team = fixture.start({});
  team->request(lead("a"));
  const auto first = fixture.all.take(kNow);
  REQUIRE(first);
  team->announce_profile();
  const auto ticket = fixture.all.announced();
  fixture.all.failed("the disk is full");
  fixture.all.saved(first->announced);
  CHECK_THROWS_AS(fixture.all.check_saved(ticket), runner::NotSaved);
  fixture.all.check_saved(first->announced);
  fixture.all.saved(fixture.all.take(kNow)->announced);
  fixture.all.check_saved(ticket);
}

TEST_CASE("commits: the end of a world is saved with the world that replaces it") {
  CommitsFixture fixture;
  const auto team = fixture.start({});
  team->announce_profile();
  const auto earlier = fixture.all.take(kNow);  // the writer is about to take the changes
  REQUIRE(earlier);
  runner::TeamChanges before;
  team->take_changes(before);
  team->announce_profile();
  team->reset(team->scenario());
  runner::TeamChanges changes;
  earlier->teams.at(0)->take_changes(changes);
  CHECK(changes.team.world > before.team.world);
  CHECK(changes.ended_worlds == std::vector{before.team.world});
}
