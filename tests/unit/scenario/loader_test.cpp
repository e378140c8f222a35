// A scenario file's keys and defaults, from the file to the model.
#include "scenario/loader.h"

#include <doctest/doctest.h>
#include <limits>
#include <string>
#include <tuple>

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
  CHECK(scenario.lookup.jitter == DurationChoice());
  REQUIRE(scenario.callback);
  CHECK(scenario.profiles.empty());
  CHECK(scenario.errors.empty());
  CHECK_FALSE(scenario.rate_limit);
  CHECK(scenario.rules.empty());
  CHECK(scenario.schedule.empty());
  CHECK_FALSE(scenario.expect.requests);
}

TEST_CASE("the file's top-level keys are read") {
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
  CHECK(lookup.jitter == DurationChoice(5ms));
  CHECK(std::get<Duration>(with(R"("lookup": {"pending": "1.5s"})").lookup.pending) == 1500ms);
}

TEST_CASE("enrichments have the fields of a request, and an id, a status, an email and a charge") {
  CHECK(loaded(R"({"name": "x"})").enrichments.empty());
  const auto enrichments = with(R"("enrichments": [
      {"linkedin_url": "https://www.LinkedIn.com/in/Jane%2DDoe/?a=b", "type": "personal"},
      {"linkedin_url": "https://linkedin.com/in/j", "type": "work", "callback_url": "http://u:p@app/hook",
       "external_id": "lead-1", "_id": "507F1F77bcf86cd799439011", "status": "completed", "email": "{first}@b",
       "charge": true},
      {"linkedin_url": "https://linkedin.com/in/j", "type": "work", "callback_url": null, "external_id": null,
       "status": "not-found", "charge": false}])")
                               .enrichments;
  REQUIRE(enrichments.size() == 3);
  const auto& [plain, full, null] = std::tie(enrichments[0], enrichments[1], enrichments[2]);
  CHECK(plain.request.linkedin_url == "https://www.LinkedIn.com/in/Jane%2DDoe/?a=b");
  CHECK(plain.request.username == "jane-doe");
  CHECK(plain.request.type == EmailType::personal);
  CHECK(plain.status == Status::pending);
  CHECK_FALSE((plain.id || plain.email || plain.charge || plain.request.callback_url || plain.request.external_id));
  CHECK(full.request.callback_url == "http://u:p@app/hook");
  CHECK(full.request.external_id == "lead-1");
  CHECK(full.id == parse_id("507f1f77bcf86cd799439011"));
  CHECK(full.status == Status::completed);
  CHECK(full.email == "{first}@b");
  CHECK(full.charge);
  CHECK(null.status == Status::not_found);
  CHECK_FALSE((null.request.callback_url || null.request.external_id));
}

TEST_CASE("as many enrichments are charged as the poorest team has credits, at most") {
  const std::string charged = R"({"linkedin_url": "https://linkedin.com/in/j", "type": "work", "status": "completed",
      "charge": true})";
  const auto loads = [&](const std::string& members) {
    return std::holds_alternative<Scenario>(
        load_text(R"({"name": "x", "enrichments": [)" + charged + ", " + charged + "]" + members + "}", "-"));
  };
  CHECK(loads(""));
  CHECK(loads(R"(, "credits": 2)"));
  CHECK_FALSE(loads(R"(, "credits": 1)"));
  CHECK(loads(R"(, "teams": [{"name": "a", "api_keys": ["k"], "credits": 2}])"));
  CHECK_FALSE(loads(R"(, "teams": [{"name": "a", "api_keys": ["k"], "credits": 1}])"));
}

TEST_CASE("durations of a lookup and the delay of a callback may vary") {
  const auto scenario = with(R"("lookup": {"pending": {"median": "1us", "p99": "1us", "max": "8760h"},
      "processing": {"median": "1s", "p99": "2s", "max": "3s"}, "jitter": {"median": "1ms", "p99": "2ms", "max": "3ms"}},
      "callback": {"delay": {"median": "1m", "p99": "2m", "max": "2m"}})");
  CHECK(std::get<Latency>(scenario.lookup.pending) == Latency{1us, 1us, 8760h});
  CHECK(std::get<Latency>(scenario.lookup.processing) == Latency{1s, 2s, 3s});
  CHECK(scenario.lookup.jitter == DurationChoice(Latency{1ms, 2ms, 3ms}));
  CHECK(scenario.callback->delay == DurationChoice(Latency{1min, 2min, 2min}));
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

