// GET advice: for each rule a client that breaks it, and clients that come close.
#include <atomic>
#include <condition_variable>
#include <doctest/doctest.h>
#include <memory>
#include <mutex>
#include <vector>

#include "support/mock.h"
#include "support/raw_socket.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

json advice_of(ControlClient& client, const std::string& query = "") {
  const auto answer = client.get("advice" + query);
  REQUIRE(answer.status == 200);
  CHECK(answer.body()["complete"] == true);
  return answer.body();
}

std::vector<std::string> rules_in(const json& advice) {
  std::vector<std::string> rules;
  for (const auto& finding : advice["findings"]) rules.push_back(finding["rule"]);
  return rules;
}

using Rules = std::vector<std::string>;

// The client has ended: what it has not done, it does not do any more.
Rules rules_at_end(ControlClient& client) { return rules_in(advice_of(client, "?finished=true")); }

json profile(const std::string& username, const std::string& type = "work") {
  return {{"linkedin_url", "https://www.linkedin.com/in/" + username}, {"type", type}};
}

// A mock with a rule list, on a manual clock.
struct Scripted : MockWithReceiver {
  explicit Scripted(const std::string& members, Receiver::Script script = answers(200))
      : MockWithReceiver(std::move(script), {.scenario_texts = {scenario_of(members)}, .manual_clock = true}) {}
  void submit_all(std::initializer_list<const char*> usernames) {
    for (const auto* each : usernames) client.post(profile(each));
  }
};

// The same on a clock that runs like real time.
struct ScriptedInRealTime : Mock {
  explicit ScriptedInRealTime(const std::string& members) : Mock({.scenario_texts = {scenario_of(members)}}) {}
};

// Answers one request after the other with these statuses; the last one repeats.
Receiver::Script answers_in_turn(std::vector<int> statuses) {
  return [calls = std::make_shared<std::atomic<std::size_t>>(0), statuses](Peer& peer) {
    peer.read_request();
    const auto status = statuses[std::min(statuses.size() - 1, (*calls)++)];
    peer.send("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: 0\r\n\r\n");
  };
}

const std::string kAnswers429 = R"("rules": [{"response": {"status": 429, "headers": {"Retry-After": "30"}}}])";
const std::string kFirstIs503 = R"("rules": [{"steps": [{"response": {"status": 503}}, {}]}])";

std::string faulty_first(const std::string& fault) {
  return R"("rules": [{"steps": [{"response": {"fault": ")" + fault + R"("}}, {}]}])";
}

}  // namespace

TEST_CASE("a finding says what happened, how often, and which calls show it") {
  Mock mock;
  mock.client.post(profile("jane"));
  mock.client.post({{"linkedin_url", "http://uk.linkedin.com/in/JANE/"}, {"type", "work"}, {"external_id", "again"}});
  const auto requests = mock.client.list("requests", "requests");
  const auto advice = advice_of(mock.client);
  REQUIRE(rules_in(advice) == Rules{"duplicate-lookup"});
  const auto& finding = advice["findings"][0];
  CHECK(finding["severity"] == "error");
  CHECK(finding["title"] == "The same profile and type was requested again: a result costs a credit each time");
  CHECK(finding["count"] == 1);
  CHECK(finding["evidence"] == json{{{"request", requests[0]["number"]}}, {{"request", requests[1]["number"]}}});
  CHECK(finding["explanation"] == "The profile and type of request " + requests[1]["number"].dump() +
                                      " were requested before, by request " + requests[0]["number"].dump() +
                                      ". That lookup was open.");
  CHECK(advice["reason"].is_null());
}

TEST_CASE("a client that has done nothing, and one that does everything right, get no advice") {
  MockWithReceiver mock;
  CHECK(rules_at_end(mock.client).empty());
  const auto polled = mock.client.submit("jane");
  mock.submit("joe");
  mock.client.settle();
  mock.client.poll(polled);
  mock.client.credits();
  CHECK(rules_at_end(mock.client).empty());
}

