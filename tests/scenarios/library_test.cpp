// Every shipped scenario does what its description says, on the manual clock, and meets its own expectations.
#include <algorithm>
#include <doctest/doctest.h>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "scenario/shipped.h"
#include "scenarios/plays.h"

using namespace enrichment_mock;
using namespace enrichment_mock::stage;
using namespace std::chrono_literals;

namespace {

std::map<std::string_view, Play> all_plays() {
  std::map<std::string_view, Play> all;
  for (const auto plays : {plays_of_lookups(), plays_of_calls(), plays_of_callbacks()})
    for (const auto& play : plays) all.emplace(play.scenario, play);
  return all;
}

std::string key_of(const Play& play) {
  return play.key.empty() ? std::string(play.scenario) + ".test" : std::string(play.key);
}

// With or without a response: the connection may break, or the response may have a fault.
template <class Call>
std::optional<Answer> try_to(Call call) {
  try {
    return call();
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

// What a client does for one lead: requests until it gets a final response, then polls.
void enrich(Stage& stage) {
  std::optional<Answer> answer;
  for (int tries = 0; tries < 3 && (!answer || answer->status == 503); ++tries) {
    if (tries > 0) stage.team.advance(2s);
    answer = try_to([&] { return stage.request("ada"); });
  }
  REQUIRE(answer);
  if (answer->status != 201) return;
  const std::string id = answer->body().at("_id");
  stage.team.settle();
  for (int polls = 0; polls < 6; ++polls) try_to([&] { return stage.api.poll(id); });
}

}  // namespace

TEST_CASE("every shipped scenario has a play, and every play a scenario") {
  std::set<std::string_view> shipped, played;
  for (const auto& file : scenario::shipped_files()) shipped.insert(file.name);
  for (const auto& [scenario, play] : all_plays()) played.insert(scenario);
  CHECK(shipped == played);
}

TEST_CASE("a team without calls, or with a call to a wrong URL, does not meet a shipped expectation:") {
  Emulator emulator({.manual_clock = true});
  for (const auto& [scenario, play] : all_plays()) {
    CAPTURE(scenario);
    const std::string key = key_of(play);
    auto team = emulator.team(key);
    CHECK_FALSE(team.verify().passed);
    CHECK(ApiClient(emulator.url(), key).send("POST", "/v1/enrichment/email", "{}").status == 404);
    CHECK(std::ranges::count(differences(team), "unmatched: expected 0, found 1") == 1);
  }
}

TEST_CASE("one lead of a client that retries and polls meets a shipped expectation (the race needs three):") {
  for (const auto& [scenario, play] : all_plays()) {
    SUBCASE(std::string(scenario).c_str()) {
      Stage stage(key_of(play));
      for (int lead = 0; lead < (scenario == "last-credit-race" ? 3 : 1); ++lead) enrich(stage);
      stage.team.settle();
      for (const auto& difference : differences(stage.team)) FAIL_CHECK(difference);
    }
  }
}

TEST_CASE("a shipped scenario does what it says and meets its own expectations:") {
  for (const auto& [scenario, play] : all_plays()) {
    SUBCASE(std::string(scenario).c_str()) {
      Stage stage(key_of(play));
      play.perform(stage);
      stage.team.settle();
      for (const auto& difference : differences(stage.team)) FAIL_CHECK(difference);
    }
  }
}
