// What each attempt of a callback has sent and received, as GET callbacks, GET callbacks/{id} and GET snapshot show it.
#include <doctest/doctest.h>

#include "base/mask.h"
#include "support/mock.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

json attempts_of(Mock& mock, const std::string& id) {
  return mock.client.get("callbacks/" + id + "-1").body()["attempts"];
}

// Answers with the request's head and body.
void echo(Peer& peer) {
  const auto request = peer.read_request();
  std::string body;
  for (const auto& [name, value] : request->headers) body += name + "=" + value + ";";
  body += request->body;
  peer.send("HTTP/1.1 200 OK\r\nX-Echo: " + request->header("Authorization") +
            "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

std::string scenario_with(const std::string& callback) { return R"({"name":"s","callback":)" + callback + "}"; }

}  // namespace

TEST_CASE("each attempt shows its request as it was sent, and the response") {
  int attempts = 0;
  MockWithReceiver mock(
      [&](Peer& peer) {
        peer.read_request();
        peer.send(attempts++ == 0 ? "HTTP/1.1 500 No\r\nX-A: 1\r\nx-b: 2\r\nX-A: 3\r\nContent-Length: 5\r\n\r\nlater"
                                  : "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"ok\": true}");
      },
      {.scenario_texts = {scenario_with(R"({"headers":{"X-Signature":"abc"}})")}, .manual_clock = true});
  const auto id = mock.submit();
  mock.client.settle();
  const auto shown = mock.client.get("callbacks/" + id + "-1").body();
  REQUIRE(shown["attempts"].size() == 2);
  const auto received = mock.receiver.requests();
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& request = shown["attempts"][i]["request"];
    CHECK(request["body"] == shown["body"]);
    CHECK_FALSE(request.contains("body_bytes"));
    CHECK_FALSE(request.contains("body_truncated"));
    json headers = json::object();
    for (const auto& [name, value] : received[i].headers) headers[name] = value;
    CHECK(request["headers"] == headers);
    CHECK(request["headers"]["Content-Length"] == std::to_string(received[i].body.size()));
    CHECK(request["headers"]["X-Signature"] == "abc");
  }
  CHECK(shown["attempts"][0]["status"] == 500);
  CHECK(shown["attempts"][0]["response"] == json{{"status", 500},
                                                 {"headers", {{"X-A", "1, 3"}, {"x-b", "2"}, {"Content-Length", "5"}}},
                                                 {"body", "later"}});
  CHECK(shown["attempts"][1]["response"] ==
        json{{"status", 200}, {"headers", {{"Content-Length", "12"}}}, {"body", {{"ok", true}}}});
  const auto in_order = R"("headers":{"Accept":"*/*","Connection":"close","Content-Length":")";
  for (const auto* path : {"callbacks", "callbacks?last=1", "snapshot"}) {
    CAPTURE(path);
    const auto answer = mock.client.get(path);
    const auto list =
        std::string(path) == "snapshot" ? answer.body()["teams"][0]["callbacks"] : answer.body()["callbacks"];
    CHECK(as_listed(list[0]) == shown);
    CHECK(answer.text.find(in_order) != std::string::npos);
    CHECK(answer.text.find("\"body\":{\"ok\": true}") != std::string::npos);  // byte for byte
  }
  const auto again = mock.client.order("callbacks/" + id + "-1/redeliver").body();
  CHECK(again["attempts"][2]["request"] == shown["attempts"][1]["request"]);
  CHECK(again["attempts"][2]["response"] == shown["attempts"][1]["response"]);
}

TEST_CASE("an attempt that sent nothing has no request and no response") {
  std::string closed;
  { closed = Receiver(answers(200)).url(); }
  MockWithReceiver mock(answers(200), {.scenario_texts = {scenario_with(R"({"fail_first":1})")}, .manual_clock = true});
  const auto refused = mock.client.submit("jane", {{"callback_url", closed}});
  const auto id = mock.submit();
  mock.client.settle();
  const auto attempts = attempts_of(mock, id);
  REQUIRE(attempts.size() == 2);
  CHECK(attempts[0]["request"].is_null());
  CHECK(attempts[0]["response"].is_null());
  CHECK(attempts[1]["request"].is_object());
  CHECK(attempts[1]["response"].is_object());
  for (const auto& attempt : attempts_of(mock, refused)) {
    CHECK(attempt.contains("request"));
    CHECK(attempt["request"].is_null());
    CHECK(attempt["response"].is_null());
  }
}

TEST_CASE("an attempt without a complete response shows what arrived") {
  MockWithReceiver mock(
      [](Peer& peer) {
        const auto request = peer.read_request();
        if (request->target == "/silent") return peer.hang();
        peer.send("HTTP/1.1 202 Accepted\r\nX-A: 1\r\nContent-Length: 9\r\n\r\nabc");
        if (request->target == "/slow") peer.hang();
      },
      {.scenario_texts = {scenario_with(R"({"max_attempts":1,"timeout":"300ms"})")}, .manual_clock = true});
  const auto attempt_at = [&](const char* path) {
    const auto id = mock.client.submit("jane", {{"callback_url", mock.receiver.url(path)}});
    mock.client.settle();
    return attempts_of(mock, id)[0];
  };
  const json arrived{{"status", 202}, {"headers", {{"X-A", "1"}, {"Content-Length", "9"}}}, {"body", "abc"}};
  const auto slow = attempt_at("/slow");
  CHECK(slow["status"].is_null());
  CHECK(slow["error"] == "timed out after 300ms (see callback.timeout in the scenario)");
  CHECK(slow["response"] == arrived);
  const auto silent = attempt_at("/silent");
  CHECK(silent["request"].is_object());
  CHECK(silent["response"].is_null());
  const auto closed = attempt_at("/closed");
  CHECK(closed["status"] == 202);
  CHECK(closed["response"] == arrived);
}

TEST_CASE("2 KB of a response's body, 16 KB of its headers, and 64 KB of a request's body are kept") {
  std::string headers;
  for (int i = 0; i < 20; ++i) headers += "X-" + std::to_string(i) + ": " + std::string(1000, 'h') + "\r\n";
  const std::string raw(100'000, 'r');
  MockWithReceiver mock(answers(200, std::string(5000, 'b'), headers),
                        {.scenario_texts = {scenario_with(R"({"raw_body":")" + raw + R"("})")}, .manual_clock = true});
  const auto id = mock.submit();
  mock.client.settle();
  const auto attempt = attempts_of(mock, id)[0];
  CHECK(attempt["request"]["body"] == raw.substr(0, 65'536));
  CHECK(attempt["request"]["body_bytes"] == 100'000);
  CHECK(attempt["request"]["body_truncated"] == true);
  CHECK(attempt["response"]["body"] == std::string(2048, 'b'));
  CHECK(attempt["response"]["body_bytes"] == 5000);
  CHECK(attempt["response"]["body_truncated"] == true);
  CHECK(attempt["response"]["headers_truncated"] == true);
  CHECK(attempt["response"]["headers"].contains("X-15"));
  CHECK_FALSE(attempt["response"]["headers"].contains("X-16"));
  CHECK(mock.receiver.requests().at(0).body == raw);
}

TEST_CASE("keys, credentials and secret headers are masked in what was sent and received") {
  const std::string key = "sk_live_4242ABCDEFGH", password = "s3cr3t-word";
  const std::string text = scenario_with(R"({"headers":{"X-Session-Token":"hush-hush-1"}})");
  struct : WithReceiver {
  } with{Receiver(echo)};
  Mock mock({.scenario_texts = {text}, .manual_clock = true}, key);
  const auto url = with.receiver.url().insert(7, "user:" + password + "@");
  const auto id = mock.client.submit("jane", {{"callback_url", url}, {"external_id", "lead of " + key}});
  mock.client.settle();
  REQUIRE(with.receiver.requests().size() == 1);
  const std::string basic = with.receiver.requests()[0].header("Authorization");
  REQUIRE(basic.starts_with("Basic "));
  const auto attempt = attempts_of(mock, id)[0];
  CHECK(attempt["request"]["headers"]["Authorization"] == base::mask_key(basic));
  CHECK(attempt["request"]["headers"]["X-Session-Token"] == base::mask_key("hush-hush-1"));
  CHECK(attempt["request"]["body"]["external_id"] == "lead of " + base::mask_key(key));
  CHECK(attempt["response"]["headers"]["X-Echo"] == base::mask_key(basic));
  CHECK(attempt["response"]["body"].get<std::string>().find("Authorization=" + base::mask_key(basic)) !=
        std::string::npos);
  const auto list = mock.client.get("callbacks").body()["callbacks"];
  CHECK(list == as_listed(mock.client.get("snapshot").body()["teams"][0]["callbacks"]));
  for (const auto& secret : {key, password, basic.substr(6), std::string("hush-hush-1")}) {
    CAPTURE(secret);
    CHECK(list.dump().find(secret) == std::string::npos);
  }
}

TEST_CASE("the secret header to the sink is not shown; its answers are") {
  Mock mock;
  const auto path = "sink/inbox";
  CHECK(mock.client.put(path, {{"statuses", {503, 200}}}).status == 200);
  const auto id = mock.client.submit("jane", {{"callback_url", mock.emulator.url() + "/__admin/" + path}});
  mock.client.settle();
  CHECK(mock.client.get(path).body()["count"] == 2);
  const auto attempts = attempts_of(mock, id);
  REQUIRE(attempts.size() == 2);
  CHECK(attempts[0]["response"]["status"] == 503);
  CHECK(attempts[1]["response"]["status"] == 200);
  for (const auto& attempt : attempts) {
    CHECK(attempt["request"]["headers"].contains("Content-Type"));
    for (const auto& [name, value] : attempt["request"]["headers"].items()) CHECK(name != "X-Enrichment-Mock-Mark");
  }
  for (const auto* each : {"callbacks", "snapshot"})
    CHECK(mock.client.get(each).text.find("-Mock-Mark") == std::string::npos);
}

TEST_CASE("a response that ends in a part of a key, in credentials, or in bytes that are not UTF-8") {
  const std::string key = "sk_live_4242ABCDEFGH";
  const std::string ends[] = {key + "-rest", "http://user:password@app/", "\xff\xfe\x80 end"};
  for (const auto& end : ends) {
    CAPTURE(end);
    struct : WithReceiver {
    } with{
        Receiver(answers(200, std::string(2038, '-') + end + std::string(100, '-'), "Set-Cookie: sid=12345678\r\n"))};
    Mock mock({.manual_clock = true}, key);
    const auto id = mock.client.submit("jane", {{"callback_url", with.receiver.url()}});
    mock.client.settle();
    const auto response = attempts_of(mock, id)[0]["response"];
    const std::string body = response["body"];
    CHECK(response["body_truncated"] == true);
    CHECK(body.find("sk_live_") == std::string::npos);
    CHECK(body.find("user") == std::string::npos);
    CHECK(response["headers"]["Set-Cookie"] == base::mask_key("sid=12345678"));
  }
}

TEST_CASE("without a journal nothing is kept, and clearing the journal removes what was kept") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{2}}) {
    MockWithReceiver mock(answers(200), {.manual_clock = true, .journal_size = size});
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) ids.push_back(mock.submit());
    mock.client.settle();
    const auto kept = [&](int i) {
      return !attempts_of(mock, ids.at(static_cast<std::size_t>(i)))[0]["request"].is_null();
    };
    CHECK_FALSE(kept(0));  // the oldest
    CHECK(kept(1) == (size > 0));
    CHECK(kept(2) == (size > 0));
    CHECK(mock.client.control("DELETE", "requests").status == 200);
    for (int i = 0; i < 3; ++i) CHECK_FALSE(kept(i));
    const auto attempt = attempts_of(mock, ids[2])[0];
    CHECK(attempt["status"] == 200);
    CHECK(attempt["response"].is_null());
    CHECK(mock.client.order("callbacks/" + ids[2] + "-1/redeliver").body()["attempts"][1]["request"].is_null() ==
          (size == 0));
  }
}

TEST_CASE("what callbacks have sent takes no memory from the calls, so that verify has its evidence") {
  const std::string raw(60'000, 'r');
  MockWithReceiver mock(answers(200), {.scenario_texts = {scenario_with(R"({"raw_body":")" + raw + R"("})")},
                                       .manual_clock = true,
                                       .journal_bytes = 256 * 1024});
  for (int i = 0; i < 9; ++i) mock.submit();
  mock.client.settle();
  CHECK(mock.client.list("requests", "requests").size() == 9);
  CHECK(mock.client.verify({{"requests", {{"method", "POST"}}}, {"count", 9}}).status == 200);
  std::size_t kept = 0;
  for (const auto& callback : mock.client.list("callbacks", "callbacks"))
    kept += callback["attempts"][0]["request"].is_null() ? 0 : 1;
  CHECK(kept > 0);
  CHECK(kept < 5);
  CHECK(mock.client.get("snapshot").body()["teams"][0]["requests_evicted"] == 0);
}