TEST_CASE("duplicate-lookup: not for another type, or after a lookup without a result, or after a lost response") {
  SUBCASE("another type") {
    Mock mock;
    mock.client.post(profile("jane"));
    mock.client.post(profile("jane", "personal"));
    CHECK(rules_in(advice_of(mock.client)).empty());
  }
  SUBCASE("the first lookup found nothing") {
    Scripted mock(R"("lookup": {"outcome": "not-found"})");
    mock.client.post(profile("jane"));
    CHECK(mock.client.order("settle").status == 200);
    mock.client.post(profile("jane"));
    CHECK(rules_in(advice_of(mock.client)).empty());
    mock.client.post(profile("jane"));  // the second one is open
    CHECK(rules_in(advice_of(mock.client)) == Rules{"duplicate-lookup"});
  }
  SUBCASE("the first lookup was added by a control call") {
    Mock mock;
    mock.client.order("enrichments", profile("jane"));
    mock.client.post(profile("jane"));
    CHECK(rules_in(advice_of(mock.client)).empty());
  }
  for (const auto* fault : {"connection-reset", "empty-response", "truncated-body", "malformed-json", "stalled-body",
                            "wrong-content-type"}) {
    CAPTURE(fault);
    Scripted mock(faulty_first(fault));
    if (std::string_view(fault) == "stalled-body") {
      RawSocket impatient(mock.emulator.port());
      const auto body = profile("jane").dump();
      impatient.send("POST /v1/api/enrichment/email HTTP/1.1\r\nHost: localhost\r\nx-api-key: k\r\nContent-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n" + body);
      impatient.receive_line();
    } else {
      try {
        mock.client.post(profile("jane"));
      } catch (const NoResponse&) {
      }
    }
    mock.client.post(profile("jane"));
    CHECK(rules_in(advice_of(mock.client)).empty());
  }
}

// Both requests are answered after the client has closed the connection: the first one with a delay, the second one
// when this is known.
TEST_CASE("duplicate-lookup: not if the client had left before the response was sent") {
  std::mutex mutex;
  std::condition_variable changed;
  int answered = 0;
  const auto count = [&](const RequestLine& line) {
    const std::lock_guard lock(mutex);
    if (line.method == "POST") ++answered;
    changed.notify_all();
  };
  const auto wait_until_answered = [&](int number) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, kPatience, [&] { return answered >= number; });
  };
  Mock mock({.scenario_texts = {scenario_of(R"("rules": [{"steps": [{"response": {"delay": "50ms"}}, {}]}])")},
             .manual_clock = true,
             .on_request = count});
  const auto body = profile("jane").dump();
  const auto request = "POST /v1/api/enrichment/email HTTP/1.1\r\nHost: localhost\r\nx-api-key: k\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body;
  RawSocket client(mock.emulator.port());
  SUBCASE("it left") {
    client.send(request + request);
    client.finish_sending();
    REQUIRE(wait_until_answered(2));
    mock.client.post(profile("jane"));
    CHECK(rules_in(advice_of(mock.client)).empty());
  }
  SUBCASE("it waited") {
    CHECK(client.exchange(request).status == 201);
    mock.client.post(profile("jane"));
    CHECK(rules_in(advice_of(mock.client)) == Rules{"duplicate-lookup"});
  }
}

TEST_CASE("retry-after-ignored: the same call at once, but not another call") {
  ScriptedInRealTime mock(kAnswers429);
  mock.client.post(profile("jane"));
  mock.client.post(profile("joe"));
  CHECK(rules_in(advice_of(mock.client)).empty());
  mock.client.post(profile("jane"));
  const auto advice = advice_of(mock.client);
  REQUIRE(rules_in(advice) == Rules{"retry-after-ignored"});
  CHECK(advice["findings"][0]["severity"] == "warning");
  CHECK(advice["findings"][0]["count"] == 1);
  CHECK(advice["findings"][0]["evidence"].size() == 2);
}

