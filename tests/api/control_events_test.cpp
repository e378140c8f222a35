// GET /__admin/events: all that happens, as it happens.
#include <doctest/doctest.h>
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

// Listens, for the team of that key or to all.
RawSocket listen_to(const Emulator& emulator, const std::string& key = {}) {
  RawSocket client(emulator.port());
  client.send("GET /__admin/events HTTP/1.1\r\nHost: localhost\r\n" +
              (key.empty() ? "" : "x-api-key: " + key + "\r\n") + "\r\n");
  const auto head = client.receive(true);
  REQUIRE(head.status == 200);
  CHECK(head.header("Content-Type") == "text/event-stream");
  CHECK(head.header("Content-Length").empty());
  REQUIRE(client.hears_within(kPatience));  // the first line says that it is on the list
  return client;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// What a listener hears until it has heard that part so often: only so much is sure to come before a stop.
std::string hear(RawSocket& client, const std::string& part, std::size_t times) {
  std::string heard;
  while (count(heard, part) < times) heard += client.receive_line();
  return heard;
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

// What the library's detail of an event is, by what the control API says of it.
std::string detail_of(const json& fired) {
  if (fired["kind"] == "transition") return fired["status"];
  if (fired["kind"] == "callback") return fired["status"].is_null() ? fired["error"] : json(fired["status"].dump());
  return "schedule/" + fired["entry"].dump() + " " + fired["what"].get<std::string>();
}

}  // namespace

TEST_CASE("events tell of requests, transitions, callbacks and control calls; stopping ends them") {
  Receiver receiver(answers(200));
  Emulator emulator({.manual_clock = true});
  auto all = listen_to(emulator), own = listen_to(emulator, "k"), other = listen_to(emulator, "another");
  ApiClient api(emulator.url(), "k");
  api.submit("jane", {{"callback_url", receiver.url("/hook")}});
  CHECK(api.send("POST", "/__admin/settle").status == 200);
  auto heard = hear(all, "event: control\n", 1), heard_of_own = hear(own, "event: control\n", 1);
  emulator.stop();
  heard += all.receive_rest();
  heard_of_own += own.receive_rest();
  CAPTURE(heard);
  CHECK(count(heard, "event: request\n") == 1);
  CHECK(count(heard, "event: transition\n") == 2);
  CHECK(count(heard, "event: callback\n") == 1);
  CHECK(count(heard, "event: control\n") == 1);
  CHECK(heard.find("\"x-api-key\":\"k\"") == heard.npos);
  CHECK(count(heard_of_own, "event: transition\n") == 2);
  CHECK(count(other.receive_rest(), "event: ") == 0);
}

TEST_CASE("who listens to one team hears of what is done to all, as of that team") {
  Emulator emulator({.manual_clock = true});
  ApiClient whole(emulator.url(), ""), api(emulator.url(), "k");
  const std::string id = api.send("GET", "/__admin/teams").body()["teams"][0]["id"];
  auto all = listen_to(emulator), own = listen_to(emulator, "k");
  CHECK(whole.send("POST", "/__admin/reset").status == 200);
  CHECK(whole.send("PUT", "/__admin/scenario", R"({"name":"default"})").status == 200);
  CHECK(ApiClient(emulator.url(), "other").send("POST", "/__admin/reset").status == 200);
  auto heard = hear(own, "event: control\n", 2), all_heard = hear(all, "event: control\n", 3);
  emulator.stop();
  heard += own.receive_rest();
  all_heard += all.receive_rest();
  CHECK(count(heard, "event: control\n") == 2);
  CHECK(count(heard, "\"path\":\"/__admin/reset\",\"team\":\"" + id + "\"") == 1);
  CHECK(count(heard, "\"path\":\"/__admin/scenario\",\"team\":\"" + id + "\"") == 1);
  CHECK(count(all_heard, "event: control\n") == 3);
  CHECK(count(all_heard, "\"team\":\"" + id) == 0);
}

TEST_CASE("events have no key, wherever the call had it") {
  Emulator emulator({.manual_clock = true});
  auto all = listen_to(emulator);
  const std::string key = "a-key-of-many-letters";
  ApiClient api(emulator.url(), key);
  api.send("GET", "/" + key + "?x=" + key, "", {{"X-Other", key}});
  api.submit("jane", {{"external_id", key}});
  CHECK(api.send("POST", "/__admin/callbacks/" + key + "/redeliver").status == 404);
  auto heard = hear(all, "event: request\n", 2);
  emulator.stop();
  heard += all.receive_rest();
  CHECK(count(heard, "event: request\n") == 2);
  CHECK(heard.find(key) == heard.npos);
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
    CHECK(listed[i].kind == fired[i]["kind"]);
    CHECK(listed[i].enrichment_id == fired[i].value("enrichment_id", ""));
    CHECK(listed[i].detail == detail_of(fired[i]));
  }
}

TEST_CASE("a listener that does not keep up is dropped, and delays nobody") {
  control::EventFeed feed;
  const auto slow = feed.listen("");
  for (int i = 0; i < 10'001; ++i) feed.publish("tick", "", control::Object());
  CHECK_FALSE(slow->next(0ms));
  const auto prompt = feed.listen("");
  feed.publish("tick", "", control::Object());
  CHECK(prompt->next(0ms)->starts_with("id: "));
  CHECK(prompt->next(0ms) == "");
  feed.close();
  CHECK_FALSE(prompt->next(1h));
  feed.leave(slow);
  feed.leave(prompt);
  CHECK_FALSE(feed.has_listeners());
}
