// GET callbacks, GET callbacks/{id}, POST callbacks/{id}/redeliver.
#include <atomic>
#include <doctest/doctest.h>
#include <mutex>
#include <thread>

#include "support/ask_beside.h"
#include "support/mock.h"
#include "support/raw_socket.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

std::size_t count(Mock& mock, const std::string& query) {
  return mock.client.list("callbacks" + query, "callbacks").size();
}

}  // namespace

TEST_CASE("a callback is shown with its state, its body and each attempt") {
  MockWithReceiver mock;
  const auto id = mock.submit();
  mock.client.settle();
  const auto shown = mock.client.get("callbacks/" + id + "-1").body();
  CHECK(shown["id"] == id + "-1");
  CHECK(shown["enrichment_id"] == id);
  CHECK(shown["url"] == mock.receiver.url());
  CHECK(shown["state"] == "delivered");
  CHECK(shown["body"] == json::parse(mock.receiver.requests().at(0).body));
  REQUIRE(shown["attempts"].size() == 1);
  CHECK(shown["attempts"][0]["status"] == 200);
  CHECK(shown["attempts"][0]["error"].is_null());
  CHECK(shown["attempts"][0]["latency_ms"] >= 0);
  const auto now = mock.client.get("clock").body()["now"];
  CHECK(shown["attempts"][0]["at"] == now);
  CHECK(shown["attempts"][0]["ended"] == now);
}

TEST_CASE("a pending callback says when it is due") {
  MockWithReceiver mock(answers(503));
  const auto id = mock.submit();
  mock.client.advance("500ms");
  const auto shown = mock.client.get("callbacks/" + id + "-1").body();
  CHECK(shown["state"] == "retrying");
  CHECK(shown["due"].is_string());
  CHECK(shown["attempts"].size() == 1);
}

TEST_CASE("the list can be filtered by state, enrichment and URL, and paged") {
  MockWithReceiver mock;
  const auto first = mock.submit("callback-twice-1");
  mock.submit("callback-lost-1");
  mock.client.settle();
  CHECK(count(mock, "") == 3);
  CHECK(count(mock, "?state=delivered") == 2);
  CHECK(count(mock, "?state=dropped") == 1);
  CHECK(count(mock, "?state=exhausted") == 0);
  CHECK(count(mock, "?enrichment_id=" + first) == 2);
  CHECK(count(mock, "?url=" + mock.receiver.url()) == 3);
  CHECK(count(mock, "?url=http://elsewhere.example/") == 0);
  const auto page = mock.client.get("callbacks?limit=2").body();
  CHECK(page["callbacks"].size() == 2);
  const auto rest = mock.client.get("callbacks?limit=2&after=" + page["next"].get<std::string>()).body();
  CHECK(rest["callbacks"].size() == 1);
  CHECK(rest["next"].is_null());
}

TEST_CASE("states and waits may be lists, with commas or as repeated parameters") {
  MockWithReceiver mock;
  mock.submit("callback-twice-1");
  mock.submit("callback-lost-1");
  mock.client.settle();
  CHECK(count(mock, "?state=delivered,dropped") == 3);
  CHECK(count(mock, "?state=delivered&state=dropped") == 3);
  CHECK(count(mock, "?state=dropped&state=exhausted") == 1);
  check_refused(mock.client.get("callbacks?state=delivered&state=lost"), 400, "there is no state \"lost\"");
  check_refused(mock.client.get("callbacks?state=delivered&state="), 400, "its value is empty");
  check_refused(mock.client.get("callbacks?limit=1&limit=1"), 400, "is given twice");

  const auto wait = [&](const std::string& query) { return mock.client.get("callbacks?timeout=1ms" + query); };
  CHECK(wait("&wait=exhausted&wait=delivered:2").status == 200);
  CHECK(wait("&wait=exhausted,delivered:2").status == 200);
  check_refused(wait("&wait=exhausted&wait=delivered:3"), 422,
                "0 of 1 callbacks were exhausted, 2 of 3 callbacks were delivered when the timeout was reached");
  CHECK(wait("&wait=delivered&wait=dropped&state=delivered&state=dropped").body()["callbacks"].size() == 3);
  check_refused(wait("&wait=delivered&wait=dropped&state=dropped"), 400,
                "dropped does not include delivered, the state of the wait");
}

