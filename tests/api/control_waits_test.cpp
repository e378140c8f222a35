// POST verify and GET verify with a timeout, GET requests?wait=N; waits while nothing can be saved.
#include <doctest/doctest.h>
#include <filesystem>
#include <thread>

#include "support/ask_beside.h"
#include "support/mock.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

std::future<Answer> verify_beside(const Mock& mock, const json& expectations, const std::string& timeout = "10m") {
  return ask_beside(mock.emulator, "POST", "verify", json{{"timeout", timeout}, {"expect", expectations}}.dump());
}

json one(json expectation) { return json::array({std::move(expectation)}); }

Answer verify_within(Mock& mock, const std::string& timeout, const json& expectation) {
  return mock.client.order("verify", {{"timeout", timeout}, {"expect", {expectation}}});
}

}  // namespace

TEST_CASE("a verify with a timeout waits for requests, outcomes and callbacks") {
  MockWithReceiver mock(answers(200), {.time_scale = 50});
  auto all = verify_beside(mock, {{{"requests", {{"method", "POST"}, {"status", 201}}}, {"count", 2}},
                                  {{"sequence", {{{"method", "POST"}}, {{"path", "/v1/nothing"}}}}},
                                  {{"callback", {{"url", mock.receiver.url()}}}, {"state", "delivered"}},
                                  {{"outcomes", {{"completed", 1}, {"not-found", 1}}}},
                                  {{"credits", {{"charged", 1}}}},
                                  {{"unmatched", 1}}});
  mock.submit("jane");
  mock.client.submit("not-found-1");
  mock.client.send("GET", "/v1/nothing");
  const auto answer = all.get();
  CHECK(answer.status == 200);
  CHECK(answer.body() == json{{"passed", true}, {"failures", json::array()}, {"open", json::array()}});
}

TEST_CASE("a verify that waits does not stop a manual clock, and ends when the clock brings what it waits for") {
  MockWithReceiver mock;
  const auto id = mock.submit("jane");
  auto delivered = verify_beside(mock, one({{"callback", {{"enrichment_id", id}}}, {"state", "delivered"}}));
  auto own = ask_beside(mock.emulator, "POST", "verify",
                        json{{"timeout", "10m"}, {"expect", {{{"credits", {{"balance", 249}}}}}}}.dump());
  CHECK(mock.client.order("clock/advance", {{"by", "10ms"}}).status == 200);
  CHECK(mock.client.order("settle").status == 200);
  CHECK(delivered.get().status == 200);
  CHECK(own.get().status == 200);
}

TEST_CASE("a verify that can no longer hold is answered at once, long before its timeout") {
  MockWithReceiver mock(answers(500));
  const auto id = mock.submit("jane");
  auto called_too_often =
      verify_beside(mock, one({{"requests", {{"method", "GET"}}}, {"at_most", 0}, {"at_least", 0}}));
  CHECK(called_too_often.get().status == 200);
  mock.client.credits();
  mock.client.settle();
  for (const auto& expectation : {json{{"requests", {{"method", "GET"}}}, {"count", 0}},
                                  json{{"callback", {{"enrichment_id", id}}}, {"state", "delivered"}},
                                  json{{"outcomes", {{"completed", 0}}}}, json{{"credits", {{"charged", 0}}}}}) {
    CAPTURE(expectation);
    const auto answer = verify_within(mock, "10m", expectation);
    CHECK(answer.status == 422);
    CHECK(answer.body()["passed"] == false);
    CHECK(answer.body()["failures"].size() == 1);
    CHECK(answer.body()["open"].empty());
  }
  auto until_it_fails = verify_beside(mock, {{{"unmatched", 0}}, {{"outcomes", {{"completed", 9}}}}});
  mock.client.send("GET", "/v1/nothing");
  const auto failed = until_it_fails.get();
  CHECK(failed.status == 422);
  CHECK(failed.body()["failures"][0]["nearest"]["reason"].get<std::string>().starts_with("Cannot GET /v1/nothing"));
}

TEST_CASE("a verify that times out is 422 with the nearest match and what is open") {
  Mock mock;
  const auto id = mock.client.submit("jane");
  const auto answer = verify_within(mock, "1ms", {{"requests", {{"status", 503}}}});
  CHECK(answer.status == 422);
  CHECK(answer.body()["failures"][0]["nearest"]["differs"] == json{"status: expected 503, found 201"});
  CHECK(answer.body()["open"] == json{{{"id", id}, {"why", "pending"}}});
  CHECK(verify_within(mock, "0s", {{"outcomes", {{"completed", 1}}}}).status == 422);
  CHECK(mock.client.verify({{"outcomes", {{"completed", 1}}}}).body()["open"] ==
        json{{{"id", id}, {"why", "pending"}}});
}

