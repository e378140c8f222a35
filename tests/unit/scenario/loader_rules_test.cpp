// "rules" and their responses, from the file to the model.
#include <doctest/doctest.h>
#include <string>

#include "support/loaded.h"

using namespace enrichment_mock::scenario;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

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

TEST_CASE("a username's pattern is percent-decoded before * and ? are read") {
  CHECK(rule_of(R"({"match": {"username": "j%41ne%2A"}, "lookup": {}})").match.username == "jane*");
  CHECK(rule_of(R"({"match": {"username": "%3f"}, "lookup": {}})").match.username == "?");
}

TEST_CASE("by default a rule is on requests, counts the team's calls and stays at its last step") {
  const auto rule = rule_of("{}");
  CHECK(rule.on == CallKind::request);
  CHECK(rule.count == CountBy::team);
  CHECK(rule.after_last == AfterLast::repeat);
}

TEST_CASE("a rule can set which calls it is on, whose calls it counts, and what follows the last step") {
  const auto on = [](const std::string& word) { return rule_of(R"({"on": ")" + word + "\"}").on; };
  CHECK(on("request") == CallKind::request);
  CHECK(on("poll") == CallKind::poll);
  CHECK(on("credits") == CallKind::credits);
  const auto count = [](const std::string& word) { return rule_of(R"({"count": ")" + word + "\"}").count; };
  CHECK(count("team") == CountBy::team);
  CHECK(count("profile") == CountBy::profile);
  const auto after = [](const std::string& word) { return rule_of(R"({"after_last": ")" + word + "\"}").after_last; };
  CHECK(after("repeat") == AfterLast::repeat);
  CHECK(after("cycle") == AfterLast::cycle);
  CHECK(after("next-rule") == AfterLast::next_rule);
}

TEST_CASE("a step has the same meaning in its rule and in steps") {
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

TEST_CASE("several steps keep their order, also an empty one") {
  const auto rule = rule_of(R"({"steps": [{"response": {"status": 503}}, {}, {"lookup": {"jitter": "1s"}}]})");
  REQUIRE(rule.steps.size() == 3);
  REQUIRE(rule.steps[0].response);
  CHECK(rule.steps[0].response->status == 503);
  CHECK_FALSE(rule.steps[1].response);
  CHECK_FALSE(rule.steps[1].lookup.jitter);
  CHECK_FALSE(rule.steps[2].response);
  CHECK(rule.steps[2].lookup.jitter == DurationChoice(1s));
}

TEST_CASE("rules on polls and on the credits have responses, and may match what such a call has") {
  const auto poll = rule_of(R"({"on": "poll", "match": {"username": "a"}, "count": "profile", "steps": [{}]})");
  CHECK(poll.match.username == "a");
  const auto credits = rule_of(R"({"on": "credits", "match": {"team": "t"}, "response": {"status": 500}})");
  CHECK(credits.match.team == "t");
  CHECK(credits.steps.at(0).response->status == 500);
}

TEST_CASE("a response has a status, headers, a body and a delay") {
  const auto response = *step_of(R"({"response": {"status": 429, "headers": {"Retry-After": "1"}, "body": "later",
      "delay": "2s"}})")
                             .response;
  CHECK(response.status == 429);
  CHECK(response.headers == std::vector<std::pair<std::string, std::string>>{{"Retry-After", "1"}});
  REQUIRE(response.body);
  CHECK(response.body->text == "later");
  CHECK(response.delay == DurationChoice(2s));
}

TEST_CASE("a response's body may be any JSON value, and no body differs from null") {
  const auto body = [](const std::string& text) {
    return step_of(R"({"response": {"status": 200)" + text + "}}").response->body;
  };
  CHECK_FALSE(body(""));
  CHECK(body(R"(, "body": null)")->text == "null");
  CHECK(body(R"(, "body": [ 1, 2 ])")->text == "[1,2]");
  CHECK(body(R"(, "body": false)")->content_type == "application/json; charset=utf-8");
}

TEST_CASE("a response without a status has only a delay or a fault") {
  const auto response = *step_of(R"({"response": {"delay": "1s"}})").response;
  CHECK_FALSE(response.status);
  CHECK(response.delay == DurationChoice(1s));
  CHECK_FALSE(step_of(R"({"lookup": {}})").response);
}

TEST_CASE("a delay may vary") {
  const auto response = *step_of(R"({"response": {"delay": {"median": "200ms", "p99": "3s", "max": "10s"}}})").response;
  CHECK(response.delay == DurationChoice(Latency{200ms, 3s, 10s}));
}

TEST_CASE("a dribbled response has a time") {
  const auto over = [](const std::string& time) {
    return step_of(R"({"response": {"fault": "dribble", "over": ")" + time + "\"}}").response->over;
  };
  CHECK(over("2s") == 2s);
  CHECK(over("1us") == 1us);
  CHECK(over("1h") == 1h);
}

TEST_CASE("every fault is read, with a status and without") {
  const auto fault = [](const std::string& members) {
    return step_of(R"({"response": {)" + members + "}}").response->fault;
  };
  CHECK(fault(R"("status": 503)") == Fault::none);
  CHECK(fault(R"("fault": "connection-reset")") == Fault::connection_reset);
  CHECK(fault(R"("fault": "empty-response")") == Fault::empty_response);
  CHECK(fault(R"("fault": "truncated-body")") == Fault::truncated_body);
  CHECK(fault(R"("fault": "malformed-json")") == Fault::malformed_json);
  CHECK(fault(R"("fault": "stalled-body")") == Fault::stalled_body);
  CHECK(fault(R"("fault": "wrong-content-type")") == Fault::wrong_content_type);
  CHECK(fault(R"("fault": "dribble", "over": "1s", "status": 204)") == Fault::dribble);
  CHECK(fault(R"("fault": "truncated-body", "status": 500)") == Fault::truncated_body);
  CHECK(fault(R"("fault": "truncated-body", "status": 200, "body": "a")") == Fault::truncated_body);
  CHECK(fault(R"("fault": "empty-response", "status": 204, "delay": "1s")") == Fault::empty_response);
}
