// POST verify and GET verify.
#include <atomic>
#include <doctest/doctest.h>
#include <memory>

#include "support/mock.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

const std::string kPath = "/v1/api/enrichment/email";

// A team that has asked for jane (found, called back at the third attempt) and not-found-1, and was refused once.
struct TeamWithHistory : MockWithReceiver {
  TeamWithHistory() : MockWithReceiver(answers_at_third()) {
    jane = submit("jane", {{"external_id", "lead-1"}});
    client.submit("not-found-1", {{"type", "personal"}});
    client.post({{"linkedin_url", "nonsense"}, {"type", "work"}});
    client.settle();
    client.poll(jane);
    client.send("GET", "/v1/api/enrichment/emails");
  }

  static Receiver::Script answers_at_third() {
    return [calls = std::make_shared<std::atomic<int>>(0)](Peer& peer) {
      peer.read_request();
      peer.send(++*calls < 3 ? "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"
                             : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    };
  }

  std::string jane;
};

json first_failure(const Answer& answer) {
  CAPTURE(answer.text);
  CHECK(answer.status == 422);
  CHECK(answer.body()["passed"] == false);
  REQUIRE(answer.body()["failures"].size() == 1);
  return answer.body()["failures"][0];
}

}  // namespace

TEST_CASE("every kind of expectation that holds") {
  TeamWithHistory story;
  const json posts{{"method", "POST"}, {"path", kPath}};
  for (const auto& expectation :
       {json{{"requests", posts}, {"count", 3}}, json{{"requests", posts}, {"at_least", 2}, {"at_most", 3}},
        json{{"requests", posts}}, json{{"requests", {{"path", kPath + "*"}, {"status", 201}}}, {"count", 2}},
        json{{"requests", {{"body", {{"external_id", "lead-1"}}}}}, {"count", 1}},
        json{{"requests", {{"method", "DELETE"}}}, {"count", 0}},
        json{{"sequence", {posts, {{"status", 400}}, {{"method", "GET"}}}}},
        json{{"requests", {{"method", "delete"}}}, {"count", 0}},
        json{{"requests", {{"method", "post"}}}, {"count", 3}},
        json{{"callback", {{"enrichment_id", story.jane}}}, {"state", "delivered"}},
        json{{"callback", {{"external_id", "lead-1"}}}, {"attempts", 3}},
        json{{"callback", {{"url", story.receiver.url()}}}, {"statuses", {500, 500, 200}}},
        json{{"callback", {{"external_id", "lead-1"}}}, {"gaps", {"1s", "2s"}}},
        json{{"outcomes", {{"completed", 1}, {"not-found", 1}, {"failed", 0}}}},
        json{{"credits", {{"balance", 249}, {"charged", 1}}}}, json{{"unmatched", 1}}}) {
    CAPTURE(expectation);
    const auto answer = story.client.verify(expectation);
    CHECK(answer.status == 200);
    CHECK(answer.body() == json{{"passed", true}, {"failures", json::array()}, {"open", json::array()}});
  }
}

TEST_CASE("numbers are verified as exact decimals") {
  Mock mock;
  REQUIRE(mock.client
              .post_text(R"({"linkedin_url":"https://linkedin.com/in/jane","type":"work",
                             "score":1.10,"id":12345678901234567890123,"exp":1e3,"share":0.1})")
              .status == 201);
  struct Case {
    const char* member;
    int status;
  };
  for (const auto& [member, status] : {Case{R"("score":1.1)", 200},
                                       {R"("score":1.10)", 200},
                                       {R"("score":11e-1)", 200},
                                       {R"("score":1.100000000000000001)", 422},
                                       {R"("id":12345678901234567890123)", 200},
                                       {R"("id":12345678901234567890124)", 422},
                                       {R"("id":1.2345678901234568e22)", 422},
                                       {R"("exp":1000)", 200},
                                       {R"("exp":"1e3")", 422},
                                       {R"("share":0.1000000000000000055511151231257827)", 422}}) {
    const auto& this_member = member;
    CAPTURE(this_member);
    const auto expect = std::string(R"({"expect":[{"requests":{"body":{)") + member + "}}}]}";
    CHECK(mock.client.control("POST", "verify", expect).status == status);
  }
}

