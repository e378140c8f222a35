// GET /__admin/events: everything that happens, when it happens.
#include <doctest/doctest.h>
#include <set>
#include <string>

#include "base/time_text.h"
#include "control/event_feed.h"
#include "enrichment_mock/emulator.h"
#include "support/api_client.h"
#include "support/raw_socket.h"
#include "support/receiver.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

// Listens to the team of that key, or to all teams.
RawSocket listen_to(const Emulator& emulator, const std::string& key = {}, const std::string& last_event_id = {}) {
  RawSocket client(emulator.port());
  client.send("GET /__admin/events HTTP/1.1\r\nHost: localhost\r\n" +
              (key.empty() ? "" : "x-api-key: " + key + "\r\n") +
              (last_event_id.empty() ? "" : "Last-Event-ID: " + last_event_id + "\r\n") + "\r\n");
  const auto head = client.receive(true);
  REQUIRE(head.status == 200);
  CHECK(head.header("Content-Type") == "text/event-stream; charset=utf-8");
  CHECK(head.header("Content-Length").empty());
  REQUIRE(client.receives_within(kPatience));  // after the first line it is a listener
  return client;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// Everything that a listener receives until it has received that part N times: the rest may not arrive before a stop.
std::string receive_until(RawSocket& client, const std::string& part, std::size_t times) {
  std::string received;
  while (count(received, part) < times) received += client.receive_line();
  return received;
}

// The lines of the next block, without the empty line that ends it.
std::string receive_block(RawSocket& client) {
  std::string block;
  for (;;) {
    const auto line = client.receive_line();
    if (line.find_first_not_of("\r\n") == line.npos) {
      if (!block.empty()) return block;
    } else {
      block += line;
    }
  }
}

// The text after "id: " in a block.
std::string id_in(const std::string& block) {
  const auto begin = block.find("id: ");
  REQUIRE(begin != block.npos);
  return block.substr(begin + 4, block.find_first_of("\r\n", begin) - begin - 4);
}

// The data of the events before the first control call.
std::vector<json> data_until_control(RawSocket& client) {
  constexpr std::string_view kData = "data: ";
  std::vector<json> all;
  std::string line;
  while (!(line = client.receive_line()).starts_with("event: control"))
    if (line.starts_with(kData)) all.push_back(json::parse(line.substr(kData.size())));
  return all;
}

// The control API's event, in the form of the library's `detail`.
std::string detail_of(const json& fired) {
  if (fired["kind"] == "transition") return fired["status"];
  if (fired["kind"] == "callback") return fired["status"].is_null() ? fired["error"] : json(fired["status"].dump());
  return "schedule/" + fired["entry"].dump() + " " + fired["what"].get<std::string>();
}

}  // namespace

TEST_CASE("there are events of requests, transitions, callbacks and control calls; stopping ends the stream") {
  Receiver receiver(answers(200));
  Emulator emulator({.manual_clock = true});
  auto all = listen_to(emulator), own = listen_to(emulator, "k"), other = listen_to(emulator, "another");
  ApiClient api(emulator.url(), "k");
  api.submit("jane", {{"callback_url", receiver.url("/hook")}});
  CHECK(api.send("POST", "/__admin/settle").status == 200);
  auto received = receive_until(all, "event: control\n", 1),
       received_by_own = receive_until(own, "event: control\n", 1);
  emulator.stop();
  received += all.receive_rest();
  received_by_own += own.receive_rest();
  CAPTURE(received);
  CHECK(count(received, "event: request\n") == 1);
  CHECK(count(received, "event: transition\n") == 2);
  CHECK(count(received, "event: callback\n") == 1);
  CHECK(count(received, "event: control\n") == 1);
  CHECK(received.find("\"x-api-key\":\"k\"") == received.npos);
  CHECK(count(received_by_own, "event: transition\n") == 2);
  CHECK(count(other.receive_rest(), "event: ") == 0);
}

