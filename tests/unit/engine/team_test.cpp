#include "engine/team.h"

#include <doctest/doctest.h>

#include "support/team_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::engine;
using namespace enrichment_mock::support;

namespace {

EnrichmentId accept(Team& team, Instant now, EnrichmentRequest request) {
  const auto result = team.request(now, std::move(request));
  REQUIRE(result.kind == RequestResult::Kind::accepted);
  return result.id;
}

Status status_at(Team& team, Instant now, const EnrichmentId& id) {
  team.advance(now);
  return team.poll(now, id)->view.status;
}

scenario::Scenario with_lookup(scenario::StatusDurationChoice pending, scenario::StatusDurationChoice processing,
                               scenario::Outcome outcome) {
  scenario::Scenario scenario;
  scenario.lookup.pending = pending;
  scenario.lookup.processing = processing;
  scenario.lookup.outcome = outcome;
  return scenario;
}

}  // namespace

TEST_CASE("a lookup goes from pending via processing to completed at its times, and is charged then") {
  auto team = make_team();
  const auto id = accept(team, kStart, lead("janedoe"));
  CHECK(status_at(team, kStart + 99ms, id) == Status::pending);
  CHECK(status_at(team, kStart + 100ms, id) == Status::processing);
  CHECK(team.ledger().balance() == 250);
  CHECK(status_at(team, kStart + 499ms, id) == Status::processing);
  CHECK(status_at(team, kStart + 500ms, id) == Status::completed);
  CHECK(team.ledger().balance() == 249);
  CHECK(team.poll(kStart + 500ms, id)->view.email == "janedoe@example.com");
}

TEST_CASE("statuses change at their due times, however late the team is advanced") {
  auto team = make_team();
  const auto id = accept(team, kStart, lead("janedoe"));
  team.advance(kStart + 1h);
  const auto history = history_of(team.enrichments()[0]);
  REQUIRE(history.size() == 3);
  CHECK(history[1].at == kStart + 100ms);
  CHECK(history[2].at == kStart + 500ms);
  CHECK(history[2].status == Status::completed);
  CHECK(team.poll(kStart + 1h, id)->view.status == Status::completed);
}

TEST_CASE("not-found and failed cost nothing and show no email") {
  for (const auto outcome : {scenario::Outcome::not_found, scenario::Outcome::failed}) {
    auto team = make_team(with_lookup(Duration(0), Duration(0), outcome));
    const auto id = accept(team, kStart, lead("janedoe"));
    CHECK(status_at(team, kStart, id) == status_of(outcome));
    CHECK_FALSE(team.poll(kStart, id)->view.email);
    CHECK(team.ledger().balance() == 250);
  }
}

TEST_CASE("polling changes nothing and charges nothing, however often") {
  auto team = make_team();
  const auto id = accept(team, kStart, lead("janedoe"));
  for (int i = 0; i < 100; ++i) CHECK(team.poll(kStart, id)->view.status == Status::pending);
  team.advance(kStart + 1s);
  for (int i = 0; i < 100; ++i) CHECK(team.poll(kStart + 1s, id)->view.status == Status::completed);
  CHECK(team.ledger().charged() == 1);
}

TEST_CASE("a status that lasts for N polls is shown by exactly N polls") {
  auto team = make_team(with_lookup(scenario::Polls{2}, scenario::Polls{1}, scenario::Outcome::completed));
  const auto id = accept(team, kStart, lead("janedoe"));
  CHECK(status_at(team, kStart + 1h, id) == Status::pending);
  CHECK(status_at(team, kStart + 1h, id) == Status::pending);
  CHECK(status_at(team, kStart + 1h, id) == Status::processing);
  CHECK(status_at(team, kStart + 1h, id) == Status::completed);
  CHECK(team.next_due() == std::nullopt);
}

TEST_CASE("for ever is for ever") {
  auto team = make_team(with_lookup(Duration(0), scenario::Forever{}, scenario::Outcome::completed));
  const auto id = accept(team, kStart, lead("janedoe"));
  CHECK(status_at(team, kStart + 24h * 300, id) == Status::processing);
  CHECK(team.settled());
  CHECK(team.unresolved() == 1);
}

TEST_CASE("without a credit left a request is refused; credits are not reserved") {
  scenario::Scenario scenario;
  scenario.credits = 1;
  auto team = make_team(scenario);
  accept(team, kStart, lead("first"));
  const auto second = accept(team, kStart, lead("second"));
  team.advance(kStart + 500ms);
  CHECK(team.ledger().balance() == 0);
  CHECK(team.request(kStart + 500ms, lead("third")).kind == RequestResult::Kind::no_credits);
  CHECK(team.poll(kStart + 500ms, second)->view.status == Status::failed);
  CHECK_FALSE(team.enrichments()[1].charged);
  CHECK(team.counters().completed == 1);
}