TEST_CASE("every kind of expectation that fails says how") {
  TeamWithHistory story;
  struct Case {
    json expectation;
    std::string message;
  };
  for (const auto& [expectation, message] :
       {Case{{{"requests", {{"status", 201}}}, {"count", 3}},
             "any method any path, status 201: expected 3 requests, found 2"},
        {{{"requests", {{"status", 201}}}, {"at_least", 3}}, "expected at least 3 requests, found 2"},
        {{{"requests", {{"status", 201}}}, {"at_most", 1}}, "expected at most 1 requests, found 2"},
        {{{"requests", {{"method", "PUT"}}}}, "expected at least 1 requests, found 0"},
        {{{"sequence", {{{"status", 400}}, {{"status", 201}}}}}, "sequence, from position 1: "},
        {{{"callback", {{"external_id", "lead-2"}}}}, "there is no such callback"},
        {{{"callback", {{"external_id", "lead-1"}}}, {"state", "exhausted"}},
         "callback: found 1, but not as expected: state: expected exhausted, found delivered"},
        {{{"callback", {{"external_id", "lead-1"}}}, {"attempts", 2}},
         "not as expected: attempts: expected 2, found 3"},
        {{{"callback", {{"external_id", "lead-1"}}}, {"statuses", {500, 200}}},
         "not as expected: statuses: expected [500, 200], found [500, 500, 200]"},
        {{{"callback", {{"external_id", "lead-1"}}}, {"gaps", {"1s", "1s"}}, {"attempts", 1}},
         "not as expected: attempts: expected 1, found 3; gaps: expected [1s, 1s], found [1s, 2s]"},
        {{{"callback", {{"external_id", "lead-1"}}}, {"gaps", {"1s"}}}, "not as expected"},
        {{{"outcomes", {{"completed", 2}}}}, "outcomes, completed: expected 2, found 1"},
        {{{"credits", {{"balance", 250}}}}, "credits, balance: expected 250, found 249"},
        {{{"credits", {{"charged", 0}}}}, "credits, charged: expected 0, found 1"},
        {{{"unmatched", 0}}, "unmatched: expected 0, found 1"}}) {
    const auto& this_expectation = expectation;
    CAPTURE(this_expectation);
    const auto failure = first_failure(story.client.verify(expectation));
    CHECK(failure["message"].get<std::string>().find(message) != std::string::npos);
    CHECK(failure["expectation"] == 0);
  }
}

TEST_CASE("the nearest miss: which request, and where it differs") {
  TeamWithHistory story;
  const auto failure = first_failure(story.client.verify(
      {{"requests", {{"method", "POST"}, {"status", 201}, {"body", {{"external_id", "lead-7"}}}}}}));
  const auto& nearest = failure["nearest"];
  const auto near = story.client.list("requests?limit=1", "requests")[0];
  CHECK(nearest["request"] == near["number"]);
  REQUIRE(nearest["differs"].size() == 1);
  CHECK(nearest["differs"][0].get<std::string>().find(R"(expected at least {"external_id":"lead-7"}, found)") !=
        std::string::npos);
}

TEST_CASE("a matcher of one field has a nearest miss, too") {
  TeamWithHistory story;
  const auto all = story.client.list("requests", "requests");
  const auto nearest = [&](const json& matcher) {
    return first_failure(story.client.verify({{"requests", matcher}}))["nearest"]["request"];
  };
  CHECK(nearest({{"body", {{"type", "personal"}, {"external_id", "lead-9"}}}}) == all[1]["number"]);
  CHECK(nearest({{"path", "/v1/api/enrichment/emailz"}}) == all[0]["number"]);
  CHECK(nearest({{"path", "/v1/api/enrichment/email/x*"}}) != nearest({{"path", "/v1/api/enrichment/emailss"}}));
}

