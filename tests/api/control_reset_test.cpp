// POST reset, and stop() during calls that wait.
#include <doctest/doctest.h>
#include <future>

#include "support/ask_beside.h"
#include "support/mock.h"
#include "support/raw_socket.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

// The work that a reset must not wait for takes ten minutes.
void check_stops(Emulator& emulator) {
  const auto before = std::chrono::steady_clock::now();
  emulator.stop();
  CHECK(std::chrono::steady_clock::now() - before < kPatience);
}

// A call that was waiting gets the reason. A call that had not arrived before the stop finds no server, and so does
// one that had no response half a second later.
void check_stopped(std::future<Answer>& call) {
  try {
    check_refused(call.get(), 409, "stopping");
  } catch (const std::runtime_error&) {
  }
}

// Returns once an advance or settle of the team is running: from then on the clock cannot be changed.
void await_advance_or_settle(ControlClient& client) {
  while (client.put("clock", {{"mode", "running"}}).status != 409) {
  }
}

}  // namespace

TEST_CASE("reset: one team starts again, another one stays; without a key all teams start again") {
  Mock mock;
  const auto id = mock.client.submit("jane"), kept = mock.other.submit("jane");
  mock.client.put("credits", {{"balance", 1}});
  mock.client.order("rules", {{"rule", {{"response", {{"status", 503}}}}}, {"times", 9}});
  mock.client.put("clock", {{"mode", "running"}});
  CHECK(mock.client.order("reset").body()["reset"].size() == 1);
  CHECK(mock.client.poll(id).status == 404);
  CHECK(mock.client.credits() == 250);
  CHECK(mock.client.get("clock").body()["mode"] == "manual");
  CHECK(mock.client.get("scenario").body()["extra_rules"].empty());
  CHECK(mock.client.list("ledger", "movements").size() == 1);
  CHECK(mock.other.poll(kept).status == 200);
  CHECK(mock.whole.order("reset").body()["reset"].size() == 2);
  CHECK(mock.other.poll(kept).status == 404);
}

TEST_CASE(
    "reset: it closes a hanging receiver's connection before it responds; no trace of the attempt appears later") {
  Receiver receiver(hangs());
  Mock mock;
  mock.client.submit("jane", {{"callback_url", receiver.url()}});
  auto advance = ask_beside(mock.emulator, "POST", "clock/advance", R"({"by":"10s"})");
  REQUIRE(receiver.wait_for_requests(1));
  CHECK(mock.client.order("reset").status == 200);
  check_refused(advance.get(), 409, "reset");
  CHECK(mock.client.list("callbacks", "callbacks").empty());
  CHECK(mock.client.list("enrichments", "enrichments").empty());
  CHECK(mock.client.order("settle").body()["fired"].empty());
  CHECK(receiver.connections() == 1);
}

