// "rate_limit", "schedule" and "expect" arrive in the model.
#include <doctest/doctest.h>
#include <string>

#include "support/loaded.h"

using namespace enrichment_mock::scenario;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

TEST_CASE("a rate limit is so many requests in a window") {
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
  CHECK(schedule[0].on == Event::poll);
  REQUIRE(schedule[0].response);
  CHECK(schedule[0].response->status == 503);
  CHECK(schedule[0].add_credits == 0);
  CHECK(schedule[1].at == 0s);
  CHECK_FALSE(schedule[1].until);
  CHECK_FALSE(schedule[1].on);
  REQUIRE(schedule[1].response);
  CHECK_FALSE(schedule[1].response->status);
  CHECK(schedule[1].response->delay == 1s);
  CHECK(schedule[1].response->fault == Fault::empty_response);
  CHECK(schedule[2].at == 5s);
  CHECK_FALSE(schedule[2].response);
  CHECK(schedule[2].add_credits == 1'000'000'000'000);
}

TEST_CASE("every expectation arrives") {
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

TEST_CASE("bounds arrive, one or both, wherever a number may stand") {
  const auto expect = with(R"("expect": {"requests": {"at_least": 1}, "rejected": {"503": {"at_most": 2}},
      "callbacks": {"delivered": {"at_least": 3, "at_most": 3}},
      "credits": {"at_least": 0, "at_most": 1000000000000}})")
                          .expect;
  CHECK(expect.requests == Bounds{.at_least = 1});
  CHECK(expect.rejected == std::map<int, Bounds>{{503, {.at_most = 2}}});
  CHECK(expect.delivered == Bounds::exactly(3));
  CHECK(expect.credits == Bounds{0, 1'000'000'000'000});
}

TEST_CASE("what is not expected may be anything") {
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