TEST_CASE("the nearest miss of a callback is its state, the nearest miss of an unmatched call is the call") {
  TeamWithHistory story;
  const auto callback = first_failure(
      story.client.verify({{"callback", {{"external_id", "lead-1"}}}, {"state", "exhausted"}}))["nearest"];
  CHECK(callback["state"] == "delivered");
  CHECK(callback["attempts"].size() == 3);
  CHECK(callback["differs"] == json{"state: expected exhausted, found delivered"});
  const auto unmatched = first_failure(story.client.verify({{"unmatched", 0}}))["nearest"];
  CHECK(unmatched["reason"].get<std::string>().starts_with("Cannot GET /v1/api/enrichment/emails"));
}

TEST_CASE("each failed expectation is listed with its position") {
  TeamWithHistory story;
  const auto answer = story.client.order(
      "verify",
      {{"expect", {{{"unmatched", 7}}, {{"outcomes", {{"completed", 1}}}}, {{"credits", {{"charged", 9}}}}}}});
  CHECK(answer.status == 422);
  REQUIRE(answer.body()["failures"].size() == 2);
  CHECK(answer.body()["failures"][0]["expectation"] == 0);
  CHECK(answer.body()["failures"][1]["expectation"] == 2);
}

TEST_CASE("no verdict on lost evidence: 409 wherever an evicted entry could change it") {
  Mock mock({.manual_clock = true, .journal_size = 2});
  mock.client.submit("jane");
  mock.client.credits();
  mock.client.credits();  // evicts the POST
  struct Case {
    json expectation;
    int status;
  };
  const json gets{{"method", "GET"}};
  for (const auto& [expectation, status] : {Case{{{"requests", {{"method", "POST"}}}, {"count", 1}}, 409},
                                            {{{"requests", {{"method", "POST"}}}, {"count", 0}}, 409},
                                            {{{"requests", {{"method", "POST"}}}}, 409},
                                            {{{"requests", gets}, {"count", 2}}, 409},
                                            {{{"requests", gets}, {"at_most", 2}}, 409},
                                            {{{"unmatched", 0}}, 409},
                                            {{{"sequence", {{{"method", "POST"}}, gets}}}, 409},
                                            // The remaining entries decide these, whatever was lost.
                                            {{{"requests", gets}, {"at_least", 2}}, 200},
                                            {{{"requests", gets}, {"at_most", 1}}, 422},
                                            {{{"sequence", {gets, gets}}}, 200},
                                            {{{"outcomes", {{"completed", 0}}}}, 200},
                                            {{{"credits", {{"charged", 0}}}}, 200}}) {
    const auto& this_expectation = expectation;
    CAPTURE(this_expectation);
    const auto answer = mock.client.verify(expectation);
    CHECK(answer.status == status);
    if (status == 409) check_refused(answer, 409, "increase --journal-size or --journal-bytes");
  }
}