TEST_CASE("comments of both kinds may be anywhere between tokens") {
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

// "callback", from the file to the model. A step's settings override the file's.

TEST_CASE("without \"callback\" the settings are as documented") {
  const auto callback = *loaded(R"({"name": "x"})").callback;
  CHECK(callback.max_attempts == 3);
  CHECK(callback.backoff == std::vector<Duration>{1s, 2s});
  CHECK_FALSE(callback.timeout);
  CHECK_FALSE(callback.on_failed);
  CHECK(callback.delay == DurationChoice());
  CHECK(callback.copies == 1);
  CHECK_FALSE(callback.drop);
  CHECK(callback.fail_first == 0);
  CHECK(callback.headers.empty());
  CHECK(callback.forward.empty());
  CHECK_FALSE(callback.before_response);
  CHECK(callback.order == Order::due);
  CHECK(callback.burst == 100ms);
  CHECK(callback.merge_patch.empty());
  CHECK_FALSE(callback.raw_body);
}

TEST_CASE("every callback setting is read") {
  const auto callback = *with(R"("callback": {"max_attempts": 5, "backoff": ["0s", "3s"], "timeout": "1ms",
      "on_failed": true, "delay": "2s", "copies": 3, "drop": true, "fail_first": 4,
      "headers": {"X-B": "", "X-A": "a b"}, "forward": ["traceparent", "X-A"], "before_response": true, "order": "reversed", "burst": "7s"})")
                             .callback;
  CHECK(callback.max_attempts == 5);
  CHECK(callback.backoff == std::vector<Duration>{0s, 3s});
  CHECK(callback.timeout == 1ms);
  CHECK(callback.on_failed);
  CHECK(callback.delay == DurationChoice(2s));
  CHECK(callback.copies == 3);
  CHECK(callback.drop);
  CHECK(callback.fail_first == 4);
  CHECK(callback.headers == std::vector<std::pair<std::string, std::string>>{{"X-B", ""}, {"X-A", "a b"}});
  CHECK(callback.forward == std::vector<std::string>{"traceparent", "X-A"});
  CHECK(callback.before_response);
  CHECK(callback.order == Order::reversed);
  CHECK(callback.burst == 7s);
}

TEST_CASE("a body is patched or replaced; the patch is stored without blanks and comments") {
  const auto patched = *with(R"("callback": {"merge_patch": { "email": null, /* why */ "n": 1.0 }})").callback;
  CHECK(patched.merge_patch == R"({"email":null,"n":1.0})");
  CHECK_FALSE(patched.raw_body);
  const auto replaced = *with(R"("callback": {"raw_body": "not { json"})").callback;
  CHECK(replaced.raw_body == "not { json");
  CHECK(replaced.merge_patch.empty());
  CHECK(with(R"("callback": {"raw_body": ""})").callback->raw_body == "");
  CHECK(with(R"("callback": {"merge_patch": {}})").callback->merge_patch == "{}");
}

TEST_CASE("a step's merge_patch replaces the file's merge_patch or raw_body, and the other way round") {
  struct Row {
    std::string file, step, merge_patch;
    std::optional<std::string> raw_body;
  };
  const std::vector<Row> table = {
      {R"("merge_patch": {"a": 1})", R"("merge_patch": {"b": 2})", R"({"b":2})", std::nullopt},
      {R"("raw_body": "x")", R"("merge_patch": {"b": 2})", R"({"b":2})", std::nullopt},
      {R"("merge_patch": {"a": 1})", R"("raw_body": "y")", "", "y"},
      {R"("raw_body": "x")", R"("raw_body": "")", "", ""},
      {R"("merge_patch": {"a": 1})", R"("copies": 2)", R"({"a":1})", std::nullopt},
      {R"("raw_body": "x")", R"("copies": 2)", "", "x"},
  };
  for (const auto& row : table) {
    CAPTURE(row.file);
    CAPTURE(row.step);
    const auto scenario = with(R"("callback": {)" + row.file + R"(}, "rules": [{"callback": {)" + row.step + "}}]");
    const auto& callback = *scenario.rules[0].steps[0].callback;
    CHECK(callback.merge_patch == row.merge_patch);
    CHECK(callback.raw_body == row.raw_body);
  }
}

TEST_CASE("a step's callback settings override the file's, in any order of the keys") {
  const auto scenario = with(R"("rules": [{"callback": {"copies": 2}}, {"lookup": {}}],
      "callback": {"max_attempts": 9, "copies": 5, "headers": {"X-A": "1"}})");
  const auto& changed = scenario.rules[0].steps[0].callback;
  REQUIRE(changed);
  CHECK(changed->copies == 2);
  CHECK(changed->max_attempts == 9);
  CHECK(changed->headers.size() == 1);
  CHECK(scenario.callback->copies == 5);
}

TEST_CASE("a step without \"callback\" shares the file's") {
  const auto scenario = with(R"("rules": [{"lookup": {}}, {"steps": [{}]}])");
  CHECK(scenario.rules[0].steps[0].callback == scenario.callback);
  CHECK(scenario.rules[1].steps[0].callback == scenario.callback);
}

TEST_CASE("each of several steps inherits from the file, not from the step before") {
  const auto scenario = with(R"("callback": {"order": "reversed", "headers": {"X-A": "1"}},
      "rules": [{"steps": [{"callback": {"before_response": true, "headers": {}}}, {"callback": {"burst": "1s"}}]}])");
  const auto& steps = scenario.rules[0].steps;
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].callback->before_response);
  CHECK(steps[0].callback->order == Order::reversed);
  CHECK(steps[0].callback->burst == 100ms);
  CHECK(steps[0].callback->headers.empty());
  CHECK_FALSE(steps[1].callback->before_response);
  CHECK(steps[1].callback->burst == 1s);
  CHECK(steps[1].callback->headers.size() == 1);
}

