// A team with a script: rules on every call, the schedule, a replaced scenario.
#include <algorithm>
#include <doctest/doctest.h>
#include <stdexcept>
#include <tuple>

#include "engine/team.h"
#include "engine/verify.h"
#include "scenario/plan.h"
#include "support/team_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::engine;
using namespace enrichment_mock::support;
using scenario::Rule;
using scenario::Rules;
using scenario::Step;

namespace {

constexpr auto exactly = scenario::Bounds::exactly;

Step answers(int status) {
  Step step;
  step.response = std::make_shared<const scenario::Reply>(scenario::Reply{.status = status});
  return step;
}

Step disturbs(scenario::Reply reply) {
  Step step;
  step.response = std::make_shared<const scenario::Reply>(std::move(reply));
  return step;
}

scenario::Scenario with_rules(std::vector<Rule> rules) {
  scenario::Scenario scenario;
  scenario.rules = Rules(std::move(rules));
  return scenario;
}

std::vector<std::string> texts_of(const std::vector<Difference>& differences) {
  std::vector<std::string> texts;
  for (const auto& each : differences) texts.push_back(each.text);
  return texts;
}

}  // namespace

TEST_CASE("503 once, failed once, then found after two polls") {
  Step fails, polled;
  fails.lookup.outcome = scenario::Outcome::failed;
  polled.lookup.processing = scenario::Polls{2};
  auto scenario =
      with_rules({{.name = "jane", .match = {.username = "jane*"}, .steps = {answers(503), fails, polled}}});
  scenario.expect = {.requests = exactly(3),
                     .rejected = {{503, exactly(1)}},
                     .completed = exactly(1),
                     .not_found = exactly(0),
                     .failed = exactly(1),
                     .credits = exactly(249)};
  auto team = make_team(scenario);
  CHECK(team.request(kStart, lead("jane")).kind == RequestResult::Kind::scripted);
  const auto second = team.request(kStart, lead("jane")).id, third = team.request(kStart, lead("jane-doe")).id;
  team.advance(kStart + 1s);
  CHECK(team.poll(kStart + 1s, second)->view.status == Status::failed);
  CHECK(texts_of(differences(team.scenario().expect, team)) ==
        std::vector<std::string>{"completed: expected 1, found 0 (1 lookup is still open)",
                                 "credits: expected 249, found 250 (1 lookup is still open)"});
  CHECK(team.poll(kStart + 1s, third)->view.status == Status::processing);
  CHECK(team.poll(kStart + 1s, third)->view.status == Status::processing);
  CHECK(team.poll(kStart + 1s, third)->view.status == Status::completed);
  CHECK(differences(team.scenario().expect, team).empty());
}

TEST_CASE("a rule on poll sees what the enrichment was requested with") {
  auto request = lead("Jane%2DDoe");
  request.username = "jane-doe";
  request.external_id = "lead-1";
  request.type = EmailType::personal;
  const std::vector<scenario::Match> fitting = {
      {.username = "jane-doe"}, {.type = EmailType::personal}, {.external_id = "lead-?"}, {.has_callback = false}};
  for (const auto& match : fitting) {
    auto team =
        make_team(with_rules({{.name = "r", .on = scenario::CallKind::poll, .match = match, .steps = {answers(500)}}}));
    const auto id = team.request(kStart, request).id;
    CHECK(team.poll(kStart, id)->script.replaces_response());
  }
  auto team = make_team(with_rules(
      {{.name = "r", .on = scenario::CallKind::poll, .match = {.username = "john"}, .steps = {answers(500)}}}));
  CHECK_FALSE(team.poll(kStart, team.request(kStart, request).id)->script.reply);
}

TEST_CASE("a poll of an unknown id uses up no step") {
  auto team = make_team(with_rules({{.name = "r", .on = scenario::CallKind::poll, .steps = {answers(500), {}}}}));
  CHECK_FALSE(team.poll(kStart, *parse_id("507f1f77bcf86cd799439011")));
  const auto id = team.request(kStart, lead("jane")).id;
  CHECK(team.poll(kStart, id)->script.replaces_response());
  CHECK_FALSE(team.poll(kStart, id)->script.replaces_response());
}

