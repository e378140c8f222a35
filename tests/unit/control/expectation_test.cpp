// Expectations of all kinds: whether they hold, and whether they can still hold.
#include "control/expectation.h"

#include <doctest/doctest.h>

#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using control::Expectation;
using control::ExpectedCallback;
using control::ExpectedCredits;
using control::ExpectedOutcomes;
using control::ExpectedRequests;
using control::ExpectedSequence;
using control::ExpectedUnmatched;
using control::RequestMatcher;
using engine::CallbackState;
using scenario::Bounds;

namespace {

enum class Result { holds, can_still_hold, cannot_hold, undecided };

Result result_of(const Expectation& expectation, runner::TeamRunner& team) {
  const control::Rewritten unchanged = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
  const auto verdict = control::verify({&expectation, 1}, team, unchanged);
  CHECK(verdict.is_final() == (verdict.failures.empty() || !verdict.failures[0].can_still_hold));
  if (verdict.undecided) return Result::undecided;
  if (verdict.holds()) return Result::holds;
  return verdict.failures.at(0).can_still_hold ? Result::can_still_hold : Result::cannot_hold;
}

struct Case {
  Expectation expectation;
  Result result;
};

void check_all(const std::vector<Case>& cases, runner::TeamRunner& team) {
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(i);
    CHECK(result_of(cases[i].expectation, team) == cases[i].result);
  }
}

}  // namespace

TEST_CASE("a count above its bound, and an unmatched call too many, can no longer hold") {
  RunnerFixture fixture;
  fixture.journal.calls = 10;
  const auto team = fixture.start_manual();
  for (const auto* method : {"POST", "POST", "GET"})
    team->journal().record(runner::store({.method = method, .matched = method != std::string("GET")}));
  const RequestMatcher post{.method = "POST"}, get{.method = "GET"}, put{.method = "PUT"};
  check_all({{ExpectedRequests{post}, Result::holds},
             {ExpectedRequests{put}, Result::can_still_hold},
             {ExpectedRequests{post, Bounds::exactly(3)}, Result::can_still_hold},
             {ExpectedRequests{post, Bounds::exactly(1)}, Result::cannot_hold},
             {ExpectedRequests{post, {.at_most = 1}}, Result::cannot_hold},
             {ExpectedRequests{post, {.at_least = 3, .at_most = 4}}, Result::can_still_hold},
             {ExpectedSequence{{post, get}}, Result::holds},
             {ExpectedSequence{{get, post}}, Result::can_still_hold},
             {ExpectedUnmatched{1}, Result::holds},
             {ExpectedUnmatched{2}, Result::can_still_hold},
             {ExpectedUnmatched{0}, Result::cannot_hold}},
            *team);
}

TEST_CASE("outcomes and charges above the expected number can no longer hold, a balance always can") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  team->request(lead("janedoe"));
  team->clock().settle(1h);
  check_all({{ExpectedOutcomes{.completed = 1}, Result::holds},
             {ExpectedOutcomes{.completed = 2}, Result::can_still_hold},
             {ExpectedOutcomes{.completed = 0}, Result::cannot_hold},
             {ExpectedOutcomes{.failed = 1}, Result::can_still_hold},
             {ExpectedCredits{.charged = 2}, Result::can_still_hold},
             {ExpectedCredits{.charged = 0}, Result::cannot_hold},
             {ExpectedCredits{.balance = 250}, Result::can_still_hold},
             {ExpectedCredits{.balance = 248}, Result::can_still_hold}},
            *team);
}

TEST_CASE("a callback of a resolved enrichment can no longer hold once no attempt can end its differences") {
  RunnerFixture fixture([](const engine::DueAttempt&) { return engine::AttemptResult{500, "", 1ms}; });
  const auto team = fixture.start_manual();
  const auto id = to_text(team->request(lead("janedoe", kHook)).id);
  const ExpectedCallback delivered{.enrichment_id = id, .state = CallbackState::delivered};
  const ExpectedCallback by_url{.url = kHook, .state = CallbackState::delivered};
  const ExpectedCallback unknown{.enrichment_id = "aaaaaaaaaaaaaaaaaaaaaaaa"};
  check_all({{delivered, Result::can_still_hold},
             {by_url, Result::can_still_hold},
             {unknown, Result::can_still_hold},  // it may be seeded
             {ExpectedCallback{.enrichment_id = "no id"}, Result::cannot_hold}},
            *team);
  const auto is_retrying = [](const engine::Team& state) {
    const auto& all = state.callbacks().all();
    return !all.empty() && all[0].state == CallbackState::retrying;
  };
  while (!team->read(is_retrying)) team->clock().advance_to_next();
  check_all({{delivered, Result::can_still_hold},
             {ExpectedCallback{.enrichment_id = id, .attempts = 1}, Result::holds},
             {ExpectedCallback{.enrichment_id = id, .attempts = 2}, Result::can_still_hold},
             {ExpectedCallback{.enrichment_id = id, .attempts = 0}, Result::cannot_hold},
             {ExpectedCallback{.enrichment_id = id, .statuses = std::vector{500, 200}}, Result::can_still_hold},
             {ExpectedCallback{.enrichment_id = id, .statuses = std::vector{200}}, Result::cannot_hold}},
            *team);
  team->clock().settle(1h);
  check_all(
      {{ExpectedCallback{.enrichment_id = id, .state = CallbackState::exhausted}, Result::holds},
       {delivered, Result::cannot_hold},
       {by_url, Result::can_still_hold},  // a later lookup may have the same URL
       {ExpectedCallback{.enrichment_id = id, .gaps = std::vector<base::Duration>{1s, 2s, 4s}}, Result::cannot_hold}},
      *team);
}

TEST_CASE("an enrichment that resolved without a callback gets none") {
  RunnerFixture fixture;
  const auto team = fixture.start_manual();
  const ExpectedCallback any{.enrichment_id = to_text(team->request(lead("janedoe")).id)};
  CHECK(result_of(any, *team) == Result::can_still_hold);
  team->clock().settle(1h);
  CHECK(result_of(any, *team) == Result::cannot_hold);
}