TEST_CASE("the data of an event has its kind and its team, once each") {
  constexpr std::string_view kEvent = "event: ", kData = "data: ";
  Emulator emulator(
      {.scenario_texts = {R"({"name":"default","schedule":[{"at":"1ms","add_credits":1}]})"}, .manual_clock = true});
  ApiClient api(emulator.url(), "k");
  api.credits();
  auto own = listen_to(emulator, "k", "1");
  api.submit("jane", {{"callback_url", "http://127.0.0.1:1/"}});
  CHECK(api.send("POST", "/__admin/clock/advance", R"({"by":"1h"})").status == 200);
  std::set<std::string> kinds;
  for (std::string line, kind; !kinds.contains("control");) {
    line = own.receive_line();
    if (line.starts_with(kEvent)) kind = line.substr(kEvent.size(), line.find_last_not_of("\r\n") + 1 - kEvent.size());
    if (!line.starts_with(kData)) continue;
    CAPTURE(line);
    CHECK(json::parse(line.substr(kData.size()))["kind"] == kind);
    CHECK(count(line, "\"kind\":") == 1);
    CHECK(count(line, "\"team\":") == (kind == "gap" ? 0 : 1));
    kinds.insert(kind);
  }
  CHECK(kinds == std::set<std::string>{"gap", "request", "transition", "callback", "schedule", "control"});
}

TEST_CASE("a listener to one team receives what is done to all teams, as an event of that team") {
  Emulator emulator({.manual_clock = true});
  ApiClient whole(emulator.url(), ""), api(emulator.url(), "k");
  const std::string id = api.send("GET", "/__admin/teams").body()["teams"][0]["id"];
  auto all = listen_to(emulator), own = listen_to(emulator, "k");
  CHECK(whole.send("POST", "/__admin/reset").status == 200);
  CHECK(whole.send("PUT", "/__admin/scenario", R"({"name":"default"})").status == 200);
  CHECK(ApiClient(emulator.url(), "other").send("POST", "/__admin/reset").status == 200);
  auto received = receive_until(own, "event: control\n", 2),
       received_by_all = receive_until(all, "event: control\n", 3);
  emulator.stop();
  received += own.receive_rest();
  received_by_all += all.receive_rest();
  CHECK(count(received, "event: control\n") == 2);
  CHECK(count(received, "\"path\":\"/__admin/reset\",\"team\":\"" + id + "\"") == 1);
  CHECK(count(received, "\"path\":\"/__admin/scenario\",\"team\":\"" + id + "\"") == 1);
  CHECK(count(received_by_all, "event: control\n") == 3);
  CHECK(count(received_by_all, "\"team\":\"" + id) == 0);
}

TEST_CASE("events show no key, wherever the call had it") {
  Emulator emulator({.manual_clock = true});
  auto all = listen_to(emulator);
  const std::string key = "a-key-of-many-letters";
  ApiClient api(emulator.url(), key);
  api.send("GET", "/" + key + "?x=" + key, "", {{"X-Other", key}});
  api.submit("jane", {{"external_id", key}});
  CHECK(api.send("POST", "/__admin/callbacks/" + key + "/redeliver").status == 404);
  auto received = receive_until(all, "event: request\n", 2);
  emulator.stop();
  received += all.receive_rest();
  CHECK(count(received, "event: request\n") == 2);
  CHECK(received.find(key) == received.npos);
}