// "rate_limit", "schedule" and "expect", from the file to the model.

TEST_CASE("a rate limit has a number of requests and a window") {
  const auto limit = with(R"("rate_limit": {"requests": 5, "per": "1m"})").rate_limit;
  REQUIRE(limit);
  CHECK(limit->requests == 5);
  CHECK(limit->per == 60s);
}

TEST_CASE("the schedule has windows and credits, in the order of the file") {
  const auto schedule = with(R"("schedule": [
      {"at": "10s", "until": "20s", "on": "poll", "response": {"status": 503}},
      {"at": "0s", "response": {"delay": "1s", "fault": "empty-response"}},
      {"at": "5s", "add_credits": 1000000000000}])")
                            .schedule;
  REQUIRE(schedule.size() == 3);
  CHECK(schedule[0].at == 10s);
  CHECK(schedule[0].until == 20s);
  CHECK(schedule[0].on == CallKind::poll);
  REQUIRE(schedule[0].response);
  CHECK(schedule[0].response->status == 503);
  CHECK(schedule[0].add_credits == 0);
  CHECK(schedule[1].at == 0s);
  CHECK_FALSE(schedule[1].until);
  CHECK_FALSE(schedule[1].on);
  REQUIRE(schedule[1].response);
  CHECK_FALSE(schedule[1].response->status);
  CHECK(schedule[1].response->delay == DurationChoice(1s));
  CHECK(schedule[1].response->fault == Fault::empty_response);
  CHECK(schedule[2].at == 5s);
  CHECK_FALSE(schedule[2].response);
  CHECK(schedule[2].add_credits == 1'000'000'000'000);
}

TEST_CASE("the advice that is left out is read") {
  CHECK(with(R"("advice": {})").ignored_advice.empty());
  CHECK(with(R"("advice": {"ignore": []})").ignored_advice.empty());
  CHECK(with(R"("advice": {"ignore": ["result-lost", "no-backoff"]})").ignored_advice ==
        std::vector{AdviceRule::result_lost, AdviceRule::no_backoff});
}

TEST_CASE("every expectation is read") {
  const auto expect = with(R"("expect": {"requests": 1, "rejected": {"503": 2, "400": 0}, "completed": 3,
      "not-found": 4, "failed": 5, "callbacks": {"delivered": 6, "exhausted": 7, "dropped": 8},
      "credits": 9, "unmatched": 1000000000000})")
                          .expect;
  CHECK(expect.requests == Bounds::exactly(1));
  CHECK(expect.rejected == std::map<int, Bounds>{{503, Bounds::exactly(2)}, {400, Bounds::exactly(0)}});
  CHECK(expect.completed == Bounds::exactly(3));
  CHECK(expect.not_found == Bounds::exactly(4));
  CHECK(expect.failed == Bounds::exactly(5));
  CHECK(expect.delivered == Bounds::exactly(6));
  CHECK(expect.exhausted == Bounds::exactly(7));
  CHECK(expect.dropped == Bounds::exactly(8));
  CHECK(expect.credits == Bounds::exactly(9));
  CHECK(expect.unmatched == Bounds::exactly(1'000'000'000'000));
}

TEST_CASE("bounds, one or both, may replace any expected number") {
  const auto expect = with(R"("expect": {"requests": {"at_least": 1}, "rejected": {"503": {"at_most": 2}},
      "callbacks": {"delivered": {"at_least": 3, "at_most": 3}},
      "credits": {"at_least": 0, "at_most": 1000000000000}})")
                          .expect;
  CHECK(expect.requests == Bounds{.at_least = 1});
  CHECK(expect.rejected == std::map<int, Bounds>{{503, {.at_most = 2}}});
  CHECK(expect.delivered == Bounds::exactly(3));
  CHECK(expect.credits == Bounds{0, 1'000'000'000'000});
}

TEST_CASE("a missing expectation allows any value") {
  const auto expect = with(R"("expect": {})").expect;
  CHECK_FALSE(expect.requests);
  CHECK(expect.rejected.empty());
  CHECK_FALSE(expect.completed);
  CHECK_FALSE(expect.not_found);
  CHECK_FALSE(expect.failed);
  CHECK_FALSE(expect.delivered);
  CHECK_FALSE(expect.exhausted);
  CHECK_FALSE(expect.dropped);
  CHECK_FALSE(expect.credits);
  CHECK_FALSE(expect.unmatched);
}
