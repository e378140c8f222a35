// What a scenario file says of the world and of lookups arrives in the model: every key, every default. Callbacks,
// rules and what happens by the clock have files of their own.
#include "scenario/loader.h"

#include <doctest/doctest.h>
#include <limits>
#include <string>

#include "support/loaded.h"

using namespace enrichment_mock::scenario;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

TEST_CASE("a file that gives only a name has the documented defaults") {
  const auto scenario = loaded(R"({"name": "x"})");
  CHECK(scenario.name == "x");
  CHECK(scenario.description.empty());
  CHECK_FALSE(scenario.seed);
  CHECK_FALSE(scenario.clock.manual);
  CHECK(scenario.clock.scale == 1);
  CHECK_FALSE(scenario.clock.now);
  CHECK(scenario.credits == 250);
  CHECK(scenario.teams.empty());
  CHECK_FALSE(scenario.rejects_unknown_keys);
  CHECK(std::get<Duration>(scenario.lookup.pending) == 100ms);
  CHECK(std::get<Duration>(scenario.lookup.processing) == 400ms);
  CHECK(std::get<Outcome>(scenario.lookup.outcome) == Outcome::completed);
  CHECK(scenario.lookup.email == "{username}@example.com");
  CHECK(scenario.lookup.jitter == 0s);
  REQUIRE(scenario.callback);
  CHECK(scenario.profiles.empty());
  CHECK(scenario.errors.empty());
  CHECK_FALSE(scenario.rate_limit);
  CHECK(scenario.rules.empty());
  CHECK(scenario.schedule.empty());
  CHECK_FALSE(scenario.expect.requests);
}

TEST_CASE("the file's own keys arrive") {
  const auto scenario = with(R"("$schema": "./x", "description": "d", "seed": 18446744073709551615,
      "clock": {"mode": "manual", "now": "1970-01-01T00:00:01Z"}, "credits": 1000000000000, "unknown_keys": "reject",
      "teams": [{"name": "a", "api_keys": ["k1", "k2"], "credits": 0}, {"name": "b", "api_keys": ["k 3"]}])");
  CHECK(scenario.description == "d");
  CHECK(scenario.seed == std::numeric_limits<std::uint64_t>::max());
  CHECK(scenario.clock.manual);
  CHECK(scenario.clock.now == Instant(1s));
  CHECK(scenario.credits == 1'000'000'000'000);
  CHECK(scenario.rejects_unknown_keys);
  REQUIRE(scenario.teams.size() == 2);
  CHECK(scenario.teams[0].name == "a");
  CHECK(scenario.teams[0].api_keys == std::vector<std::string>{"k1", "k2"});
  CHECK(scenario.teams[0].credits == 0);
  CHECK(scenario.teams[1].api_keys == std::vector<std::string>{"k 3"});
  CHECK_FALSE(scenario.teams[1].credits);
}

TEST_CASE("a running clock has a scale, whole or not") {
  CHECK(with(R"("clock": {"mode": "running", "scale": 60})").clock.scale == 60);
  CHECK(with(R"("clock": {"scale": 0.5})").clock.scale == 0.5);
}

TEST_CASE("a status lasts for a duration, for polls or for ever") {
  const auto lookup = with(R"("lookup": {"pending": {"polls": 2}, "processing": "forever", "jitter": "5ms"})").lookup;
  CHECK(std::get<Polls>(lookup.pending).count == 2);
  CHECK(std::holds_alternative<Forever>(lookup.processing));
  CHECK(lookup.jitter == 5ms);
  CHECK(std::get<Duration>(with(R"("lookup": {"pending": "1.5s"})").lookup.pending) == 1500ms);
}

TEST_CASE("an outcome is a word or weights") {
  const auto word = [](const std::string& text) {
    return std::get<Outcome>(with(R"("lookup": {"outcome": ")" + text + "\"}").lookup.outcome);
  };
  CHECK(word("completed") == Outcome::completed);
  CHECK(word("not-found") == Outcome::not_found);
  CHECK(word("failed") == Outcome::failed);
  const auto lookup = with(R"("lookup": {"outcome": {"completed": 7, "failed": 3}})").lookup;
  const auto weights = std::get<OutcomeWeights>(lookup.outcome);
  CHECK(weights.completed == 7);
  CHECK(weights.not_found == 0);
  CHECK(weights.failed == 3);
}

TEST_CASE("a profile's username is percent-decoded and in lower case, and null means that there is no such email") {
  const auto profiles =
      with(R"("profiles": {"Jane%2DDoe": {"work": null, "personal": "j@example.com"}, "al": {}})").profiles;
  REQUIRE(profiles.contains("jane-doe"));
  const auto& jane = profiles.at("jane-doe");
  REQUIRE(jane.work);
  CHECK_FALSE(*jane.work);
  REQUIRE(jane.personal);
  CHECK(*jane.personal == "j@example.com");
  CHECK_FALSE(profiles.at("al").work);
}

TEST_CASE("an error's body is JSON without the file's blanks and comments, or text") {
  const auto errors =
      with(R"("errors": {"402": { "b": [1.0, 1e3, true], /* why */ "a": " \u00e9 //" }, "500": "plain"})").errors;
  CHECK(errors.at(402).content_type == "application/json; charset=utf-8");
  CHECK(errors.at(402).text == R"({"b":[1.0,1e3,true],"a":" \u00e9 //"})");
  CHECK(errors.at(500).content_type == "text/plain; charset=utf-8");
  CHECK(errors.at(500).text == "plain");
}

TEST_CASE("comments of both kinds may stand anywhere between tokens") {
  CHECK(loaded("// first\n/* { */ { /* } */ \"name\" // :\n : \"x\" /* , */ } // end").name == "x");
}

TEST_CASE("a name equals the file's stem, and any name fits a text without a file") {
  const std::string text = R"({"name": "x"})";
  for (const std::string file : {"x.json", "some/folder.d/x.json", "x", "-", ""}) {
    CAPTURE(file);
    CHECK(std::holds_alternative<Scenario>(load_text(text, file)));
  }
  for (const std::string file : {"y.json", "x/y.json", "x.y.json"}) {
    CAPTURE(file);
    CHECK(std::holds_alternative<std::vector<Problem>>(load_text(text, file)));
  }
}