TEST_CASE("a poll with a scripted response or a fault does not count, a delayed or dribbled one does") {
  scenario::Scenario scenario = with_rules({{.name = "r",
                                             .on = scenario::CallKind::poll,
                                             .steps = {answers(503),
                                                       disturbs({.fault = scenario::Fault::truncated_body}),
                                                       disturbs({.delay = 1s}),
                                                       disturbs({.fault = scenario::Fault::dribble, .over = 1s}),
                                                       {}}}});
  scenario.lookup.pending = scenario::Polls{3};
  scenario.lookup.processing = scenario::Forever{};
  auto team = make_team(scenario);
  const auto id = team.request(kStart, lead("jane")).id;
  for (int i = 0; i < 5; ++i) CHECK(team.poll(kStart, id)->view.status == Status::pending);
  CHECK(team.poll(kStart, id)->view.status == Status::processing);
}

namespace {

constexpr scenario::Latency kVaries{200ms, 3s, 10s};

scenario::Scenario with_varying_delays() {
  auto scenario = with_rules({{.name = "a", .steps = {disturbs({.delay = kVaries})}},
                              {.name = "b", .on = scenario::CallKind::poll, .steps = {disturbs({.delay = kVaries})}}});
  scenario.seed = 1;
  scenario.schedule = {
      {.at = 0s, .response = std::make_shared<const scenario::Reply>(scenario::Reply{.delay = kVaries})}};
  return scenario;
}

}  // namespace

TEST_CASE("a rule's delay that varies is drawn by profile and kind of call, with a counter for each") {
  auto team = make_team(with_varying_delays());
  const auto delay = [&](std::string_view username, scenario::CallKind call, std::uint64_t n) {
    return scenario::response_delay(kVaries, 1, username, call, n);
  };
  const auto jane = team.request(kStart, lead("jane")), john = team.request(kStart, lead("john"));
  CHECK(jane.script.delay == delay("jane", scenario::CallKind::request, 0));
  CHECK(john.script.delay == delay("john", scenario::CallKind::request, 0));
  for (std::uint64_t n = 0; n < 3; ++n) {
    CHECK(team.poll(kStart, jane.id)->script.delay == delay("jane", scenario::CallKind::poll, n));
    CHECK(team.poll(kStart, john.id)->script.delay == delay("john", scenario::CallKind::poll, n));
  }
  CHECK(team.request(kStart, lead("jane")).script.delay == delay("jane", scenario::CallKind::request, 1));
}

TEST_CASE("a window's delay that varies is drawn by kind of call") {
  auto team = make_team(with_varying_delays());
  for (std::uint64_t n = 0; n < 3; ++n)
    for (const auto call : {scenario::CallKind::request, scenario::CallKind::credits})
      CHECK(team.admit(kStart, call).delay == scenario::response_delay(kVaries, 1, "", call, n));
}

TEST_CASE("each copy of a callback is due after a delay of its own, if the delay varies") {
  auto scenario = with_callback({.delay = kVaries, .copies = 2});
  scenario.seed = 1;
  auto team = make_team(scenario);
  std::vector<base::Duration> delays;
  for (int i = 0; i < 2; ++i) team.request(kStart, lead("jane", kHook));
  team.advance(kStart + 500ms);
  for (const auto& callback : team.callbacks().all()) {
    const auto& enrichment = team.enrichments()[callback.enrichment];
    delays.push_back(callback.due - enrichment.resolved_at);
    CHECK(delays.back() == scenario::callback_delay(*enrichment.callback, enrichment.callback_draw, callback.copy));
  }
  std::ranges::sort(delays);
  CHECK(delays.size() == 4);
  CHECK(std::ranges::adjacent_find(delays) == delays.end());
}

TEST_CASE("a rule on credits replaces the balance") {
  auto team = make_team(with_rules({{.name = "r", .on = scenario::CallKind::credits, .steps = {answers(500), {}}}}));
  CHECK(team.credits().script.replaces_response());
  const auto second = team.credits();
  CHECK_FALSE(second.script.reply);
  CHECK(second.balance == 250);
}

TEST_CASE("without credits a rule's response is still sent, but its lookup is not started") {
  Step fails;
  fails.lookup.outcome = scenario::Outcome::failed;
  auto scenario = with_rules({{.name = "r", .steps = {answers(503), fails}}});
  scenario.credits = 0;
  auto team = make_team(scenario);
  CHECK(team.request(kStart, lead("jane")).kind == RequestResult::Kind::scripted);
  CHECK(team.request(kStart, lead("jane")).kind == RequestResult::Kind::no_credits);
}

