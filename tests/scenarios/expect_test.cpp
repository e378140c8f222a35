// That the shipped expectations can fail: wrong traffic, and what verify says of it.
#include <doctest/doctest.h>

#include "scenarios/stage.h"

using namespace enrichment_mock::stage;
using Differences = std::vector<std::string>;

TEST_CASE("a request that is refused is no happy path") {
  Stage stage("happy-path.test");
  stage.submit_three();
  CHECK(stage.request("ada", {{"type", "business"}}).status == 400);
  stage.team.settle();
  CHECK(stage.team.verify() == Differences{"rejected 400: expected 0, found 1"});
}

TEST_CASE("a receiver that nobody listens at exhausts its callback") {
  Stage stage("happy-path.test");
  stage.submit("ada", {{"callback_url", "http://127.0.0.1:1/nobody"}});
  stage.team.settle();
  CHECK(stage.team.verify() == Differences{"callbacks exhausted: expected 0, found 1"});
}

TEST_CASE("a race for the last credit needs more leads than credits, and an end") {
  Stage stage("last-credit-race.test");
  stage.submit("ada");
  CHECK(stage.team.verify() == Differences{"requests: expected at least 3, found 1",
                                           "completed: expected 3, found 0 (1 lookup is still open)",
                                           "credits: expected 0, found 3 (1 lookup is still open)"});
  stage.team.settle();
  CHECK(stage.team.verify() == Differences{"requests: expected at least 3, found 1", "completed: expected 3, found 1",
                                           "credits: expected 0, found 2"});
}

TEST_CASE("a call that no endpoint answers is always one too many") {
  Stage stage("not-found.test");
  stage.submit_three();
  stage.team.settle();
  CHECK(stage.api.send("GET", "/v2/api/enrichment/credits").status == 404);
  CHECK(stage.team.verify() == Differences{"unmatched: expected 0, found 1"});
}
