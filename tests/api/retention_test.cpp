// How enrichments and movements that were removed look to clients.
#include <doctest/doctest.h>

#include "support/mock.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

struct MockWithRetention : MockWithReceiver {
  std::vector<std::string> ids;

  explicit MockWithRetention(int requests)
      : MockWithReceiver(answers(200), {.manual_clock = true, .keep_resolved = 2}) {
    for (int i = 0; i < requests; ++i) {
      ids.push_back(submit());
      client.settle();
    }
    client.credits();  // any call of the team removes old records first
  }
};

}  // namespace

TEST_CASE("a removed enrichment is unknown to the API and to the control API, and is still counted") {
  MockWithRetention mock(5);
  CHECK(mock.client.poll(mock.ids[2]).status == 404);
  CHECK(mock.client.poll(mock.ids[3]).status == 200);
  check_refused(mock.client.get("enrichments/" + mock.ids[0]), 404, "No enrichment");
  check_refused(mock.client.get("callbacks/" + mock.ids[0] + "-1"), 404, "No callback");
  CHECK(mock.client.list("enrichments", "enrichments").size() == 2);
  CHECK(mock.client.list("callbacks", "callbacks").size() == 2);
  const auto team = mock.client.get("teams").body()["teams"][0];
  CHECK(team["enrichments"] == 2);
  CHECK(team["forgotten"] == 3);
  CHECK(team["credits"] == 245);
}

TEST_CASE("the remaining ledger adds up, and cursors stay valid") {
  MockWithRetention mock(5);
  const auto first = mock.client.get("ledger?limit=1").body();
  CHECK(first["movements"][0]["kind"] == "carried-forward");
  CHECK(first["movements"][0]["amount"] == 246);
  CHECK(first["next"] == 5);
  mock.client.submit("jane");
  mock.client.settle();
  mock.client.credits();
  const auto rest = mock.client.get("ledger?after=5").body()["movements"];
  REQUIRE(rest.size() == 2);
  CHECK(rest[0]["kind"] == "carried-forward");
  CHECK(rest[1]["balance"] == 244);
  CHECK(rest[1]["enrichment_id"].is_string());
}

TEST_CASE("waits and verify count removed enrichments, and none passes or fails because of them") {
  MockWithRetention mock(5);
  CHECK(mock.client.get("callbacks?wait=delivered:5&timeout=0s").status == 200);
  CHECK(mock.client.verify({{"outcomes", {{"completed", 5}}}}).status == 200);
  const auto delivered = [&](const std::string& id) {
    return mock.client.verify({{"callback", {{"enrichment_id", id}}}, {"state", "delivered"}});
  };
  CHECK(delivered(mock.ids[4]).status == 200);
  check_refused(delivered(mock.ids[0]), 409, "3 enrichments are no longer kept");
}