TEST_CASE("credentials in a callback_url are sent to the receiver and shown nowhere") {
  const std::string secret = "s3cr3t-word";
  std::string warnings;
  std::mutex mutex;
  const auto warn = [&](std::string_view message) {
    const std::lock_guard lock(mutex);
    warnings += message;
  };
  MockWithReceiver mock(answers(200), {.manual_clock = true,
                                       .callback_allow = {"127.0.0.1"},
                                       .callback_rewrite = {"http://app.example=http://192.0.2.1"},
                                       .on_warning = warn});
  const auto with = [&](std::string url, const std::string& userinfo) { return url.insert(7, userinfo + "@"); };
  const std::string url = with(mock.receiver.url(), "user:" + secret), shown = with(mock.receiver.url(), "***");
  RawSocket listener(mock.emulator.port());
  listener.send("GET /__admin/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  listener.receive(true);
  CHECK(listener.receive_line() == ": listening\n");

  mock.client.submit("jane", {{"callback_url", url}});
  mock.client.submit("joe", {{"callback_url", "http://user:" + secret + "@app.example/hook"}});
  mock.client.post({{"linkedin_url", "no"}, {"callback_url", url}});
  mock.client.post_text("{\"callback_url\": \"" + url + "\",");
  mock.client.post_text(R"({"callback_url": "http:\/\/user:)" + secret + R"(\u0040app\/", "type":1})");
  mock.client.advance("10s");
  REQUIRE(mock.receiver.requests().size() == 1);
  CHECK(mock.receiver.requests()[0].header("Authorization") == "Basic dXNlcjpzM2NyM3Qtd29yZA==");

  const auto callbacks = mock.client.list("callbacks", "callbacks");
  REQUIRE(callbacks.size() == 2);
  CHECK(callbacks[0]["url"] == shown);
  CHECK(callbacks[1]["url"] == "http://***@app.example/hook");
  CHECK(callbacks[1]["rewritten_url"] == "http://***@192.0.2.1/hook");
  const auto requests = mock.client.list("requests", "requests");
  REQUIRE(requests.size() == 5);
  CHECK(requests[0]["body"]["callback_url"] == shown);
  CHECK(requests[2]["body"]["callback_url"] == shown);
  CHECK(requests[4]["body"]["callback_url"] == "http://***@app/");
  for (const auto* path : {"callbacks", "requests", "enrichments", "snapshot", "teams", "scenario"}) {
    CAPTURE(path);
    CHECK(mock.client.get(path).text.find(secret) == std::string::npos);
  }
  CHECK(count(mock, "?url=" + url) == 1);
  CHECK(count(mock, "?url=" + shown) == 1);
  CHECK(mock.client.verify({{"callback", {{"url", url}}}, {"attempts", 1}}).status == 200);
  CHECK(mock.client.verify({{"callback", {{"url", shown}}}, {"attempts", 2}}).text.find(secret) == std::string::npos);
  const auto body_with = [](const std::string& text) { return json{{"body", {{"callback_url", text}}}}; };
  CHECK(mock.client.verify({{"requests", body_with(url)}, {"count", 2}}).status == 200);
  CHECK(mock.client.verify({{"requests", body_with(shown)}, {"count", 2}}).status == 200);
  const auto failed = mock.client.verify({{"requests", body_with(url + "/other")}, {"count", 1}});
  CHECK(failed.status == 422);
  CHECK(failed.text.find(secret) == std::string::npos);
  CHECK(mock.emulator.team("k").callbacks().at(0).url == shown);
  mock.emulator.stop();
  CHECK(listener.receive_rest().find(secret) == std::string::npos);
  CHECK(warnings.find("the callback to http://***@app.example/hook failed") != std::string::npos);
  CHECK(warnings.find(secret) == std::string::npos);
}

TEST_CASE("redeliver makes one attempt at once and responds with its result") {
  MockWithReceiver mock;
  const auto id = mock.submit();
  mock.client.settle();
  const auto again = mock.client.order("callbacks/" + id + "-1/redeliver");
  CHECK(again.status == 200);
  CHECK(again.body()["attempts"].size() == 2);
  CHECK(again.body()["state"] == "delivered");
  REQUIRE(mock.receiver.requests().size() == 2);
  CHECK(mock.receiver.requests()[0].body == mock.receiver.requests()[1].body);
}

TEST_CASE("redeliver during a delivery is 409") {
  std::atomic<bool> asked = false;
  std::string path, url;
  int status = 0;
  MockWithReceiver mock([&](Peer& peer) {
    peer.read_request();
    if (!asked.exchange(true)) status = ControlClient(url, "k").order(path).status;
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  url = mock.emulator.url();
  path = "callbacks/" + mock.submit() + "-1/redeliver";
  mock.client.settle();
  CHECK(status == 409);
}

TEST_CASE("a wait returns when that many callbacks have reached a state") {
  MockWithReceiver mock;
  mock.submit("callback-twice-1");
  mock.submit("jane");
  std::thread waiting([&] {
    ControlClient waiter(mock.emulator.url(), "k");
    const auto answer = waiter.get("callbacks?wait=delivered:3&timeout=10m");
    CHECK(answer.status == 200);
    CHECK(answer.body()["callbacks"].size() == 3);
  });
  mock.client.settle();
  waiting.join();
}

TEST_CASE("a wait counts only the callbacks that the filters select") {
  MockWithReceiver mock;
  const auto first = mock.submit("jane");
  mock.client.settle();
  const auto second = mock.submit("slow-joe");
  const auto wait = [&](const std::string& query) {
    return mock.client.get("callbacks?wait=delivered&timeout=1ms" + query);
  };
  CHECK(wait("").status == 200);
  CHECK(wait("&enrichment_id=" + first).body()["callbacks"].size() == 1);
  check_refused(wait("&enrichment_id=" + second), 422, "0 of 1 callbacks were delivered");
  check_refused(mock.client.get("callbacks?wait=delivered:2&timeout=1ms&url=" + mock.receiver.url()), 422, "1 of 2");
  check_refused(wait("&url=http://elsewhere.example/"), 422, "0 of 1");
  CHECK(wait("&state=delivered").status == 200);
  check_refused(wait("&state=exhausted"), 400,
                "parameter \"state\": exhausted does not include delivered, the state of the wait");
  mock.client.settle();
  CHECK(wait("&enrichment_id=" + second).body()["callbacks"].size() == 1);
}

TEST_CASE("a wait for the callbacks of an enrichment is 409 at once if none of them can reach the state any more") {
  MockWithReceiver mock(answers(500));
  const auto id = mock.submit();
  const auto wait = [&](const std::string& query) { return mock.client.get("callbacks?wait=" + query); };
  const auto of_jane = "&timeout=10m&enrichment_id=" + id;
  auto waits = ask_beside(mock.emulator, "GET", "callbacks?wait=delivered" + of_jane);
  mock.client.settle();
  check_refused(waits.get(), 409,
                "0 of 1 callbacks were delivered, and the enrichment has no callback that is still open");
  check_refused(wait("delivered,dropped" + of_jane), 409,
                "0 of 1 callbacks were delivered, 0 of 1 callbacks were dropped");
  check_refused(wait("exhausted:2" + of_jane), 409, "1 of 2 callbacks were exhausted");
  CHECK(wait("delivered,exhausted" + of_jane).status == 200);
  // A later lookup may have such a callback.
  check_refused(wait("delivered&timeout=1ms"), 422, "0 of 1");
  check_refused(wait("delivered&timeout=1ms&url=" + mock.receiver.url()), 422, "0 of 1");
  check_refused(wait("delivered&timeout=1ms&enrichment_id=" + mock.submit("joe")), 422, "0 of 1");
}

TEST_CASE("ids match in any letter case") {
  MockWithReceiver mock;
  const std::string id = "507F1F77BCF86CD799439ABC";
  const json lead{{"_id", id},
                  {"linkedin_url", "https://linkedin.com/in/jane"},
                  {"type", "work"},
                  {"callback_url", mock.receiver.url()}};
  CHECK(mock.client.order("enrichments", lead).status == 201);
  mock.client.settle();
  CHECK(mock.client.get("enrichments/" + id).status == 200);
  CHECK(count(mock, "?enrichment_id=" + id) == 1);
  CHECK(mock.client.get("callbacks/" + id + "-1").status == 200);
  CHECK(mock.client.order("callbacks/" + id + "-1/redeliver").status == 200);
  CHECK(mock.client.verify({{"callback", {{"enrichment_id", id}}}, {"attempts", 2}}).status == 200);
}

TEST_CASE("a bad cursor is refused before the wait") {
  MockWithReceiver mock;
  check_refused(mock.client.get("callbacks?wait=delivered&timeout=10m&after=x"), 400, "parameter \"after\"");
}

TEST_CASE("a wait that times out is 422, with the count, the open work, and why it is open") {
  MockWithReceiver mock(answers(503));
  const auto id = mock.submit();
  mock.client.advance("500ms");
  const auto answer = mock.client.get("callbacks?wait=delivered:2&timeout=1ms");
  check_refused(answer, 422,
                "0 of 2 callbacks were delivered when the timeout was reached; the team's clock is manual");
  CHECK(answer.body()["open"] == json{{{"id", id}, {"why", "delivering"}}});
}

TEST_CASE("bad parameters and unknown ids are refused, and the message names them") {
  MockWithReceiver mock;
  struct Case {
    const char* query;
    int status;
    const char* said;
  };
  for (const auto& [query, status, said] :
       {Case{"?state=deliverd", 400,
             "parameter \"state\": there is no state \"deliverd\"; did you mean \"delivered\"?"},
        {"?wait=done", 400, "parameter \"wait\""},
        {"?wait=delivered:x", 400, "parameter \"wait\""},
        {"?wait=delivered:", 400, "parameter \"wait\""},
        {"?wait=delivered&timeout=5", 400, "parameter \"timeout\""},
        {"?wait=", 400, "parameter \"wait\""},
        {"?timeout=5", 400, "parameter \"timeout\""},
        {"?enrichment_id=", 400, "parameter \"enrichment_id\": its value is empty"},
        {"?url=", 400, "parameter \"url\": its value is empty"},
        {"?after=1", 400, "parameter \"after\""},
        {"?limit=0", 400, "parameter \"limit\""},
        {"?status=200", 400, "unknown parameter \"status\""},
        {"/nobody-1", 404, "No callback"}}) {
    const auto& this_query = query;
    CAPTURE(this_query);
    check_refused(mock.client.get(std::string("callbacks") + query), status, said);
  }
  check_refused(mock.client.order("callbacks/nobody-1/redeliver"), 404, "No callback");
  check_refused(mock.whole.get("callbacks?wait=delivered"), 400, "x-api-key");
}