TEST_CASE("completions of the same instant happen in the order of creation") {
  scenario::Scenario scenario;
  scenario.credits = 2;
  auto team = make_team(scenario);
  for (const auto* name : {"a", "b", "c", "d"}) accept(team, kStart, lead(name));
  team.advance(kStart + 500ms);
  CHECK(team.enrichments()[0].status == Status::completed);
  CHECK(team.enrichments()[1].status == Status::completed);
  CHECK(team.enrichments()[2].status == Status::failed);
  CHECK(team.enrichments()[3].status == Status::failed);
}

TEST_CASE("a scripted response replaces the request, a rule's lookup changes it") {
  scenario::Scenario scenario;
  scenario::Rule refuse{.name = "refuse", .match = {.username = "bad*"}};
  refuse.steps.push_back({});
  refuse.steps[0].response = std::make_shared<const scenario::Reply>(scenario::Reply{.status = 503});
  scenario::Rule fail{.name = "fail"};
  fail.steps.push_back({});
  fail.steps[0].lookup.outcome = scenario::Outcome::failed;
  scenario.rules = scenario::Rules({refuse, fail});
  auto team = make_team(scenario);
  const auto refused = team.request(kStart, lead("bad-luck"));
  CHECK(refused.kind == RequestResult::Kind::scripted);
  CHECK(refused.script.reply->status == 503);
  CHECK(team.enrichments().empty());
  const auto id = accept(team, kStart, lead("good"));
  CHECK(status_at(team, kStart + 1s, id) == Status::failed);
}

TEST_CASE("an unknown id finds no enrichment") {
  auto team = make_team();
  CHECK_FALSE(team.poll(kStart, *parse_id("507f1f77bcf86cd799439011")));
}

TEST_CASE("a callback is due when the lookup resolves, and a 2xx ends it") {
  auto team = make_team();
  accept(team, kStart, lead("janedoe", "http://app.example/hook"));
  auto due = team.advance(kStart + 500ms);
  REQUIRE(due.size() == 1);
  CHECK(due[0].url == "http://app.example/hook");
  CHECK(due[0].notification.status == Status::completed);
  CHECK_FALSE(team.settled());
  team.finish_attempt(due[0].callback, {204, "", 5ms}, kStart + 600ms);
  CHECK(team.callbacks().at(0).state == CallbackState::delivered);
  CHECK(team.callbacks().at(0).attempts.at(0).at == kStart + 500ms);
  CHECK(team.settled());
}

TEST_CASE("a failed attempt is followed by another after the backoff, counted from its end, three in total") {
  auto team = make_team();
  accept(team, kStart, lead("janedoe", "http://app.example/hook"));
  Instant now = kStart + 500ms;
  for (const auto backoff : {Duration(1s), Duration(2s)}) {
    const auto due = team.advance(now);
    REQUIRE(due.size() == 1);
    now += 300ms;  // how long the attempt took
    team.finish_attempt(due[0].callback, {500, "", 300ms}, now);
    CHECK(team.callbacks().at(0).state == CallbackState::retrying);
    CHECK(team.next_due() == now + backoff);
    CHECK(team.advance(now + backoff - 1us).empty());
    now += backoff;
  }
  const auto last = team.advance(now);
  REQUIRE(last.size() == 1);
  team.finish_attempt(last[0].callback, {0, "connection refused", 1ms}, now);
  CHECK(team.callbacks().at(0).state == CallbackState::exhausted);
  CHECK(team.callbacks().at(0).attempts.size() == 3);
  CHECK(team.callbacks().at(0).attempts[2].result.error == "connection refused");
  CHECK(team.next_due() == std::nullopt);
  CHECK(team.settled());
}

TEST_CASE("which responses end a callback") {
  for (const auto& answer :
       {std::pair{200, true}, {299, true}, {301, false}, {404, false}, {500, false}, {199, false}, {0, false}}) {
    CAPTURE(answer.first);
    auto team = make_team(with_callback({.max_attempts = 1, .backoff = {}}));
    accept(team, kStart, lead("janedoe", "http://app.example/hook"));
    team.finish_attempt(team.advance(kStart + 1s).at(0).callback, {answer.first, "", 1ms}, kStart + 1s);
    CHECK((team.callbacks().at(0).state == CallbackState::delivered) == answer.second);
  }
}

TEST_CASE("a late or second result of an attempt is ignored") {
  auto team = make_team();
  accept(team, kStart, lead("janedoe", "http://app.example/hook"));
  const auto due = team.advance(kStart + 1s);
  team.finish_attempt(due[0].callback, {200, "", 1ms}, kStart + 1s);
  team.finish_attempt(due[0].callback, {500, "", 1ms}, kStart + 1s);
  CHECK(team.callbacks().at(0).state == CallbackState::delivered);
  CHECK(team.callbacks().open_count() == 0);
}

