// The order in which idle teams are closed, and the cost of finding one.
#include "runner/idle_teams.h"

#include <doctest/doctest.h>
#include <vector>

using enrichment_mock::runner::IdleTeams;

namespace {

std::vector<IdleTeams::Team> order_of(IdleTeams& teams) {
  std::vector<IdleTeams::Team> order;
  teams.first([&](IdleTeams::Team team) {
    order.push_back(team);
    return false;
  });
  return order;
}

using Order = std::vector<IdleTeams::Team>;

}  // namespace

TEST_CASE("idle teams are ordered by when they were last used or became idle") {
  IdleTeams teams;
  for (IdleTeams::Team team = 1; team <= 4; ++team) teams.add(team);
  CHECK(order_of(teams) == Order{1, 2, 3, 4});
  teams.touch(2);
  CHECK(order_of(teams) == Order{1, 3, 4, 2});
  teams.set_idle(1, false);
  teams.touch(1);
  CHECK(order_of(teams) == Order{3, 4, 2});
  teams.set_idle(1, true);
  teams.set_idle(3, true);
  CHECK(order_of(teams) == Order{3, 4, 2, 1});
  teams.remove(4);
  teams.remove(4);
  teams.touch(4);
  teams.set_idle(4, true);
  CHECK(order_of(teams) == Order{3, 2, 1});
  CHECK(teams.first([](IdleTeams::Team team) { return team < 3; }) == 2);
}

TEST_CASE("the longest idle team is found in one step, however many teams there are") {
  IdleTeams teams;
  constexpr IdleTeams::Team kMany = 10'000;
  for (IdleTeams::Team team = 0; team < kMany; ++team) teams.add(team);
  for (IdleTeams::Team team = 0; team < kMany; ++team) teams.set_idle(team, team >= kMany - 10);
  for (IdleTeams::Team closed = kMany - 10; closed < 2 * kMany; ++closed) {
    std::size_t looks = 0;
    const auto first = teams.first([&](IdleTeams::Team) { return ++looks > 0; });
    REQUIRE(first == closed);
    REQUIRE(looks == 1);
    teams.remove(*first);
    teams.add(closed + 10);
  }
}
