// Every shipped scenario does what it says, on the manual clock, in milliseconds, and leaves behind what it expects.
#include <doctest/doctest.h>
#include <map>
#include <set>
#include <string>

#include "scenario/shipped.h"
#include "scenarios/plays.h"

using namespace enrichment_mock;
using namespace enrichment_mock::stage;

namespace {

std::map<std::string_view, Play> all_plays() {
  std::map<std::string_view, Play> all;
  for (const auto plays : {plays_of_lookups(), plays_of_calls(), plays_of_callbacks()})
    for (const auto& play : plays) all.emplace(play.scenario, play);
  return all;
}

}  // namespace

TEST_CASE("every shipped scenario has its play, and every play its scenario") {
  std::set<std::string_view> shipped, played;
  for (const auto& file : scenario::shipped_files()) shipped.insert(file.name);
  for (const auto& [scenario, play] : all_plays()) played.insert(scenario);
  CHECK(shipped == played);
}

TEST_CASE("a shipped scenario does what it says and meets its own expectations:") {
  for (const auto& [scenario, play] : all_plays()) {
    SUBCASE(std::string(scenario).c_str()) {
      Stage stage(play.key.empty() ? std::string(scenario) + ".test" : std::string(play.key));
      play.perform(stage);
      stage.team.settle();
      for (const auto& difference : stage.team.verify()) FAIL_CHECK(difference);
    }
  }
}