TEST_CASE("no callback on failed by default; a setting sends it") {
  auto quiet = with_callback({});
  quiet.lookup.outcome = scenario::Outcome::failed;
  auto team = make_team(quiet);
  accept(team, kStart, lead("janedoe", "http://app.example/hook"));
  CHECK(team.advance(kStart + 1s).empty());

  auto loud = with_callback({.on_failed = true});
  loud.lookup.outcome = scenario::Outcome::failed;
  auto other = make_team(loud);
  accept(other, kStart, lead("janedoe", "http://app.example/hook"));
  CHECK(other.advance(kStart + 1s).at(0).notification.status == Status::failed);
}

TEST_CASE("copies, delay, drop and fail_first") {
  SUBCASE("each copy is a separate notification") {
    auto team = make_team(with_callback({.copies = 2}));
    accept(team, kStart, lead("janedoe", "http://app.example/hook"));
    CHECK(team.advance(kStart + 500ms).size() == 2);
  }
  SUBCASE("delay postpones the first attempt") {
    auto team = make_team(with_callback({.delay = 3s}));
    accept(team, kStart, lead("janedoe", "http://app.example/hook"));
    CHECK(team.advance(kStart + 3499ms).empty());
    CHECK(team.advance(kStart + 3500ms).size() == 1);
  }
  SUBCASE("a dropped callback is recorded and never sent") {
    auto team = make_team(with_callback({.drop = true}));
    accept(team, kStart, lead("janedoe", "http://app.example/hook"));
    CHECK(team.advance(kStart + 1h).empty());
    CHECK(team.callbacks().at(0).state == CallbackState::dropped);
    CHECK(team.settled());
  }
  SUBCASE("attempts of fail_first are recorded and counted, but not sent") {
    auto team = make_team(with_callback({.fail_first = 2}));
    accept(team, kStart, lead("janedoe", "http://app.example/hook"));
    const auto due = team.advance(kStart + 500ms + 3s);
    REQUIRE(due.size() == 1);
    CHECK(team.callbacks().at(0).attempts.size() == 3);
    CHECK(team.callbacks().at(0).attempts[0].result.error == "failed by the scenario, not sent");
    CHECK(team.callbacks().at(0).attempts[1].at == kStart + 1500ms);
    CHECK(team.callbacks().at(0).attempts[2].at == kStart + 3500ms);
  }
}

TEST_CASE("due work is done one at a time, in the order of due time, then creation") {
  auto team = make_team(with_lookup(Duration(0), Duration(100'000), scenario::Outcome::completed));
  accept(team, kStart, lead("a", "http://app.example/a"));
  accept(team, kStart, lead("b", "http://app.example/b"));
  std::string order;
  Events events;
  for (std::vector<DueAttempt> attempts; team.fire_next({kStart + 1s, &events}, attempts); attempts.clear()) {
    const bool is_attempt = !attempts.empty();
    const auto enrichment = is_attempt ? team.callbacks().at(attempts.at(0).callback).enrichment
                                       : team.find(events.back().enrichment)->number;
    order += static_cast<char>('a' + enrichment);
    order += is_attempt ? "!" : to_text(std::get<Status>(events.back().what)).substr(0, 1);
    order += ' ';
  }
  CHECK(order == "ap bp ac bc a! b! ");
}

TEST_CASE("two teams with the same seed and identity get the same ids; profiles' draws do not depend on order") {
  scenario::Scenario scenario;
  scenario.seed = 7;
  scenario.lookup.outcome = scenario::OutcomeWeights{1, 1, 1};
  auto one = make_team(scenario), other = make_team(scenario);
  CHECK(accept(one, kStart, lead("x")) == accept(other, kStart + 5s, lead("y")));
  for (int i = 0; i < 50; ++i) accept(one, kStart, lead("x")), accept(one, kStart, lead("y"));
  for (int i = 0; i < 50; ++i) accept(other, kStart + 5s, lead("y"));
  for (int i = 0; i < 50; ++i) accept(other, kStart + 5s, lead("x"));
  const auto outcomes = [](const Team& team, std::string_view name) {
    std::string all;
    for (const auto& enrichment : team.enrichments())
      if (enrichment.linkedin_url().ends_with(name))
        all += static_cast<char>('0' + static_cast<int>(enrichment.outcome));
    return all.substr(0, 50);
  };
  CHECK(outcomes(one, "/x") == outcomes(other, "/x"));
  CHECK(outcomes(one, "/y") == outcomes(other, "/y"));
  CHECK(outcomes(one, "/x") != outcomes(one, "/y"));
}