TEST_CASE("an advance, the event stream and the library show the same events") {
  Receiver receiver(answers(200));
  const Options options{
      .scenario_texts = {R"({"name":"s","seed":7,"clock":{"mode":"manual","now":"2026-01-01T00:00:00Z"},
                             "callback":{"fail_first":1},"schedule":[{"at":"300ms","add_credits":5}]})"}};
  Emulator emulator(options), twin(options);
  for (const auto* each : {&emulator, &twin})
    ApiClient(each->url(), "k").submit("jane", {{"callback_url", receiver.url()}});
  auto stream = listen_to(emulator, "k");
  const json fired =
      ApiClient(emulator.url(), "k").send("POST", "/__admin/clock/advance", R"({"by":"1m"})").body()["fired"];
  const auto streamed = data_until_control(stream);
  const auto listed = twin.team("k").advance(1min);
  REQUIRE(fired.size() == 5);  // two transitions, the credits, an attempt that was not sent and one that was
  REQUIRE(streamed.size() == fired.size());
  REQUIRE(listed.size() == fired.size());
  for (std::size_t i = 0; i < fired.size(); ++i) {
    json same = streamed[i];
    for (const auto* only_there : {"team", "attempt", "state"}) same.erase(only_there);
    CHECK(same == fired[i]);
    CHECK(base::format_instant(listed[i].at) == fired[i]["at"]);
    CHECK(to_text(listed[i].kind) == fired[i]["kind"]);
    CHECK(listed[i].enrichment_id == fired[i].value("enrichment_id", ""));
    CHECK(listed[i].detail == detail_of(fired[i]));
  }
}

TEST_CASE("a client that reconnects gets the events that it missed, and no event twice") {
  Emulator emulator({.manual_clock = true});
  ApiClient whole(emulator.url(), ""), api(emulator.url(), "k"), other(emulator.url(), "another");
  auto before = listen_to(emulator, "k");
  api.submit("jane");
  auto received = receive_block(before);  // the start
  if (received.find("event: ") == received.npos) received = receive_block(before);
  CHECK(count(received, "event: request\n") == 1);
  before.abort();
  other.submit("joe");
  api.credits();
  CHECK(whole.send("POST", "/__admin/reset").status == 200);
  auto again = listen_to(emulator, "k", id_in(received));
  CHECK(api.send("POST", "/__admin/reset").status == 200);
  receive_block(again);
  const auto missed = receive_block(again), reset = receive_block(again), own_reset = receive_block(again);
  CHECK(count(missed, "event: request\n") == 1);
  CHECK(count(missed, "/v1/api/enrichment/credits") == 1);
  CHECK(count(reset, "event: control\n") == 1);
  CHECK(count(reset, "\"team\":") == 1);  // the reset of all teams, as an event of this team
  CHECK(count(own_reset, "event: control\n") == 1);
}

TEST_CASE("a client that disconnected before the first event can continue there") {
  Emulator emulator({.manual_clock = true});
  ApiClient api(emulator.url(), "k");
  auto before = listen_to(emulator, "k");
  const auto beginning = receive_block(before);
  CHECK(beginning.starts_with(": listening"));
  before.abort();
  api.credits();
  auto again = listen_to(emulator, "k", id_in(beginning));
  receive_block(again);
  CHECK(count(receive_block(again), "event: request\n") == 1);
}

TEST_CASE("a client that may have missed events gets a gap first") {
  Emulator emulator({.manual_clock = true});
  ApiClient api(emulator.url(), "k");
  // From an earlier run, from a later one, and from another server.
  for (const std::string id : {"1", "18446744073709551615", "x-7"}) {
    CAPTURE(id);
    auto client = listen_to(emulator, "k", id);
    receive_block(client);
    const auto gap = receive_block(client);
    CAPTURE(gap);
    CHECK(count(gap, "event: gap\n") == 1);
    api.credits();
    const auto next = receive_block(client);
    CHECK(count(next, "event: request\n") == 1);
    CHECK(std::stoull(id_in(next)) > std::stoull(id_in(gap)));
  }
}