TEST_CASE("no-backoff: polls in a loop, but not a few polls of each enrichment") {
  ScriptedInRealTime mock(R"("lookup": {"pending": "forever"})");
  for (const auto* name : {"jane", "joe", "jim"}) {
    const auto id = mock.client.submit(name);
    for (int i = 0; i < 5; ++i) mock.client.poll(id);
  }
  CHECK(rules_in(advice_of(mock.client)).empty());
  const auto id = mock.client.submit("jill");
  const auto patience = std::chrono::steady_clock::now() + kPatience;
  json advice;
  do {
    for (int i = 0; i < 10; ++i) mock.client.poll(id);
    advice = advice_of(mock.client);
  } while (rules_in(advice).empty() && std::chrono::steady_clock::now() < patience);
  REQUIRE(rules_in(advice) == Rules{"no-backoff"});
  CHECK(advice["findings"][0]["explanation"].get<std::string>().find("with short gaps: ") != std::string::npos);
}

TEST_CASE("no-backoff: retries in a loop, too") {
  ScriptedInRealTime mock(R"("rules": [{"response": {"status": 503}}])");
  const auto patience = std::chrono::steady_clock::now() + kPatience;
  Rules rules;
  do {
    for (int i = 0; i < 5; ++i) mock.client.post(profile("jane"));
    rules = rules_in(advice_of(mock.client));
  } while (rules.empty() && std::chrono::steady_clock::now() < patience);
  CHECK(rules == Rules{"no-backoff"});
}

TEST_CASE("rules about time are silent on a clock that is manual or scaled, or once was") {
  const json both{"retry-after-ignored", "no-backoff"};
  const auto not_checked = [](const json& advice) {
    json rules = json::array();
    for (const auto& each : advice["not_checked"]) rules.push_back(each["rule"]);
    return rules;
  };
  for (const auto* clock : {R"({"mode": "manual"})", R"({"mode": "running", "scale": 2})"}) {
    CAPTURE(clock);
    ScriptedInRealTime mock(kAnswers429);
    CHECK(not_checked(advice_of(mock.client)) == json::array());
    mock.client.control("PUT", "clock", clock);
    CHECK(mock.client.control("PUT", "clock", R"({"mode": "running", "scale": 1})").status == 200);
    mock.client.post(profile("jane"));
    mock.client.post(profile("jane"));
    const auto advice = advice_of(mock.client, "?finished=true");
    CHECK(rules_in(advice).empty());
    CHECK(not_checked(advice) == both);
    CHECK(advice["not_checked"][0]["reason"] == "the team's clock is or was manual or scaled");
    mock.client.order("reset");
    CHECK(not_checked(advice_of(mock.client)) == json::array());
  }
}

TEST_CASE("client-error-retried: the same call after 400 or 404, but not a corrected one") {
  Mock mock;
  const json wrong{{"linkedin_url", "nonsense"}, {"type", "work"}};
  mock.client.post(wrong);
  mock.client.post(profile("jane"));
  mock.client.poll("507f1f77bcf86cd799439011");
  CHECK(rules_in(advice_of(mock.client)).empty());
  mock.client.post(wrong);
  mock.client.poll("507f1f77bcf86cd799439011");
  const auto advice = advice_of(mock.client);
  REQUIRE(rules_in(advice) == Rules{"client-error-retried"});
  CHECK(advice["findings"][0]["count"] == 2);
  const auto explained = advice["findings"][0]["explanation"].get<std::string>();
  CHECK(explained.starts_with("POST /v1/api/enrichment/email was answered with 400 (linkedin_url must be"));
}