namespace {

scenario::SeededEnrichment present(Status status, std::string username, bool charge = false) {
  return {.request = lead(std::move(username), kHook), .status = status, .charge = charge};
}

scenario::Scenario with_enrichments() {
  scenario::Scenario scenario;
  scenario.seed = 7;
  scenario.credits = 3;
  scenario.enrichments = {present(Status::pending, "pia"), present(Status::processing, "pro"),
                          present(Status::completed, "cora", true), present(Status::not_found, "nora")};
  scenario.enrichments[1].id = parse_id("507f1f77bcf86cd799439011");
  scenario.enrichments[2].email = "{username}@seed.example";
  return scenario;
}

}  // namespace

TEST_CASE("a team has the enrichments of its scenario from the start, and they continue as the scenario says") {
  auto team = make_team(with_enrichments());
  REQUIRE(team.enrichments().size() == 4);
  const auto& [pia, pro, cora, nora] =
      std::tie(team.enrichments()[0], team.enrichments()[1], team.enrichments()[2], team.enrichments()[3]);
  CHECK(pia.status == Status::pending);
  CHECK(team.find(*parse_id("507f1f77bcf86cd799439011")) == &pro);
  CHECK(view_of(cora).email == "cora@seed.example");
  CHECK(cora.charged);
  CHECK(nora.status == Status::not_found);
  for (const auto& enrichment : team.enrichments()) CHECK(enrichment.pending_at == kStart);
  CHECK(team.ledger().balance() == 2);
  CHECK(team.counters().requests == 0);
  CHECK(team.counters().completed == 1);
  CHECK(team.advance(kStart + 500ms).size() == 2);  // callbacks: only for the two that were open
  CHECK(pia.resolved_at == kStart + 500ms);
  CHECK(pro.resolved_at == kStart + 400ms);
  CHECK(team.ledger().charged() == 3);
}

TEST_CASE("enrichments of the scenario change neither the ids nor the draws of requests") {
  auto scenario = with_enrichments();
  scenario.credits = 100;
  scenario.lookup.outcome = scenario::OutcomeWeights{.completed = 1, .not_found = 1, .failed = 1};
  auto without = scenario;
  without.enrichments.clear();
  auto team = make_team(scenario), plain = make_team(without), again = make_team(scenario);
  for (int n = 0; n < 20; ++n) {
    const auto id = accept(team, lead("pia"));
    CHECK(id == accept(plain, lead("pia")));
    REQUIRE(team.find(id));
    CHECK(team.find(id)->number == static_cast<Number>(n + 4));
    CHECK(team.find(id)->outcome == plain.find(id)->outcome);
  }
  for (Number number = 0; number < 4; ++number) {
    CHECK(team.enrichments()[number].id == again.enrichments()[number].id);
    CHECK(team.find(team.enrichments()[number].id)->number == number);
  }
}

TEST_CASE("a generated id is never one that a later enrichment of the scenario has chosen") {
  auto scenario = with_enrichments();
  const auto taken = make_team(scenario).enrichments()[0].id;
  scenario.enrichments[3].id = taken;
  auto team = make_team(scenario);
  CHECK(team.find(taken)->linkedin_url() == lead("nora").linkedin_url);
  CHECK(team.enrichments()[0].id != taken);
  CHECK(team.find(team.enrichments()[0].id) == &team.enrichments()[0]);
}

TEST_CASE("a scenario that replaces another adds no enrichments") {
  auto team = make_team();
  team.replace(std::make_shared<const scenario::Scenario>(with_enrichments()), kStart);
  CHECK(team.enrichments().empty());
}

TEST_CASE("a team that cannot pay for its enrichments is not made") {
  auto scenario = with_enrichments();
  scenario.credits = 0;
  CHECK_THROWS_AS(make_team(scenario), std::invalid_argument);
}

TEST_CASE("the schedule adds credits at its time, before anything else of that instant") {
  scenario::Scenario scenario;
  scenario.credits = 1;
  scenario.schedule = {{.at = 500ms, .add_credits = 1}};
  auto team = make_team(scenario);
  team.request(kStart, lead("a"));
  team.request(kStart, lead("b"));
  CHECK(team.next_due() == kStart + 100ms);
  team.advance(kStart + 500ms);
  CHECK(team.counters().completed == 2);
  CHECK(team.ledger().added() == 1);
  CHECK(team.ledger().movements()[1].at == kStart + 500ms);
}

