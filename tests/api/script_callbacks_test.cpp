// Scripted callbacks, as a receiver on a real socket sees them.
#include <algorithm>
#include <atomic>
#include <doctest/doctest.h>
#include <string>

#include "enrichment_mock/emulator.h"
#include "support/api_client.h"
#include "support/control_client.h"
#include "support/receiver.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {}  // namespace

TEST_CASE("before_response: the callback arrives before the 201, on a manual clock, too") {
  std::string seen_by_receiver;
  Emulator* running = nullptr;
  Receiver receiver([&](Peer& peer) {
    const auto request = peer.read_request();
    ApiClient api(running->url(), "k");
    seen_by_receiver = api.poll(json::parse(request->body)["request_id"]).body()["status"];
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  Emulator emulator({.scenario_texts = {scenario_of(R"("callback":{"before_response":true})")}, .manual_clock = true});
  running = &emulator;
  const auto answer = ApiClient(emulator.url(), "k")
                          .post({{"linkedin_url", "https://linkedin.com/in/jane"},
                                 {"type", "work"},
                                 {"callback_url", receiver.url("/hook")}});
  CHECK(answer.status == 201);
  CHECK(answer.body()["status"] == "pending");
  REQUIRE(receiver.requests().size() == 1);
  CHECK(json::parse(receiver.requests()[0].body)["request_id"] == answer.body()["_id"]);
  CHECK(seen_by_receiver == "completed");
  CHECK(emulator.team("k").callbacks().at(0).state == CallbackState::delivered);
}

TEST_CASE("merge_patch changes the callback's body and keeps the order of the rest; raw_body replaces the body") {
  Receiver receiver(answers(200));
  Emulator emulator({.scenario_texts = {scenario_of(R"("callback":{"merge_patch":{"email":null,"version":2}},"rules":[
      {"match":{"username":"raw"},"callback":{"raw_body":"{\"request_id\":","headers":{"Content-Type":"text/plain"}}}])")},
                     .manual_clock = true});
  ApiClient api(emulator.url(), "k");
  const auto patched = api.submit("jane", {{"callback_url", receiver.url()}});
  auto team = emulator.team("k");
  team.settle();
  api.submit("raw", {{"callback_url", receiver.url()}});
  team.settle();
  REQUIRE(receiver.requests().size() == 2);
  CHECK(
      receiver.requests()[0].body ==
      R"({"request_id":")" + patched +
          R"(","status":"completed","enrichment_type":"work_email","linkedin_url":"https://www.linkedin.com/in/jane","version":2})");
  CHECK(receiver.requests()[1].body == R"({"request_id":)");
  CHECK(receiver.requests()[1].header("Content-Type") == "text/plain");
}

TEST_CASE("merge_patch keeps numbers as the file has them, and the control API shows them so") {
  Receiver receiver(answers(200));
  const std::string huge(400, '7');
  Emulator emulator({.scenario_texts = {scenario_of(
                         R"("callback":{"merge_patch":{"score":1.10,"id":12345678901234567890123,"email":{"n":1e3},)"
                         R"("list":[-0.0, 1E+2],"huge":)" +
                         huge + "}}")},
                     .manual_clock = true});
  ApiClient api(emulator.url(), "k");
  const auto id = api.submit("jane", {{"callback_url", receiver.url()}});
  emulator.team("k").settle();
  REQUIRE(receiver.requests().size() == 1);
  const auto body =
      R"({"request_id":")" + id +
      R"(","status":"completed","enrichment_type":"work_email","email":{"email":"jane@example.com","type":"work","n":1e3},)"
      R"("linkedin_url":"https://www.linkedin.com/in/jane","score":1.10,"id":12345678901234567890123,)"
      R"("list":[-0.0,1E+2],"huge":)" +
      huge + "}";
  CHECK(receiver.requests()[0].body == body);
  for (const auto* path : {"/__admin/callbacks", "/__admin/snapshot"}) {
    const auto text = api.send("GET", path).text;
    CAPTURE(text);
    CHECK(text.find("\"body\":" + body) != text.npos);
  }
}

