// GET credits, PUT credits, GET ledger.
#include <doctest/doctest.h>

#include "support/mock.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

TEST_CASE("the balance can be read, set, increased and decreased") {
  Mock mock;
  CHECK(mock.client.get("credits").body() == json{{"balance", 250}});
  CHECK(mock.client.put("credits", {{"balance", 3}}).body() == json{{"balance", 3}});
  CHECK(mock.client.put("credits", {{"add", 4}}).body() == json{{"balance", 7}});
  CHECK(mock.client.put("credits", {{"add", -7}}).body() == json{{"balance", 0}});
  CHECK(mock.client.credits() == 0);
}

TEST_CASE("the ledger has every movement with its time, each charge has its enrichment, and the sum is right") {
  Mock mock;
  const auto id = mock.client.submit("jane");
  mock.client.settle();
  mock.client.put("credits", {{"add", -9}});
  const auto movements = mock.client.list("ledger", "movements");
  REQUIRE(movements.size() == 3);
  CHECK(movements[0]["kind"] == "opening");
  CHECK(movements[1]["kind"] == "charge");
  CHECK(movements[1]["enrichment_id"] == id);
  CHECK(movements[2]["kind"] == "adjustment");
  CHECK(movements[2]["at"] == mock.client.get("clock").body()["now"]);
  std::int64_t sum = 0;
  for (const auto& movement : movements) {
    sum += movement["amount"].get<std::int64_t>();
    CHECK(movement["balance"] == sum);
  }
  CHECK(sum == mock.client.credits());
}

TEST_CASE("the ledger can be paged") {
  Mock mock;
  for (int i = 0; i < 3; ++i) mock.client.put("credits", {{"add", 1}});
  const auto first = mock.client.get("ledger?limit=3").body();
  CHECK(first["movements"].size() == 3);
  const auto rest = mock.client.get("ledger?limit=3&after=" + first["next"].dump()).body();
  CHECK(rest["movements"].size() == 1);
  CHECK(rest["next"].is_null());
}

TEST_CASE("a balance below zero is refused, and the balance stays") {
  Mock mock;
  check_refused(mock.client.put("credits", {{"add", -251}}), 400, "add");
  check_refused(mock.client.put("credits", {{"balance", -1}}), 400, "/balance");
  CHECK(mock.client.credits() == 250);
  CHECK(mock.client.list("ledger", "movements").size() == 1);
}

TEST_CASE("bad fields are refused by name") {
  Mock mock;
  struct Case {
    json body;
    const char* said;
  };
  for (const auto& [body, said] : {Case{json::object(), "\"balance\" or \"add\""},
                                   {{{"balance", 1}, {"add", 1}}, "\"balance\" or \"add\""},
                                   {{{"balance", 1.5}}, "/balance"},
                                   {{{"balance", "1"}}, "/balance"},
                                   {{{"add", 0.5}}, "/add"},
                                   {{{"add", 1e18}}, "/add"},
                                   {{{"balanse", 1}}, "balance"}}) {
    const auto& this_body = body;
    CAPTURE(this_body);
    check_refused(mock.client.put("credits", body), 400, said);
  }
  check_refused(mock.client.get("ledger?after=x"), 400, "parameter \"after\"");
  check_refused(mock.whole.get("credits"), 400, "x-api-key");
}

TEST_CASE("a change to the present balance is no movement") {
  Mock mock;
  CHECK(mock.client.put("credits", {{"balance", 250}}).body() == json{{"balance", 250}});
  CHECK(mock.client.put("credits", {{"add", 0}}).body() == json{{"balance", 250}});
  CHECK(mock.client.list("ledger", "movements").size() == 1);
}
