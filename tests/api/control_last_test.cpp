// The lists' parameter `last`: the latest records.
#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "support/mock.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

std::vector<json> column(const json& list, const char* field) {
  std::vector<json> values;
  for (const auto& each : list) values.push_back(each.at(field));
  return values;
}

}  // namespace

TEST_CASE("the last N enrichments, in their order, of one team and of all") {
  Mock mock;
  std::vector<json> ids;
  for (const auto* name : {"a", "b", "c"}) ids.push_back(mock.client.submit(name));
  const json others = mock.other.submit("d");
  CHECK(column(mock.client.list("enrichments?last=2", "enrichments"), "_id") == std::vector<json>{ids[1], ids[2]});
  CHECK(column(mock.whole.list("enrichments?last=2", "enrichments"), "_id") == std::vector<json>{ids[2], others});
  CHECK(mock.client.list("enrichments?last=9", "enrichments").size() == 3);
  CHECK(mock.client.list("enrichments?last=2&status=completed", "enrichments").empty());
  CHECK(mock.client.get("enrichments?last=2").body()["next"].is_null());
}

TEST_CASE("the last N callbacks that match") {
  Mock mock;
  std::vector<std::string> ids;
  for (const auto* name : {"a", "b", "c"})
    ids.push_back(mock.client.submit(name, {{"callback_url", "http://127.0.0.1:1/"}}));
  mock.client.settle();
  CHECK(column(mock.client.list("callbacks?last=2", "callbacks"), "id") ==
        std::vector<json>{ids[1] + "-1", ids[2] + "-1"});
  CHECK(mock.client.list("callbacks?last=2&enrichment_id=" + ids[0], "callbacks").size() == 1);
  CHECK(mock.client.list("callbacks?last=2&state=delivered", "callbacks").empty());
}

TEST_CASE("the last N calls of the journal, of all teams and of calls without a team") {
  Mock mock;
  mock.client.submit("a");
  mock.client.poll("507f1f77bcf86cd799439011");
  mock.whole.send("GET", "/v1/api/enrichment/credits");
  mock.other.submit("b");
  CHECK(column(mock.client.list("requests?last=1", "requests"), "status") == std::vector<json>{404});
  CHECK(column(mock.whole.list("requests?last=3", "requests"), "status") == std::vector<json>{404, 401, 201});
  CHECK(column(mock.whole.list("requests?last=3&status=201", "requests"), "status") == std::vector<json>{201, 201});
}

TEST_CASE("the last N movements of the ledger") {
  Mock mock;
  mock.client.put("credits", {{"add", 1}});
  mock.client.put("credits", {{"add", 2}});
  CHECK(column(mock.client.list("ledger?last=2", "movements"), "amount") == std::vector<json>{1, 2});
  CHECK(column(mock.client.list("ledger?last=9", "movements"), "kind").size() == 3);
}

TEST_CASE("last excludes limit and after, and is a number from 1 to 1000") {
  Mock mock;
  for (const std::string list : {"enrichments", "callbacks", "requests", "requests/unmatched", "ledger"}) {
    CAPTURE(list);
    for (const auto* wrong : {"?last=2&limit=1", "?last=2&after=1.1", "?last=0", "?last=1001", "?last=x"})
      check_refused(mock.client.get(list + wrong), 400, "last");
  }
}

TEST_CASE("lists and the snapshot show more records than one slice has") {
  constexpr std::size_t kMany = 210;
  Mock mock({.scenario_texts = {R"({"name":"s","callback":{"max_attempts":1}})"}, .manual_clock = true});
  std::vector<json> ids, callbacks;
  for (std::size_t i = 0; i < kMany; ++i) {
    ids.push_back(mock.client.submit("jane-" + std::to_string(i), {{"callback_url", "http://127.0.0.1:1/"}}));
    callbacks.push_back(ids.back().get<std::string>() + "-1");
  }
  const auto open = mock.client.get("snapshot").body()["teams"][0]["open"];
  CHECK(column(open, "id") == ids);
  mock.client.settle();
  CHECK(column(mock.client.list("enrichments?limit=1000", "enrichments"), "_id") == ids);
  CHECK(column(mock.client.list("callbacks?limit=1000", "callbacks"), "id") == callbacks);
  CHECK(column(mock.client.list("enrichments?last=1000", "enrichments"), "_id") == ids);
  CHECK(column(mock.client.list("callbacks?last=150", "callbacks"), "id") ==
        std::vector<json>(callbacks.end() - 150, callbacks.end()));
  CHECK(mock.client.list("enrichments?linkedin_url=https://www.linkedin.com/in/jane-205", "enrichments").size() == 1);
  CHECK(mock.client.get("callbacks/" + callbacks.back().get<std::string>()).status == 200);
  for (const auto* suffix : {"-0", "-01", "-2", "-", "", "-1x", "-99999999999"})
    CHECK(mock.client.get("callbacks/" + ids.back().get<std::string>() + suffix).status == 404);

  const auto team = mock.client.get("snapshot").body()["teams"][0];
  CHECK(column(team["enrichments"], "_id") == ids);
  CHECK(column(team["callbacks"], "id") == callbacks);
  CHECK(team["ledger"].size() == kMany + 1);
  CHECK(team["ledger"].back()["balance"] == 250 - kMany);
  CHECK(team["open"].empty());
  CHECK(mock.client.verify({{"callback", {{"enrichment_id", ids.back()}}}, {"state", "exhausted"}, {"attempts", 1}})
            .status == 200);
}
