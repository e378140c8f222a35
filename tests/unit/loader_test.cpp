// What a scenario file says arrives in the model: every key, every default, what a step inherits.
#include "scenario/loader.h"

#include <doctest/doctest.h>
#include <limits>
#include <string>

using namespace enrichment_mock::scenario;
using namespace std::chrono_literals;

namespace {

Scenario loaded(const std::string& text) {
  auto result = load_text(text, "-");
  if (const auto* problems = std::get_if<std::vector<Problem>>(&result)) FAIL(to_string(problems->front()));
  return std::get<Scenario>(std::move(result));
}

// A scenario with these members beside its name.
Scenario with(const std::string& members) { return loaded(R"({"name": "x", )" + members + "}"); }

Step step_of(const std::string& rule) { return with(R"("rules": [)" + rule + "]").rules[0].steps.at(0); }

}  // namespace

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
  REQUIRE(scenario.callback);
  CHECK(scenario.callback->max_attempts == 3);
  CHECK(scenario.callback->backoff == std::vector<Duration>{1s, 2s});
  CHECK(scenario.profiles.empty());
  CHECK(scenario.errors.empty());
  CHECK(scenario.rules.empty());
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

TEST_CASE("every callback setting arrives") {
  const auto callback = *with(R"("callback": {"max_attempts": 5, "backoff": ["0s", "3s"], "timeout": "1ms",
      "on_failed": true, "delay": "2s", "copies": 3, "drop": true, "fail_first": 4,
      "headers": {"X-B": "", "X-A": "a b"}})")
                             .callback;
  CHECK(callback.max_attempts == 5);
  CHECK(callback.backoff == std::vector<Duration>{0s, 3s});
  CHECK(callback.timeout == 1ms);
  CHECK(callback.on_failed);
  CHECK(callback.delay == 2s);
  CHECK(callback.copies == 3);
  CHECK(callback.drop);
  CHECK(callback.fail_first == 4);
  CHECK(callback.headers == std::vector<std::pair<std::string, std::string>>{{"X-B", ""}, {"X-A", "a b"}});
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

TEST_CASE("a rule has a match, a name and a step") {
  const auto rules = with(R"("rules": [
      {"name": "n", "match": {"username": "JANE*", "type": "personal", "external_id": "Lead-?",
                              "has_callback": false, "team": "T"}},
      {}])")
                         .rules;
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].name == "n");
  CHECK(rules[0].match.username == "jane*");
  CHECK(rules[0].match.type == EmailType::personal);
  CHECK(rules[0].match.external_id == "Lead-?");
  CHECK(rules[0].match.has_callback == false);
  CHECK(rules[0].match.team == "T");
  CHECK(rules[0].steps.size() == 1);
  CHECK(rules[1].name == "rules/1");
  CHECK_FALSE(rules[1].match.username);
  CHECK(rules[1].steps.size() == 1);
}

TEST_CASE("a step stands in its rule or in steps, with the same meaning") {
  for (const std::string rule : {R"({"lookup": {"outcome": "failed"}, "response": {"status": 503}})",
                                 R"({"steps": [{"lookup": {"outcome": "failed"}, "response": {"status": 503}}]})"}) {
    CAPTURE(rule);
    const auto step = step_of(rule);
    REQUIRE(step.lookup.outcome);
    CHECK(std::get<Outcome>(*step.lookup.outcome) == Outcome::failed);
    CHECK_FALSE(step.lookup.pending);
    REQUIRE(step.response);
    CHECK(step.response->status == 503);
  }
}

TEST_CASE("a step's callback is the file's with the step's settings over it, wherever in the file they stand") {
  const auto scenario = with(R"("rules": [{"callback": {"copies": 2}}, {"lookup": {}}],
      "callback": {"max_attempts": 9, "copies": 5, "headers": {"X-A": "1"}})");
  const auto& changed = scenario.rules[0].steps[0].callback;
  REQUIRE(changed);
  CHECK(changed->copies == 2);
  CHECK(changed->max_attempts == 9);
  CHECK(changed->headers.size() == 1);
  CHECK(scenario.callback->copies == 5);
}

TEST_CASE("a step that says nothing of callbacks shares the file's") {
  const auto scenario = with(R"("rules": [{"lookup": {}}, {"steps": [{}]}])");
  CHECK(scenario.rules[0].steps[0].callback == scenario.callback);
  CHECK(scenario.rules[1].steps[0].callback == scenario.callback);
}

TEST_CASE("a response has a status, headers, a body and a delay") {
  const auto response = *step_of(R"({"response": {"status": 429, "headers": {"Retry-After": "1"}, "body": "later",
      "delay": "2s"}})")
                             .response;
  CHECK(response.status == 429);
  CHECK(response.headers == std::vector<std::pair<std::string, std::string>>{{"Retry-After", "1"}});
  REQUIRE(response.body);
  CHECK(response.body->text == "later");
  CHECK(response.delay == 2s);
}

TEST_CASE("a response's body may be any JSON value, and none is not null") {
  const auto body = [](const std::string& text) {
    return step_of(R"({"response": {"status": 200)" + text + "}}").response->body;
  };
  CHECK_FALSE(body(""));
  CHECK(body(R"(, "body": null)")->text == "null");
  CHECK(body(R"(, "body": [ 1, 2 ])")->text == "[1,2]");
  CHECK(body(R"(, "body": false)")->content_type == "application/json; charset=utf-8");
}

TEST_CASE("a response without a status only disturbs") {
  const auto response = *step_of(R"({"response": {"delay": "1s"}})").response;
  CHECK_FALSE(response.status);
  CHECK(response.delay == 1s);
  CHECK_FALSE(step_of(R"({"lookup": {}})").response);
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