TEST_CASE(
    "reset closes the connections of responses that a script delays, stalls or dribbles, and none of another team") {
  const std::string rules = R"("rules":[
      {"match":{"username":"late"},"response":{"delay":"10m"}},
      {"match":{"username":"stalled"},"response":{"fault":"stalled-body"}},
      {"match":{"username":"dribbled"},"response":{"fault":"dribble","over":"1h"}},
      {"on":"poll","response":{"delay":"10m"}},
      {"on":"credits","response":{"status":503,"delay":"10m"}}])";
  Mock mock({.scenario_texts = {scenario_of(rules)}, .manual_clock = true});
  const auto id = mock.client.submit("jane");
  const auto request = [&](const std::string& start, const std::string& key, const std::string& body = "") {
    RawSocket client(mock.emulator.port());
    client.send(start + " HTTP/1.1\r\nHost: x\r\nx-api-key: " + key +
                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client;
  };
  const auto post = [&](const std::string& username, const std::string& key) {
    return request("POST /v1/api/enrichment/email", key,
                   R"({"linkedin_url":"https://www.linkedin.com/in/)" + username + R"(","type":"work"})");
  };
  auto kept = post("late", "other");
  auto late = post("late", "k"), stalled = post("stalled", "k"), dribbled = post("dribbled", "k");
  auto poll = request("GET /v1/api/enrichment/email/" + id, "k");
  auto credits = request("GET /v1/api/enrichment/credits", "k");
  // Each one is in the journal before its response is delayed.
  while (mock.client.list("requests", "requests").size() < 6 || mock.other.list("requests", "requests").empty())
    continue;
  CHECK(mock.client.order("reset").status == 200);
  CHECK(late.receive_rest().empty());
  CHECK(poll.receive_rest().empty());
  CHECK(credits.receive_rest().empty());
  CHECK(stalled.receive_rest().find("201") != std::string::npos);
  CHECK(dribbled.receive_rest().size() < 100);
  CHECK_FALSE(kept.receives_within(0ms));
  CHECK(mock.client.list("requests", "requests").empty());
  CHECK(mock.client.list("enrichments", "enrichments").empty());
}

TEST_CASE("reset closes the connection of a request that waits for its callback") {
  Receiver receiver(hangs());
  Mock mock({.scenario_texts = {scenario_of(R"("callback":{"before_response":true})")}, .manual_clock = true});
  const json body{
      {"linkedin_url", "https://www.linkedin.com/in/jane"}, {"type", "work"}, {"callback_url", receiver.url()}};
  RawSocket client(mock.emulator.port());
  client.send("POST /v1/api/enrichment/email HTTP/1.1\r\nHost: x\r\nx-api-key: k\r\nContent-Length: " +
              std::to_string(body.dump().size()) + "\r\n\r\n" + body.dump());
  REQUIRE(receiver.wait_for_requests(1));
  CHECK(mock.client.order("reset").status == 200);
  CHECK(client.receive_rest().empty());
  CHECK(mock.client.list("requests", "requests").empty());
}

TEST_CASE("reset ends waits of the old generation with 409") {
  Mock mock;
  const auto id = mock.client.submit("stuck-1");
  auto status = ask_beside(mock.emulator, "GET", "enrichments/" + id + "?wait=completed&timeout=10m");
  auto callbacks = ask_beside(mock.emulator, "GET", "callbacks?wait=delivered:1&timeout=10m");
  auto requests = ask_beside(mock.emulator, "GET", "requests?wait=9&timeout=10m");
  auto verify = ask_beside(mock.emulator, "POST", "verify", R"({"timeout":"10m","expect":[{"unmatched":7}]})");
  // A wait that starts late sees the new generation: one has nothing to wait for, the others continue.
  for (auto* call : {&status, &callbacks, &requests, &verify})
    while (call->wait_for(0s) != std::future_status::ready) mock.client.order("reset");
  const auto first = status.get();
  CHECK((first.status == 409 || first.status == 404));
  for (auto* call : {&callbacks, &requests, &verify}) check_refused(call->get(), 409, "reset");
}

TEST_CASE("stop ends everything that waits, at once") {
  Receiver receiver(hangs());
  auto mock = std::make_unique<Mock>();
  const auto stuck = mock->client.submit("stuck-1");
  mock->client.submit("jane", {{"callback_url", receiver.url()}});
  auto advance = ask_beside(mock->emulator, "POST", "clock/advance", R"({"by":"10s"})");
  REQUIRE(receiver.wait_for_requests(1));
  auto status = ask_beside(mock->emulator, "GET", "enrichments/" + stuck + "?wait=completed&timeout=10m");
  auto callbacks = ask_beside(mock->emulator, "GET", "callbacks?wait=delivered:1&timeout=10m");
  auto requests = ask_beside(mock->emulator, "GET", "requests?wait=9&timeout=10m");
  auto verify = ask_beside(mock->emulator, "POST", "verify", R"({"timeout":"10m","expect":[{"unmatched":7}]})");
  check_stops(mock->emulator);
  for (auto* call : {&advance, &status, &callbacks, &requests, &verify}) check_stopped(*call);
}

TEST_CASE("stop ends a settle that waits for a running clock") {
  Mock mock({.scenario_texts = {R"({"name":"s","lookup":{"processing":"1h"}})"}});
  mock.client.submit("jane");
  auto settle = ask_beside(mock.emulator, "POST", "settle", R"({"timeout":"10m"})");
  await_advance_or_settle(mock.client);
  check_stops(mock.emulator);
  check_stopped(settle);
}