TEST_CASE("GET verify waits for the scenario's own expectations") {
  Mock mock(
      {.scenario_texts = {scenario_of(R"("expect":{"completed":1,"unmatched":{"at_most":0}})")}, .manual_clock = true});
  const auto id = mock.client.submit("jane");
  const auto early = mock.client.get("verify?timeout=1ms");
  CHECK(early.status == 422);
  CHECK(early.body()["failures"][0]["message"] == "completed: expected 1, found 0 (1 lookup is still open)");
  CHECK(early.body()["open"] == json{{{"id", id}, {"why", "pending"}}});
  auto waits = ask_beside(mock.emulator, "GET", "verify?timeout=10m");
  mock.client.settle();
  CHECK(waits.get().status == 200);
  mock.client.order("reset");
  auto fails = ask_beside(mock.emulator, "GET", "verify?timeout=10m");
  mock.client.send("GET", "/v1/nothing");
  const auto failed = fails.get();
  CHECK(failed.status == 422);
  CHECK(failed.body()["failures"].back()["message"] == "unmatched: expected at most 0, found 1");
  check_refused(mock.client.get("verify?timeout=5"), 400, "parameter \"timeout\"");
}

TEST_CASE("a wait ends with 409 as soon as evidence is lost, unless something has failed for good") {
  Mock mock({.manual_clock = true, .journal_size = 2});
  auto lost = verify_beside(mock, {{{"requests", {{"method", "POST"}}}, {"count", 3}}, {{"unmatched", 9}}});
  for (int n = 0; n < 3; ++n) mock.client.credits();
  check_refused(lost.get(), 409, "increase --journal-size or --journal-bytes");
  const json undecided{{"requests", {{"method", "POST"}}}, {"count", 3}};
  const json failed{{"requests", {{"method", "GET"}}}, {"at_most", 1}}, open{{"outcomes", {{"failed", 1}}}};
  const auto verify = [&](const json& first, const json& second) {
    return mock.client.order("verify", {{"timeout", "10m"}, {"expect", {first, second}}});
  };
  CHECK(verify(undecided, failed).body()["failures"].back()["expectation"] == 1);
  check_refused(verify(undecided, open), 409, "evicted");
}

TEST_CASE("GET requests?wait=N waits until the journal has N requests that the filters select") {
  Mock mock;
  auto two = ask_beside(mock.emulator, "GET", "requests?wait=2&method=POST&timeout=10m");
  auto unmatched = ask_beside(mock.emulator, "GET", "requests/unmatched?wait=1&timeout=10m");
  mock.client.submit("jane");
  mock.client.credits();
  mock.client.submit("joe");
  mock.client.send("GET", "/v1/nothing");
  const auto found = two.get();
  CHECK(found.status == 200);
  CHECK(found.body()["requests"].size() == 2);
  CHECK(found.body()["next"].is_null());
  CHECK(unmatched.get().body()["requests"][0]["path"] == "/v1/nothing");
}

TEST_CASE("a wait for requests counts what a page leaves out, but nothing up to `after`") {
  Mock mock;
  for (int n = 0; n < 3; ++n) mock.client.credits();
  const auto wait = [&](const std::string& query) { return mock.client.get("requests?timeout=1ms&wait=" + query); };
  const auto last = std::to_string(mock.client.list("requests?last=1", "requests")[0]["number"].get<int>());
  CHECK(wait("3").status == 200);
  CHECK(wait("3&limit=1").body()["requests"].size() == 1);
  CHECK(wait("3&last=2").body()["requests"].size() == 2);
  CHECK(wait("1&after=" + last).status == 422);
  auto later = ask_beside(mock.emulator, "GET", "requests?wait=1&timeout=10m&after=" + last);
  mock.client.submit("jane");
  CHECK(later.get().body()["requests"][0]["method"] == "POST");
}

TEST_CASE("a wait for requests that times out is 422 with the requests so far and what is open") {
  Mock mock;
  const auto id = mock.client.submit("jane");
  const auto answer = mock.client.get("requests?wait=2&timeout=1ms");
  check_refused(answer, 422, "1 of 2 requests were in the journal when the timeout was reached");
  CHECK(answer.body()["requests"].size() == 1);
  CHECK(answer.body()["next"].is_null());
  CHECK(answer.body()["open"] == json{{{"id", id}, {"why", "pending"}}});
}