TEST_CASE("refused requests are counted by the gate, refused polls are not") {
  scenario::Scenario scenario;
  scenario.rate_limit = scenario::RateLimit{.requests = 1, .per = 1h};
  auto team = make_team(scenario);
  CHECK_FALSE(team.admit(kStart, scenario::CallKind::request).refuses());
  CHECK(team.admit(kStart, scenario::CallKind::request).refuses());
  CHECK(team.admit(kStart, scenario::CallKind::poll).refuses());
  CHECK(team.counters().requests == 1);
  CHECK(team.counters().rejected.at(429) == 1);
}

TEST_CASE("before_response resolves at once and makes one attempt first, whatever the lookup's duration") {
  scenario::Scenario scenario;
  scenario.lookup.pending = scenario::Polls{3};
  scenario.lookup.processing = scenario::Forever{};
  scenario.callback =
      std::make_shared<const scenario::Callback>(scenario::Callback{.delay = 5s, .copies = 2, .before_response = true});
  auto team = make_team(scenario);
  const auto result = team.request(kStart, lead("jane", "http://app.example/"));
  REQUIRE(result.attempt_first);
  CHECK(result.attempt_first->notification.status == Status::completed);
  CHECK(team.ledger().balance() == 249);
  CHECK(team.poll(kStart, result.id)->view.status == Status::completed);
  CHECK(team.next_due() == kStart + 5s);  // the other copy
  team.finish_attempt(result.attempt_first->callback, {500, "", 1ms}, kStart + 1ms);
  CHECK(team.next_due() == kStart + 1ms + 1s);
  CHECK(history_of(team.enrichments()[0]).size() == 3);
  CHECK_FALSE(team.request(kStart, lead("john")).attempt_first);  // no callback asked for
}

TEST_CASE("before_response does not wait for a dropped callback, or one with fail_first") {
  for (const auto& callback : {scenario::Callback{.drop = true, .before_response = true},
                               scenario::Callback{.fail_first = 1, .before_response = true}}) {
    scenario::Scenario scenario;
    scenario.callback = std::make_shared<const scenario::Callback>(callback);
    auto team = make_team(scenario);
    CHECK_FALSE(team.request(kStart, lead("jane", "http://app.example/")).attempt_first);
    CHECK(team.callbacks().at(0).attempts.size() == static_cast<std::size_t>(callback.fail_first));
  }
}

TEST_CASE("reversed callbacks are sent at the end of their burst, the last one that became due first") {
  scenario::Scenario scenario;
  scenario.callback = std::make_shared<const scenario::Callback>(
      scenario::Callback{.order = scenario::Order::reversed, .burst = 100ms});
  auto team = make_team(scenario);
  const auto ask = [&](Instant at, const char* name) { team.request(at, lead(name, "http://app.example/")); };
  ask(kStart, "a");          // falls due at 500 ms: a burst up to 600 ms
  ask(kStart + 50ms, "b");   // 550 ms
  ask(kStart + 100ms, "c");  // 600 ms: still of that burst
  ask(kStart + 101ms, "d");  // 601 ms: a burst of its own
  std::string order;
  for (std::vector<DueAttempt> attempts; team.fire_next(kStart + 1h, attempts); attempts.clear())
    for (const auto& attempt : attempts) {
      const auto due = team.callbacks().at(attempt.callback).attempts.back().at;
      order += attempt.notification.linkedin_url.back();
      order += "@" + std::to_string((due - kStart) / 1ms) + " ";
      team.finish_attempt(attempt.callback, {200, "", 1ms}, due);
    }
  CHECK(order == "c@600 b@600 a@600 d@701 ");
}

TEST_CASE("a retry of a reversed callback is not held again") {
  scenario::Scenario scenario;
  scenario.callback = std::make_shared<const scenario::Callback>(
      scenario::Callback{.order = scenario::Order::reversed, .burst = 100ms});
  auto team = make_team(scenario);
  team.request(kStart, lead("a", "http://app.example/"));
  CHECK(team.advance(kStart + 599ms).empty());
  const auto due = team.advance(kStart + 600ms);
  REQUIRE(due.size() == 1);
  team.finish_attempt(due[0].callback, {500, "", 1ms}, kStart + 600ms);
  CHECK(team.next_due() == kStart + 1600ms);
  CHECK(team.advance(kStart + 1600ms).size() == 1);
}

