// Reads many records of a team in slices, so that the team is locked for a short time only.
#include "control/slices.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <string>
#include <thread>
#include <vector>

#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using control::Visit;

namespace {

constexpr engine::Number kRecords = 2 * control::kSlice + 50;

struct SlicedTeam : RunnerFixture {
  SlicedTeam() {
    scenario::Scenario rich;
    rich.credits = 1000;
    team = start_manual(rich);
    for (engine::Number i = 0; i < kRecords; ++i) team->request(lead("lead-" + std::to_string(i)));
  }
  std::shared_ptr<runner::TeamRunner> team;
};

std::vector<engine::Number> numbers(engine::Number from, engine::Number end) {
  std::vector<engine::Number> all;
  for (; from < end; ++from) all.push_back(from);
  return all;
}

}  // namespace

TEST_CASE("all records are read once and in order, from any number on, until the reader stops") {
  SlicedTeam sliced;
  for (const engine::Number from : {engine::Number{0}, engine::Number{99}, engine::Number{100}, kRecords, kRecords + 1})
    for (const engine::Number enough : {engine::Number{100}, engine::Number{101}, kRecords, 2 * kRecords}) {
      std::vector<engine::Number> met;
      const auto take = [&](const engine::Enrichment& each, const engine::Team&) {
        met.push_back(each.number);
        return met.size() == enough ? Visit::stop : Visit::next;
      };
      CHECK(control::for_each_from(from, *sliced.team, control::enrichments_of, take));
      CHECK(met == numbers(from, std::min(kRecords, from + enough)));
    }
}

TEST_CASE("all records are read backwards from the last one") {
  SlicedTeam sliced;
  for (const engine::Number enough : {engine::Number{100}, engine::Number{101}, 2 * kRecords}) {
    std::vector<engine::Number> met;
    const auto take = [&](const engine::Enrichment& each, const engine::Team&) {
      met.push_back(each.number);
      return met.size() == enough ? Visit::stop : Visit::next;
    };
    CHECK(control::for_each_from_end(*sliced.team, control::enrichments_of, take));
    std::ranges::reverse(met);
    CHECK(met == numbers(kRecords - std::min(kRecords, enough), kRecords));
  }
}

TEST_CASE("records that are added while reading are not read") {
  SlicedTeam sliced;
  std::size_t met = 0;
  const auto next = sliced.team->read([&](const engine::Team& state) {
    return control::add_slice(state.enrichments(), 200, 230, [&](const engine::Enrichment&) {
      ++met;
      return Visit::next;
    });
  });
  CHECK_FALSE(next);
  CHECK(met == 30);
}

TEST_CASE("other calls of the team run between two slices, and a reset ends the reading") {
  SlicedTeam sliced;
  std::thread other;  // from the first slice on
  const auto without_end = [&](const engine::Team&, engine::Number begin) {
    if (!other.joinable())
      other = std::thread([&] { sliced.team->reset(std::make_shared<const scenario::Scenario>()); });
    return std::optional(begin);
  };
  CHECK_FALSE(sliced.team->read_in_slices(0, without_end));
  other.join();
}

TEST_CASE("open work is found in all slices, lookups first") {
  SlicedTeam sliced;
  CHECK(control::open_work_of(*sliced.team).size() == kRecords);
  sliced.team->clock().advance(1h);
  CHECK(control::open_work_of(*sliced.team).empty());
}