TEST_CASE("client-error-retried: not if something has changed in the meantime") {
  Mock mock({.manual_clock = true, .credits = 0});
  mock.client.post(profile("jane"));
  mock.client.put("credits", {{"balance", 1}});
  mock.client.post(profile("jane"));
  mock.client.put("credits", {{"balance", 0}});
  const auto id = "507f1f77bcf86cd799439011";
  mock.client.poll(id);
  mock.client.poll(id);
  json known = profile("joe");
  known["_id"] = id;
  CHECK(mock.client.order("enrichments", known).status == 201);
  mock.client.poll(id);
  CHECK(rules_in(advice_of(mock.client)).empty());
}

TEST_CASE("client-error-retried: credits that were added and spent again are a reason to try") {
  Mock mock({.manual_clock = true, .credits = 0});
  mock.client.post(profile("jane"));
  mock.client.put("credits", {{"balance", 1}});
  mock.client.put("credits", {{"balance", 0}});
  mock.client.post(profile("jane"));
  CHECK(rules_in(advice_of(mock.client)).empty());
  Mock poor({.manual_clock = true, .credits = 0});
  poor.client.post(profile("jane"));
  poor.client.post(profile("jane"));
  CHECK(rules_in(advice_of(poor.client)) == Rules{"client-error-retried"});
}

TEST_CASE("server-error-not-retried: one try, but not two, and not while the client may still wait") {
  Scripted mock(kFirstIs503);
  mock.client.post(profile("jane"));
  CHECK(rules_in(advice_of(mock.client)).empty());
  CHECK(advice_of(mock.client)["not_checked"].size() == 4);
  CHECK(rules_at_end(mock.client) == Rules{"server-error-not-retried"});
  auto again = profile("Jane");  // an app may write the body again
  again["external_id"] = "second try";
  const auto id = mock.client.post(again).body()["_id"].get<std::string>();
  mock.client.settle();
  mock.client.poll(id);
  CHECK(rules_at_end(mock.client).empty());
}

TEST_CASE("server-error-not-retried: a broken connection, but not a poll whose result came by callback") {
  Scripted mock(R"("rules": [{"on": "poll", "response": {"fault": "connection-reset"}}])");
  const auto id = mock.submit("jane");
  CHECK_THROWS_AS(mock.client.poll(id), NoResponse);
  CHECK(rules_at_end(mock.client) == Rules{"server-error-not-retried"});
  mock.client.settle();
  CHECK(rules_at_end(mock.client).empty());
}

TEST_CASE("polled-after-final: again and again, but not once to be sure") {
  Mock mock;
  const auto id = mock.client.submit("jane");
  mock.client.settle();
  mock.client.poll(id);
  mock.client.poll(id);
  CHECK(rules_in(advice_of(mock.client)).empty());
  mock.client.poll(id);
  const auto advice = advice_of(mock.client);
  REQUIRE(rules_in(advice) == Rules{"polled-after-final"});
  CHECK(advice["findings"][0]["severity"] == "note");
  CHECK(advice["findings"][0]["count"] == 2);
}

TEST_CASE("result-lost: nobody has read the result, and no callback is open") {
  SUBCASE("polled too early") {
    Mock mock;
    const auto id = mock.client.submit("jane");
    mock.client.poll(id);
    CHECK(rules_at_end(mock.client).empty());  // it has not resolved
    mock.client.settle();
    CHECK(rules_in(advice_of(mock.client)).empty());  // the client may still poll
    CHECK(rules_at_end(mock.client) == Rules{"result-lost"});
    mock.client.poll(id);
    CHECK(rules_at_end(mock.client).empty());
  }
  SUBCASE("a callback that may still come") {
    MockWithReceiver mock(answers_in_turn({500, 500, 500}));
    mock.submit("jane");
    mock.client.advance("1s");
    CHECK(rules_at_end(mock.client).empty());
    mock.client.settle();
    CHECK(rules_at_end(mock.client) == Rules{"result-lost", "callback-refused"});
  }
  SUBCASE("a response that the client has not received") {
    Scripted mock(faulty_first("empty-response"));
    CHECK_THROWS_AS(mock.client.post(profile("jane")), NoResponse);
    const auto id = mock.client.submit("jane");
    mock.client.settle();
    mock.client.poll(id);
    CHECK(rules_at_end(mock.client).empty());
  }
}