TEST_CASE("another scenario: accepted lookups keep their plan, rules start again, balance and origin stay") {
  Step slow;
  slow.lookup.processing = base::Duration(10s);
  auto old = with_rules({{.name = "r", .steps = {slow, answers(503)}}});
  old.callback = std::make_shared<const scenario::Callback>(scenario::Callback{.max_attempts = 2});
  auto team = make_team(old);
  const auto id = team.request(kStart, lead("a", "http://app.example/")).id;

  scenario::Scenario other = with_rules({{.name = "r", .steps = {answers(500), {}}}});
  other.credits = 7;
  other.lookup.processing = base::Duration(0);
  other.schedule = {{.at = 1s, .add_credits = 5}, {.at = 4s, .add_credits = 10}};
  team.replace(std::make_shared<const scenario::Scenario>(other), kStart + 2s);
  CHECK(team.ledger().balance() == 250);
  CHECK(team.request(kStart + 2s, lead("b")).kind == RequestResult::Kind::scripted);
  CHECK(team.request(kStart + 2s, lead("b")).kind == RequestResult::Kind::accepted);
  team.advance(kStart + 4s);
  CHECK(team.ledger().added() == 10);
  CHECK(team.poll(kStart + 4s, id)->view.status == Status::processing);
  auto attempt = team.advance(kStart + 10100ms).at(0);
  team.finish_attempt(attempt.callback, {500, "", 1ms}, kStart + 11s);
  attempt = team.advance(kStart + 12s).at(0);
  team.finish_attempt(attempt.callback, {500, "", 1ms}, kStart + 12s);
  CHECK(team.callbacks().at(0).state == CallbackState::exhausted);
}

TEST_CASE("expectations name each difference, and ignore what is left out") {
  auto team = make_team();
  team.count_refused(400);
  team.count_unmatched();
  CHECK(differences({}, team).empty());
  CHECK(differences({.requests = exactly(1), .rejected = {{400, exactly(1)}}, .unmatched = exactly(1)}, team).empty());
  CHECK(texts_of(differences({.requests = exactly(2),
                              .rejected = {{400, exactly(0)}, {503, exactly(1)}},
                              .not_found = exactly(1),
                              .delivered = exactly(1),
                              .unmatched = exactly(0)},
                             team)) ==
        std::vector<std::string>{"requests: expected 2, found 1", "rejected 400: expected 0, found 1",
                                 "rejected 503: expected 1, found 0", "not-found: expected 1, found 0",
                                 "callbacks delivered: expected 1, found 0", "unmatched: expected 0, found 1"});
}

TEST_CASE("a number above its bound can no longer hold; one below it, and a balance, still can") {
  auto team = make_team();
  for (int n = 0; n < 2; ++n) team.count_refused(400);
  team.count_unmatched();
  struct Case {
    scenario::Expectation expected;
    bool can_still_hold;
  };
  for (const auto& [expected, can_still_hold] : {Case{{.requests = exactly(1)}, false},
                                                 {{.requests = exactly(3)}, true},
                                                 {{.rejected = {{400, {.at_most = 1}}}}, false},
                                                 {{.rejected = {{400, {.at_least = 3}}}}, true},
                                                 {{.completed = exactly(1)}, true},
                                                 {{.delivered = exactly(1)}, true},
                                                 {{.credits = exactly(249)}, true},
                                                 {{.credits = exactly(251)}, true},
                                                 {{.unmatched = exactly(0)}, false}}) {
    const auto found = differences(expected, team);
    REQUIRE(found.size() == 1);
    CAPTURE(found[0].text);
    CHECK(found[0].can_still_hold == can_still_hold);
  }
}

TEST_CASE("an expectation with bounds names them") {
  auto team = make_team();
  for (int n = 0; n < 2; ++n) team.count_refused(400);
  CHECK(differences({.requests = scenario::Bounds{.at_least = 2},
                     .rejected = {{400, {1, 2}}},
                     .credits = scenario::Bounds{.at_most = 250}},
                    team)
            .empty());
  CHECK(texts_of(differences({.requests = scenario::Bounds{.at_least = 3},
                              .rejected = {{400, {.at_most = 1}}, {503, {1, 4}}},
                              .completed = scenario::Bounds{2, 2},
                              .credits = scenario::Bounds{.at_most = 249}},
                             team)) ==
        std::vector<std::string>{"requests: expected at least 3, found 2", "rejected 400: expected at most 1, found 2",
                                 "rejected 503: expected at least 1 and at most 4, found 0",
                                 "completed: expected 2, found 0", "credits: expected at most 249, found 250"});
}
