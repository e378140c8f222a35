// GET /__admin/events: all that happens, as it happens.
#include <doctest/doctest.h>
#include <string>

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

TEST_CASE("a listener that does not keep up is dropped, and holds up nobody") {
  control::EventFeed feed;
  const auto slow = feed.listen("");
  for (int i = 0; i < 10'001; ++i) feed.publish("tick", "", control::Json::object());
  CHECK_FALSE(slow->next(0ms));
  const auto prompt = feed.listen("");
  feed.publish("tick", "", control::Json::object());
  CHECK(prompt->next(0ms)->starts_with("id: "));
  CHECK(prompt->next(0ms) == "");
  feed.close();
  CHECK_FALSE(prompt->next(1h));
  feed.leave(slow);
  feed.leave(prompt);
  CHECK_FALSE(feed.present());
}