TEST_CASE("no verdict on a truncated body: 409 wherever the rest could change it") {
  Mock mock;
  mock.client.submit("jane", {{"external_id", "lead-1"}});
  mock.client.submit("jane", {{"external_id", "lead-2"}, {"pad", std::string(100'000, 'x')}});
  mock.client.credits();
  struct Case {
    json expectation;
    int status;
  };
  const json first{{"body", {{"external_id", "lead-1"}}}}, second{{"body", {{"external_id", "lead-2"}}}};
  const json gets{{"method", "GET"}}, posts{{"method", "POST"}};
  const json second_get{{"method", "GET"}, {"body", {{"external_id", "lead-2"}}}};
  for (const auto& [expectation, status] : {Case{{{"requests", second}}, 409},
                                            {{{"requests", second}, {"count", 1}}, 409},
                                            {{{"requests", second}, {"count", 0}}, 409},
                                            {{{"requests", first}, {"count", 1}}, 409},
                                            {{{"requests", first}, {"at_most", 1}}, 409},
                                            {{{"sequence", {first, second}}}, 409},
                                            {{{"sequence", {second, gets}}}, 409},
                                            // The known parts decide these.
                                            {{{"requests", first}, {"at_least", 1}}, 200},
                                            {{{"requests", first}, {"at_most", 2}}, 200},
                                            {{{"requests", first}, {"at_most", 0}}, 422},
                                            {{{"requests", second}, {"count", 2}}, 422},
                                            {{{"requests", second_get}}, 422},
                                            {{{"requests", posts}, {"count", 2}}, 200},
                                            {{{"sequence", {first, gets}}}, 200},
                                            {{{"sequence", {gets, second}}}, 422},
                                            {{{"unmatched", 0}}, 200}}) {
    const auto& this_expectation = expectation;
    CAPTURE(this_expectation);
    const auto answer = mock.client.verify(expectation);
    CHECK(answer.status == status);
    if (status == 409)
      check_refused(answer, 409, "1 requests have a truncated body (only the first 65536 bytes are kept)");
  }
}

TEST_CASE("a request with a truncated body may be the start of a sequence, although a later one could be, too") {
  Mock mock;
  mock.client.submit("jane", {{"external_id", "lead-1"}, {"pad", std::string(100'000, 'x')}});
  mock.client.credits();
  mock.client.submit("jane", {{"external_id", "lead-1"}});
  const json sequence = json::array({{{"body", {{"external_id", "lead-1"}}}}, {{"method", "GET"}}});
  check_refused(mock.client.verify({{"sequence", sequence}}), 409, "are kept");
}

TEST_CASE("without a journal only expectations that need none get a verdict") {
  Mock mock({.manual_clock = true, .journal_size = 0});
  mock.client.submit("jane", {{"external_id", "lead-1"}, {"callback_url", "http://127.0.0.1:1/"}});
  mock.client.settle();
  for (const auto& expectation :
       {json{{"unmatched", 0}}, json{{"requests", json::object()}}, json{{"requests", json::object()}, {"at_most", 0}},
        json{{"sequence", {{{"method", "POST"}}}}}})
    check_refused(mock.client.verify(expectation), 409, "There is no journal (--journal-size 0)");
  for (const auto& expectation :
       {json{{"outcomes", {{"completed", 1}}}}, json{{"credits", {{"balance", 249}}}},
        json{{"callback", {{"external_id", "lead-1"}}}, {"state", "exhausted"}, {"statuses", {0, 0, 0}}}})
    CHECK(mock.client.verify(expectation).status == 200);
  CHECK(mock.client.verify({{"outcomes", {{"completed", 2}}}}).status == 422);
  CHECK(mock.client.verify({{"callback", {{"external_id", "lead-2"}}}}).status == 422);
}

TEST_CASE("an attempt that is running does not count yet") {
  json verdicts;
  std::string url;
  std::atomic<int> calls = 0;
  Receiver receiver([&](Peer& peer) {
    peer.read_request();
    if (++calls == 2) {
      const json callback{{"callback", {{"external_id", "lead-1"}}}};
      ControlClient client(url, "k");
      for (auto more : {json{{"attempts", 1}}, json{{"statuses", {500}}}, json{{"gaps", json::array()}},
                        json{{"attempts", 2}}, json{{"statuses", {500, 0}}}, json{{"gaps", {"1s"}}}}) {
        more.update(callback);
        verdicts.push_back(client.verify(more).status);
      }
    }
    peer.send("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n");
  });
  Mock mock;
  url = mock.emulator.url();
  mock.client.submit("jane", {{"external_id", "lead-1"}, {"callback_url", receiver.url()}});
  mock.client.settle();
  CHECK(verdicts == json{200, 200, 200, 422, 422, 422});
}

TEST_CASE("verify accepts every balance that credits can be set to") {
  Mock mock;
  constexpr std::uint64_t kMax = 1'000'000'000'000'000;
  mock.client.put("credits", {{"balance", kMax}});
  CHECK(mock.client.verify({{"credits", {{"balance", kMax}}}}).status == 200);
}

TEST_CASE("the callback of an earlier generation is not verified after a reset") {
  TeamWithHistory story;
  story.client.order("reset");
  CHECK(story.client.verify({{"callback", {{"external_id", "lead-1"}}}}).status == 422);
  CHECK(story.client.verify({{"requests", json::object()}, {"count", 0}}).status == 200);
}

TEST_CASE("bad expectations are refused with their position") {
  TeamWithHistory story;
  struct Case {
    const char *body, *said;
  };
  for (const auto& [body, said] :
       {Case{"{}", "expect"},
        {R"({"expect":7})", "/expect"},
        {R"({"expect":[]})", "/expect: found an empty array; expected at least one expectation"},
        {R"({"expect":[{"sequence":[]}]})", "/expect/0/sequence: "},
        {R"({"expect":[{"outcomes":{}}]})", "/expect/0/outcomes: "},
        {R"({"expect":[{"credits":{}}]})", "/expect/0/credits: "},
        {R"({"expect":[{"requests":{},"at_least":3,"at_most":2}]})", "\"at_least\" is above \"at_most\""},
        {R"({"expect":[7]})", "/expect/0"},
        {R"({"expect":[{}]})", "/expect/0"},
        {R"({"expect":[{"unmatched":0,"outcomes":{}}]})", "/expect/0"},
        {R"({"expect":[{"request":{}}]})", "did you mean \"requests\"?"},
        {R"({"expect":[{"requests":{"status":99}}]})", "/expect/0/requests/status"},
        {R"({"expect":[{"requests":{"pth":"/"}}]})", "did you mean \"path\"?"},
        {R"({"expect":[{"requests":{},"count":-1}]})", "/expect/0/count"},
        {R"({"expect":[{"requests":{},"count":1,"at_least":1}]})", "count"},
        {R"({"expect":[{"sequence":{}}]})", "/expect/0/sequence"},
        {R"({"expect":[{"sequence":[{"status":"x"}]}]})", "/expect/0/sequence/0/status"},
        {R"({"expect":[{"callback":{}}]})", "/expect/0/callback"},
        {R"({"expect":[{"callback":{"url":"x"},"state":"done"}]})", "/expect/0/state"},
        {R"({"expect":[{"callback":{"url":"x"},"gaps":[1]}]})", "/expect/0/gaps/0"},
        {R"({"expect":[{"callback":{"url":"x"},"statuses":["x"]}]})", "/expect/0/statuses/0"},
        {R"({"expect":[{"outcomes":{"complete":1}}]})", "did you mean \"completed\"?"},
        {R"({"expect":[{"credits":{"balance":"x"}}]})", "/expect/0/credits/balance"},
        {R"({"expect":[{"unmatched":-1}]})", "/expect/0/unmatched"},
        {R"({"expects":[]})", "did you mean \"expect\"?"}}) {
    const auto& this_body = body;
    CAPTURE(this_body);
    check_refused(story.client.control("POST", "verify", body), 400, said);
  }
  check_refused(ControlClient(story.emulator.url(), "").get("verify"), 400, "x-api-key");
}

TEST_CASE("no verdict on a team that was closed meanwhile: 409, until it is reset") {
  Mock mock({.max_teams = 1}, "a");
  CHECK(mock.client.send("GET", "/v1/api/wrong").status == 404);
  CHECK(mock.client.verify({{"unmatched", 0}}).status == 422);
  CHECK(ControlClient(mock.emulator.url(), "b").credits() == 250);
  CHECK(mock.client.verify({{"unmatched", 0}}).status == 409);
  const auto own = mock.client.get("verify");
  CHECK(own.status == 409);
  CHECK(own.body()["message"].get<std::string>().find("--max-teams") != std::string::npos);
  CHECK_THROWS_AS(mock.emulator.team("a").verify(), ConflictError);
  CHECK(mock.client.order("reset").status == 200);
  CHECK(mock.client.verify({{"unmatched", 0}}).status == 200);
}

TEST_CASE("GET verify compares the team with its scenario's own expect") {
  Mock mock({.scenario_texts = {R"({"name":"s","expect":{"completed":1,"credits":249}})"}, .manual_clock = true});
  mock.client.submit("jane");
  const auto early = mock.client.get("verify");
  CHECK(early.status == 422);
  CHECK(early.body()["failures"][0]["message"] == "completed: expected 1, found 0 (1 lookup is still open)");
  mock.client.settle();
  CHECK(mock.client.get("verify").body() ==
        json{{"passed", true}, {"failures", json::array()}, {"open", json::array()}});
}