TEST_CASE("forward: each attempt, copy and redelivery carries on these headers of its request") {
  std::atomic<int> arrived = 0;
  Receiver receiver([&](Peer& peer) {
    peer.read_request();
    peer.send(arrived++ == 0 ? "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
                             : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  Emulator emulator({.scenario_texts = {scenario_of(
                         R"("callback":{"copies":2,"forward":["TraceParent","X-Many","X-Own","X-Absent","User-Agent"],)"
                         R"("headers":{"x-own":"scripted"}},"rules":[)"
                         R"({"match":{"username":"other"},"callback":{"copies":1,"forward":["x-many"],"headers":{}}},)"
                         R"({"match":{"username":"none"},"callback":{"copies":1,"forward":[]}}])")},
                     .manual_clock = true});
  ControlClient client(emulator.url(), "k");
  const auto submit = [&](const std::string& username, Headers headers) {
    headers.emplace("Content-Type", "application/json");
    const json lead{
        {"linkedin_url", "https://linkedin.com/in/" + username}, {"type", "work"}, {"callback_url", receiver.url()}};
    return client.send("POST", "/v1/api/enrichment/email", lead.dump(), headers).body()["_id"].get<std::string>();
  };
  const Headers headers = {
      {"traceparent", "00-1-2-01"},   {"X-Many", "b"},   {"X-Many", "a, \xC3\xA9"},       {"X-Own", "client"},
      {"User-Agent", "the client/1"}, {"X-Other", "no"}, {"Authorization", "Bearer hush"}};
  const auto id = submit("jane", headers);
  client.settle();
  CHECK(client.order("callbacks/" + id + "-2/redeliver").status == 200);
  REQUIRE(receiver.requests().size() == 4);
  for (const auto& request : receiver.requests()) {
    CHECK(request.header("traceparent") == "00-1-2-01");
    CHECK(request.header("x-own") == "scripted");
    CHECK(request.header("User-Agent") == "the client/1");
    std::vector<std::string> many;
    for (const auto& [name, value] : request.headers) {
      if (name == "X-Many") many.push_back(value);
      for (const auto* absent : {"X-Own", "X-Absent", "X-Other", "Authorization", "x-api-key"}) CHECK(name != absent);
    }
    CHECK(many == std::vector<std::string>{"b", "a, \xC3\xA9"});
  }
  submit("other", headers);
  submit("none", headers);
  submit("jane", {{"X-Other", "no"}});
  client.settle();
  const auto requests = receiver.requests();
  REQUIRE(requests.size() == 8);
  CHECK(requests[4].header("X-Many") == "b");
  CHECK(requests[4].header("traceparent") == "");
  CHECK(requests[4].header("X-Own") == "");
  CHECK(requests[5].header("X-Many") == "");
  CHECK(requests[5].header("x-own") == "scripted");
  CHECK(requests[6].header("traceparent") == "");
  CHECK(requests[6].header("User-Agent") != "the client/1");
}

TEST_CASE("reversed callbacks arrive in reverse") {
  Receiver receiver(answers(200));
  Emulator emulator(
      {.scenario_texts = {scenario_of(R"("callback":{"order":"reversed","burst":"1s"})")}, .manual_clock = true});
  ApiClient api(emulator.url(), "k");
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(api.submit("jane", {{"callback_url", receiver.url()}}));
  CHECK(emulator.team("k").settle().complete);
  REQUIRE(receiver.requests().size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(json::parse(receiver.requests()[i].body)["request_id"] == ids[2 - i]);
}

TEST_CASE(
    "reversed callbacks arrive in reverse on a running clock, too: each is sent after the previous one has ended") {
  constexpr std::size_t kCount = 12;
  Receiver receiver(answers(200));
  Emulator emulator(
      {.scenario_texts = {scenario_of(R"("callback":{"order":"reversed","burst":"1s"})")}, .manual_clock = true});
  ControlClient client(emulator.url(), "k");
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < kCount; ++i)
    ids.push_back(client.submit("jane", {{"callback_url", receiver.url("/" + std::to_string(i))}}));
  CHECK(client.put("clock", {{"mode", "running"}, {"scale", 100}}).status == 200);
  REQUIRE(receiver.wait_for_requests(kCount));
  std::vector<std::string> arrived;
  for (const auto& request : receiver.requests()) arrived.push_back(json::parse(request.body)["request_id"]);
  std::ranges::reverse(ids);
  CHECK(arrived == ids);
}
