// The schedule's windows and moments, and the rate limit.
#include "engine/gate.h"

#include <doctest/doctest.h>

#include "support/team_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using engine::Gate;
using engine::Instant;
using engine::ScheduleMoment;

namespace {

scenario::ScheduleEntry window(base::Duration at, std::optional<base::Duration> until,
                               std::optional<scenario::CallKind> on, int status) {
  return {.at = at,
          .until = until,
          .on = on,
          .response = std::make_shared<const scenario::Reply>(scenario::Reply{.status = status})};
}

int status_at(Gate& gate, Instant now, scenario::CallKind event = scenario::CallKind::request) {
  const auto admission = gate.admit(now, event);
  if (admission.retry_after) return 429;
  return admission.reply ? *admission.reply->status : 0;
}

}  // namespace

TEST_CASE("a window is open from its start to its end, for its calls, counted from the origin") {
  scenario::Scenario scenario;
  scenario.schedule = {window(10s, 20s, scenario::CallKind::request, 503), window(15s, {}, {}, 500)};
  Gate gate(scenario, kStart, kStart);
  CHECK(status_at(gate, kStart + 10s - 1us) == 0);
  CHECK(status_at(gate, kStart + 10s) == 503);
  CHECK(status_at(gate, kStart + 10s, scenario::CallKind::poll) == 0);
  CHECK(status_at(gate, kStart + 15s) == 503);
  CHECK(status_at(gate, kStart + 15s, scenario::CallKind::credits) == 500);
  CHECK(status_at(gate, kStart + 20s - 1us) == 503);
  CHECK(status_at(gate, kStart + 20s) == 500);
  CHECK(status_at(gate, kStart + 24h * 300) == 500);
}

TEST_CASE("moments come in order of time; moments before the start do not come") {
  scenario::Scenario scenario;
  scenario.schedule = {window(10s, 20s, {}, 503), {.at = 5s, .add_credits = 7}, {.at = 20s, .add_credits = 1}};
  const auto taken = [&](Instant from) {
    Gate gate(scenario, kStart, from);
    std::string all;
    while (const auto due = gate.next()) {
      all += std::to_string((due->at - kStart) / 1s) + ":";
      const auto moment = gate.next_moment();
      gate.pass_next();
      all += std::to_string(moment.entry) + "bec"[static_cast<int>(moment.kind)] + ' ';
    }
    return all;
  };
  CHECK(taken(kStart) == "5:1c 10:0b 20:0e 20:2c ");
  CHECK(taken(kStart + 10s) == "10:0b 20:0e 20:2c ");
  CHECK(taken(kStart + 11s) == "20:0e 20:2c ");
}

TEST_CASE("a rate limit allows its number of calls in each window, and says when the next window starts") {
  scenario::Scenario scenario;
  scenario.rate_limit = scenario::RateLimit{.requests = 2, .per = 1s};
  Gate gate(scenario, kStart, kStart);
  const auto first = kStart + 300ms;
  CHECK(status_at(gate, first) == 0);
  CHECK(status_at(gate, first + 100ms, scenario::CallKind::poll) == 0);
  CHECK(gate.admit(first + 200ms, scenario::CallKind::credits).retry_after == 800ms);
  CHECK(status_at(gate, first + 1s - 1us) == 429);
  CHECK(status_at(gate, first + 1s) == 0);
  CHECK(status_at(gate, first + 1s) == 0);
  CHECK(status_at(gate, first + 1s) == 429);
}

TEST_CASE("a call that a window answers is not counted by the rate limit") {
  scenario::Scenario scenario;
  scenario.rate_limit = scenario::RateLimit{.requests = 1, .per = 1h};
  scenario.schedule = {window(0s, 10s, {}, 503)};
  Gate gate(scenario, kStart, kStart);
  for (int i = 0; i < 5; ++i) CHECK(status_at(gate, kStart) == 503);
  CHECK(status_at(gate, kStart + 10s) == 0);
  CHECK(status_at(gate, kStart + 10s) == 429);
}