TEST_CASE("recent events are bounded by number and by size; removed ones cause a gap") {
  const control::Object large{{"pad", std::string(100'000, 'x')}};
  for (const bool by_size : {false, true}) {
    control::EventFeed feed(100);
    const auto first = feed.listen("");
    for (std::size_t i = 0; i < control::RecentEvents::kMax + 5; ++i) {
      feed.publish("tick", "", by_size ? large : control::Object());
      first->next(0ms);
    }
    const auto again = feed.listen("", first->begins_after());
    const auto gap = again->next(0ms).value(), next = again->next(0ms).value();
    CAPTURE(gap);
    CHECK(gap.find("event: gap\ndata: {\"kind\":\"gap\",\"last_event_id\":100,\"continues_at\":") != gap.npos);
    CHECK(gap.find(":" + id_in(next) + "}") != gap.npos);
    CHECK(next.find("event: tick\n") != next.npos);
    std::size_t kept = 1;
    while (!again->next(0ms)->empty()) ++kept;
    CHECK(kept == (by_size ? 9 : control::RecentEvents::kMax));
    const auto last = feed.listen("", std::stoull(id_in(next)));
    CHECK(last->next(0ms)->find("event: tick\n") != std::string::npos);
  }
}

TEST_CASE("events without any listener cause a gap, too") {
  control::EventFeed feed(1, 0s);
  const auto first = feed.listen("t");
  feed.publish("tick", "t", control::Object());
  const auto received = std::stoull(id_in(first->next(0ms).value()));
  feed.remove(first);
  CHECK_FALSE(feed.has_listeners());
  feed.publish("tick", "t", control::Object());
  const auto again = feed.listen("t", received);
  CHECK(again->next(0ms)->find("event: gap\n") != std::string::npos);
  CHECK(again->next(0ms) == "");
}

TEST_CASE("events are kept for a while after the last listener has left") {
  control::EventFeed feed(1, 1h);
  CHECK_FALSE(feed.has_listeners());
  const auto first = feed.listen("t");
  feed.remove(first);
  CHECK(feed.has_listeners());
  feed.publish("tick", "t", control::Object());
  feed.publish("tock", "another", control::Object());
  const auto again = feed.listen("t", first->begins_after());
  CHECK(again->next(0ms)->find("event: tick\n") != std::string::npos);
  CHECK(again->next(0ms) == "");
}

TEST_CASE("a listener that does not keep up is dropped, and delays no other") {
  control::EventFeed feed(1, 0s);
  const auto slow = feed.listen("");
  for (int i = 0; i < 10'001; ++i) feed.publish("tick", "", control::Object());
  CHECK_FALSE(slow->next(0ms));
  const auto prompt = feed.listen("");
  feed.publish("tick", "", control::Object());
  CHECK(prompt->next(0ms)->starts_with("id: "));
  CHECK(prompt->next(0ms) == "");
  feed.close();
  CHECK_FALSE(prompt->next(1h));
  feed.remove(slow);
  feed.remove(prompt);
  CHECK_FALSE(feed.has_listeners());
}

TEST_CASE("the events that wait for a listener are bounded by their size, too") {
  control::EventFeed feed;
  const control::Object large{{"pad", std::string(1'000'000, 'x')}};
  const auto slow = feed.listen(""), prompt = feed.listen("");
  for (int i = 0; i < 9; ++i) {
    feed.publish("tick", "", large);
    CHECK(prompt->next(0ms)->size() > 1'000'000);
  }
  CHECK_FALSE(slow->next(0ms));
  CHECK(prompt->next(0ms) == "");
}

TEST_CASE("the events that wait for all listeners are bounded: the slowest listener is dropped first") {
  control::EventFeed feed;
  const control::Object large{{"pad", std::string(1'000'000, 'x')}};
  const auto slowest = feed.listen("");
  feed.publish("tick", "", large);
  std::vector<std::shared_ptr<control::EventFeed::Listener>> others;
  for (int i = 0; i < 11; ++i) others.push_back(feed.listen(""));
  for (int i = 0; i < 6; ++i) feed.publish("tick", "", large);  // 73 MB
  CHECK_FALSE(slowest->next(0ms));
  for (const auto& other : others) CHECK(other->next(0ms)->size() > 1'000'000);
}
