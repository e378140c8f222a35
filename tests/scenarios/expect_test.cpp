// The shipped expectations can fail: wrong traffic, and the result of verify.
#include <doctest/doctest.h>

#include "scenarios/stage.h"

using namespace enrichment_mock::stage;
using Differences = std::vector<std::string>;

TEST_CASE("happy-path fails if a request was refused") {
  Stage stage("happy-path.test");
  stage.submit_three();
  CHECK(stage.request("ada", {{"type", "business"}}).status == 400);
  stage.team.settle();
  CHECK(differences(stage.team) == Differences{"rejected 400: expected 0, found 1"});
}

TEST_CASE("a callback to a closed port is exhausted") {
  Stage stage("happy-path.test");
  stage.submit("ada", {{"callback_url", "http://127.0.0.1:1/nobody"}});
  stage.team.settle();
  CHECK(differences(stage.team) == Differences{"callbacks exhausted: expected 0, found 1"});
}

TEST_CASE("last-credit-race needs more leads than credits, and all lookups resolved") {
  Stage stage("last-credit-race.test");
  stage.submit("ada");
  CHECK(differences(stage.team) == Differences{"requests: expected at least 3, found 1",
                                               "completed: expected 3, found 0 (1 lookup is still open)",
                                               "credits: expected 0, found 3 (1 lookup is still open)"});
  stage.team.settle();
  CHECK(differences(stage.team) == Differences{"requests: expected at least 3, found 1",
                                               "completed: expected 3, found 1", "credits: expected 0, found 2"});
}

TEST_CASE("one unmatched call fails every scenario") {
  Stage stage("not-found.test");
  stage.submit_three();
  stage.team.settle();
  CHECK(stage.api.send("GET", "/v2/api/enrichment/credits").status == 404);
  CHECK(differences(stage.team) == Differences{"unmatched: expected 0, found 1"});
}