TEST_CASE("a wait for requests that makes no sense is refused before it waits") {
  Mock mock({.journal_size = 5});
  struct Case {
    const char *query, *said;
  };
  for (const auto& [query, said] : {Case{"wait=0", "\"0\" is not a number from 1 to 5"},
                                    {"wait=6", "\"6\" is not a number from 1 to 5"},
                                    {"wait=x", "parameter \"wait\""},
                                    {"wait=", "parameter \"wait\": its value is empty"},
                                    {"wait=1,2", "parameter \"wait\": expected one number, found 2"},
                                    {"wait=1&wait=2", "parameter \"wait\": expected one number, found 2"},
                                    {"wait=1&timeout=5", "parameter \"timeout\""},
                                    {"wait=1&after=x", "parameter \"after\""},
                                    {"wait=1&limit=0", "parameter \"limit\""},
                                    {"wait=1&status=9", "parameter \"status\""}}) {
    const auto& this_query = query;
    CAPTURE(this_query);
    check_refused(mock.client.get("requests?" + std::string(query)), 400, said);
  }
  check_refused(mock.whole.get("requests?wait=1"), 400, "parameter \"wait\": this call needs a team");
  Mock off({.journal_size = 0});
  check_refused(off.client.get("requests?wait=1&timeout=10m"), 409, "There is no journal (--journal-size 0)");
  check_refused(off.client.get("requests/unmatched?wait=1&timeout=10m"), 409, "There is no journal");
}

TEST_CASE("waits see every request of a storm") {
  constexpr int kThreads = 4, kRequests = 100;
  Mock mock;
  auto posts = verify_beside(
      mock, one({{"requests", {{"method", "POST"}, {"body", {{"type", "work"}}}}}, {"count", kThreads * kRequests}}));
  auto listed = ask_beside(mock.emulator, "GET",
                           "requests?wait=" + std::to_string(kThreads * kRequests) + "&external_id=lead&timeout=10m");
  std::vector<std::future<void>> storm;
  for (int thread = 0; thread < kThreads; ++thread)
    storm.push_back(std::async(std::launch::async, [&] {
      ApiClient client(mock.emulator.url(), "k");
      for (int n = 0; n < kRequests; ++n) client.submit("jane", {{"external_id", "lead"}});
    }));
  CHECK(posts.get().status == 200);
  CHECK(listed.get().status == 200);
}

TEST_CASE("the timeout of a verify is a duration") {
  Mock mock;
  for (const auto* timeout : {"5", "\"soon\"", "true", "\"-1s\""}) {
    CAPTURE(timeout);
    const auto body = std::string(R"({"timeout":)") + timeout + R"(,"expect":[{"unmatched":0}]})";
    check_refused(mock.client.control("POST", "verify", body), 400, "/timeout");
  }
}

TEST_CASE("calls that wait for a callback are answered with 503 as soon as saving fails, long before their timeout") {
  const TemporaryDirectory directory;
  const auto file = directory.path("state"), away = directory.path("away");
  MockWithReceiver mock(answers(200), {.manual_clock = true, .state_file = file});
  std::size_t sent = 0;
  for (const std::string path : {"clock/advance", "settle"}) {
    CAPTURE(path);
    const auto id = mock.submit("jane" + std::to_string(++sent));
    auto callbacks = ask_beside(mock.emulator, "GET", "callbacks?wait=delivered&timeout=1h&enrichment_id=" + id);
    auto sink = ask_beside(mock.emulator, "GET", "sink/x?wait=1&timeout=1h");
    auto checked = verify_beside(mock, one({{"callback", {{"enrichment_id", id}}}, {"state", "delivered"}}), "1h");
    std::filesystem::rename(file, away);
    json body{{"timeout", "1h"}};
    if (path != "settle") body["by"] = "1h";
    check_refused(mock.client.order(path, body), 503, "The state cannot be saved at present");
    for (auto* wait : {&callbacks, &sink, &checked}) check_refused(wait->get(), 503, "it was removed or replaced");
    CHECK(mock.receiver.requests().size() == sent - 1);
    std::filesystem::rename(away, file);
    while (mock.client.get("ready").status != 200) std::this_thread::yield();
    CHECK(mock.client.order("settle", {{"timeout", "1h"}}).status == 200);
    CHECK(mock.receiver.requests().size() == sent);
  }
  mock.submit("last");
  std::filesystem::rename(file, away);
  CHECK_THROWS_AS(mock.emulator.team("k").settle(1h), ConflictError);
}