TEST_CASE("callback-refused: each attempt, but not if a retry is accepted, or if the scenario changed the body") {
  for (const auto& [members, statuses, expected] :
       {std::tuple<std::string, std::vector<int>, Rules>{R"("credits": 9)", {404}, {"callback-refused"}},
        {R"("credits": 9)", {302, 302, 400}, {"callback-refused"}},
        {R"("credits": 9)", {500, 503, 204}, {}},
        {R"("callback": {"merge_patch": {"status": "done"}})", {400}, {}},
        {R"("callback": {"raw_body": "{"})", {400}, {}},
        {R"("callback": {"fail_first": 3})", {200}, {}}}) {
    CAPTURE(members);
    Scripted mock(members, answers_in_turn(statuses));
    const auto id = mock.submit("jane");
    mock.client.settle();
    mock.client.poll(id);
    const auto advice = advice_of(mock.client, "?finished=true");
    CHECK(rules_in(advice) == expected);
    if (!expected.empty()) CHECK(advice["findings"][0]["evidence"] == json{{{"callback", id + "-1"}}});
  }
}

TEST_CASE("callback-refused: not by the sink, which answers what the test says") {
  Mock mock;
  mock.client.control("PUT", "sink/inbox", R"({"statuses": [500]})");
  const auto id = mock.client.submit("jane", {{"callback_url", mock.emulator.url() + "/__admin/sink/inbox"}});
  mock.client.settle();
  mock.client.poll(id);
  CHECK(rules_at_end(mock.client).empty());
}

TEST_CASE("duplicate-callback-not-idempotent: a second delivery that is refused for good") {
  const std::string two = R"("callback": {"copies": 2})";
  for (const auto& [statuses, expected] :
       {std::pair<std::vector<int>, Rules>{{200, 500}, {"duplicate-callback-not-idempotent"}},
        {{204, 409}, {"duplicate-callback-not-idempotent"}},
        {{204, 200}, {}},
        {{200, 500, 200}, {}},
        {{500, 200, 200}, {}}}) {
    CAPTURE(statuses[1]);
    Scripted mock(two, answers_in_turn(statuses));
    mock.submit("jane");
    mock.client.settle();
    CHECK(rules_at_end(mock.client) == expected);
  }
  MockWithReceiver mock(answers_in_turn({200, 404}));
  const auto id = mock.submit("jane");
  mock.client.settle();
  CHECK(rules_at_end(mock.client).empty());
  CHECK(mock.client.order("callbacks/" + id + "-1/redeliver").status == 200);
  const auto advice = advice_of(mock.client, "?finished=true");
  REQUIRE(rules_in(advice) == Rules{"duplicate-callback-not-idempotent"});
  CHECK(advice["findings"][0]["severity"] == "error");
}

TEST_CASE("credits-unchecked: request after request, but not those that were under way, or after more credits") {
  SUBCASE("it stops") {
    Scripted mock(R"("credits": 0)");
    mock.submit_all({"a", "b", "c"});
    CHECK(rules_in(advice_of(mock.client)).empty());
    mock.submit_all({"d"});
    const auto advice = advice_of(mock.client);
    CHECK(rules_in(advice) == Rules{"credits-unchecked"});
    CHECK(advice["findings"][0]["count"] == 3);
  }
  SUBCASE("credits were added") {
    Scripted mock(R"("credits": 0)");
    mock.submit_all({"a", "b", "c"});
    mock.client.put("credits", {{"balance", 1}});
    mock.client.put("credits", {{"balance", 0}});
    mock.submit_all({"d", "e", "f"});
    CHECK(rules_in(advice_of(mock.client)).empty());
  }
  SUBCASE("the client saw that there are credits") {
    Scripted mock(R"("rules": [{"match": {"username": "poor*"}, "response": {"status": 402}}])");
    for (const auto* name : {"poor-a", "poor-b", "poor-c", "poor-d"}) {
      mock.client.post(profile(name));
      mock.client.credits();
    }
    CHECK(rules_in(advice_of(mock.client)).empty());
  }
}

TEST_CASE("rules can be ignored by the call and by the scenario") {
  Scripted mock(R"("advice": {"ignore": ["polled-after-final"]})");
  const auto id = mock.client.submit("jane");
  mock.client.submit("jane");
  mock.client.settle();
  for (int i = 0; i < 4; ++i) mock.client.poll(id);
  CHECK(rules_in(advice_of(mock.client)) == Rules{"duplicate-lookup"});
  const auto advice = advice_of(mock.client, "?ignore=no-backoff,duplicate-lookup&ignore=result-lost&finished=true");
  CHECK(rules_in(advice).empty());
  json reasons;
  for (const auto& each : advice["not_checked"]) reasons[each["rule"].get<std::string>()] = each["reason"];
  CHECK(reasons == json{{"duplicate-lookup", "ignored by the call"},
                        {"no-backoff", "ignored by the call"},
                        {"result-lost", "ignored by the call"},
                        {"polled-after-final", "ignored by the scenario"},
                        {"retry-after-ignored", "the team's clock is or was manual or scaled"}});
}

TEST_CASE("wrong parameters of advice get 400, and so does a call without a team") {
  Mock mock;
  for (const auto& [query, said] :
       {std::pair{"?ignore=no-backof", "did you mean \"no-backoff\"?; expected one of"},
        {"?ignore=", "its value is empty"},
        {"?finished=yes", "parameter \"finished\": found \"yes\"; expected one of true, false"},
        {"?finish=true", "did you mean \"finished\"?"}})
    check_refused(mock.client.get(std::string("advice") + query), 400, said);
  check_refused(mock.whole.get("advice"), 400, "this call needs a team");
}

TEST_CASE("if evidence is lost, the advice says so and reports nothing") {
  struct Case {
    Options options;
    json more;
    const char* reason;
  };
  for (const auto& [options, more, reason] :
       {Case{{.manual_clock = true, .journal_size = 3}, {}, "1 requests were evicted from the journal; increase"},
        {{.manual_clock = true, .journal_size = 0}, {}, "there is no journal (--journal-size 0)"},
        {{.manual_clock = true}, {{"pad", std::string(100'000, 'x')}}, "4 requests have a truncated body"},
        {{.manual_clock = true, .keep_resolved = 1},
         {},
         "1 enrichments are no longer kept; increase --keep-resolved"}}) {
    CAPTURE(reason);
    Mock mock(options);
    json body = profile("jane");
    body.update(more.is_null() ? json::object() : more);
    for (int i = 0; i < 2; ++i) mock.client.post(body);
    mock.client.settle();
    for (int i = 0; i < 2; ++i) mock.client.post(body);
    const auto answer = mock.client.get("advice?finished=true");
    CHECK(answer.status == 200);
    CHECK(answer.body()["complete"] == false);
    CHECK(answer.body()["reason"].get<std::string>().find(reason) == 0);
    CHECK(answer.body()["findings"] == json::array());
    mock.client.order("reset");
    if (mock.client.get("requests").status == 200 && options.journal_size > 0)
      CHECK(mock.client.get("advice").body()["complete"] == true);
  }
}

TEST_CASE("the advice masks keys") {
  Mock mock({.manual_clock = true}, "a-secret-key-of-a-team");
  mock.client.send("POST", "/v1/a-secret-key-of-a-team");
  mock.client.send("POST", "/v1/a-secret-key-of-a-team");
  const auto answer = mock.client.get("advice");
  CHECK(answer.text.find("client-error-retried") != std::string::npos);
  CHECK(answer.text.find("a-secret-key-of-a-team") == std::string::npos);
}
