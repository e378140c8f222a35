// GET clock, PUT clock, POST clock/advance, POST settle.
#include <doctest/doctest.h>
#include <thread>

#include "support/mock.h"
#include "support/raw_socket.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

struct AtNewYear : Mock {
  AtNewYear() : Mock({.scenario_texts = {R"({"name":"s","clock":{"mode":"manual","now":"2026-01-01T00:00:00Z"}})"}}) {}
};

}  // namespace

TEST_CASE("a manual clock is shown, and advances with everything that becomes due on the way") {
  AtNewYear mock;
  CHECK(mock.client.get("clock").body() == json{{"mode", "manual"}, {"now", "2026-01-01T00:00:00.000Z"}});
  Receiver receiver(answers(200));
  const auto id = mock.client.submit("jane", {{"callback_url", receiver.url()}});
  const auto advanced = mock.client.advance("10s");
  CHECK(advanced["now"] == "2026-01-01T00:00:10.000Z");
  REQUIRE(advanced["fired"].size() == 3);
  CHECK(advanced["fired"][0] == json{{"at", "2026-01-01T00:00:00.100Z"},
                                     {"kind", "transition"},
                                     {"enrichment_id", id},
                                     {"status", "processing"}});
  CHECK(advanced["fired"][1]["status"] == "completed");
  CHECK(advanced["fired"][2] == json{{"at", "2026-01-01T00:00:00.500Z"},
                                     {"kind", "callback"},
                                     {"enrichment_id", id},
                                     {"callback_id", id + "-1"},
                                     {"status", 200},
                                     {"error", nullptr}});
  CHECK(receiver.requests().size() == 1);
}

TEST_CASE("to_next goes from due time to due time") {
  AtNewYear mock;
  mock.client.submit("jane");
  const auto next = [&] { return mock.client.order("clock/advance", {{"to_next", true}}).body(); };
  CHECK(next()["now"] == "2026-01-01T00:00:00.100Z");
  CHECK(next()["now"] == "2026-01-01T00:00:00.500Z");
  CHECK(next() == json{{"now", "2026-01-01T00:00:00.500Z"}, {"fired", json::array()}});
}

TEST_CASE("the schedule's moments are listed in fired") {
  Mock mock({.scenario_texts = {R"({"name":"s","schedule":[
      {"at":"1s","until":"2s","response":{"status":503}},{"at":"3s","add_credits":5}]})"},
             .manual_clock = true});
  const auto fired = mock.client.advance("5s")["fired"];
  REQUIRE(fired.size() == 3);
  for (const auto& entry : fired) CHECK(entry["kind"] == "schedule");
  CHECK(fired[0]["what"] == "begins");
  CHECK(fired[1]["what"] == "ends");
  CHECK(fired[2]["what"] == "credits-added");
  CHECK(fired[2]["entry"] == 1);
}

TEST_CASE("one team's clock stands still while another team's clock runs") {
  Emulator emulator({.time_scale = 50});
  ControlClient still(emulator.url(), "still"), running(emulator.url(), "running");
  CHECK(still.put("clock", {{"mode", "manual"}}).body()["mode"] == "manual");
  const auto before = still.get("clock").body()["now"];
  const auto waiting = still.submit("jane");
  CHECK(running.resolve(running.submit("jane")).body()["status"] == "completed");
  CHECK(still.poll(waiting).body()["status"] == "pending");
  CHECK(still.get("clock").body()["now"] == before);
  CHECK(running.get("clock").body()["scale"] == 50);
}

TEST_CASE("PUT clock: stops at an instant, never backwards, and runs on from there") {
  AtNewYear mock;
  const auto put = [&](const json& body) { return mock.client.put("clock", body).body(); };
  CHECK(put({{"mode", "manual"}, {"now", "2030-01-01T00:00:00Z"}})["now"] == "2030-01-01T00:00:00.000Z");
  CHECK(put({{"mode", "manual"}, {"now", "2029-01-01T00:00:00Z"}})["now"] == "2030-01-01T00:00:00.000Z");
  const auto running = put({{"mode", "running"}, {"scale", 10}});
  CHECK(running["mode"] == "running");
  CHECK(running["scale"] == 10);
  CHECK(running["now"].get<std::string>().starts_with("2030-01-01T00:"));
}

TEST_CASE("no clock is moved past the last year that an instant can have") {
  AtNewYear mock;
  const std::string last = "2999-12-31T23:59:59.999Z", range = "1970 to 2999";
  for (const char* now : {"3000-01-01T00:00:00Z", "1969-12-31T23:59:59Z"})
    check_refused(mock.client.put("clock", {{"mode", "manual"}, {"now", now}}), 400, range);
  CHECK(mock.client.put("clock", {{"mode", "manual"}, {"now", last}}).body()["now"] == last);
  const auto id = mock.client.submit("jane");
  check_refused(mock.client.order("clock/advance", {{"by", "1ms"}}), 400, range);
  check_refused(mock.client.order("clock/advance", {{"by", "8760h"}}), 400, "3000-12-31T23:59:59.999Z");
  check_refused(mock.client.order("clock/advance", {{"to_next", true}}), 400, range);
  check_refused(mock.client.order("settle"), 400, range);
  CHECK(mock.client.get("clock").body()["now"] == last);
  CHECK(mock.client.poll(id).body()["status"] == "pending");
  CHECK(mock.client.advance("0s")["now"] == last);
  const json scenario{{"name", "s"}, {"clock", {{"mode", "manual"}, {"now", "3000-01-01T00:00:00Z"}}}};
  check_refused(mock.client.put("scenario", scenario), 400, range);
}

TEST_CASE("advance and settle still process what is due before the last year ends") {
  AtNewYear mock;
  mock.client.put("clock", {{"mode", "manual"}, {"now", "2999-12-31T23:59:59.700Z"}});
  const auto id = mock.client.submit("jane");
  CHECK(mock.client.advance("200ms")["fired"].size() == 1);
  check_refused(mock.client.order("settle"), 400, "1970 to 2999");
  CHECK(mock.client.poll(id).body()["status"] == "processing");
}

TEST_CASE("advancing a running clock is 409") {
  Mock mock(Options{});
  check_refused(mock.client.order("clock/advance", {{"by", "1s"}}), 409, "running");
  check_refused(mock.client.order("clock/advance", {{"to_next", true}}), 409, "running");
}

TEST_CASE(
    "a receiver may make any control call from inside its handler: none hangs, a second advance or settle is 409") {
  AtNewYear mock;
  std::vector<int> statuses;
  std::string seen_at;
  Receiver receiver([&](Peer& peer) {
    peer.read_request();
    ControlClient inside(mock.emulator.url(), "k");
    seen_at = inside.get("clock").body()["now"];
    for (const auto& answer :
         {inside.order("clock/advance", {{"by", "1s"}}), inside.order("settle"),
          inside.put("clock", {{"mode", "running"}}), inside.get("requests"), inside.get("enrichments"),
          inside.get("callbacks"), inside.get("snapshot"), inside.put("credits", {{"add", 1}}),
          inside.order("verify", {{"expect", {{{"unmatched", 0}}}}}), inside.get("enrichments?status=completed")})
      statuses.push_back(answer.status);
    inside.submit("submitted-from-inside");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  mock.client.submit("jane", {{"callback_url", receiver.url()}});
  const auto advanced = mock.client.advance("10s");
  CHECK(statuses == std::vector<int>{409, 409, 409, 200, 200, 200, 200, 200, 200, 200});
  CHECK(seen_at == "2026-01-01T00:00:00.500Z");
  CHECK(advanced["fired"].size() == 5);  // with the one that was submitted meanwhile
}

TEST_CASE("a receiver that resets its team from inside its handler ends the advance") {
  AtNewYear mock;
  int inside_status = 0;
  Receiver receiver([&](Peer& peer) {
    peer.read_request();
    inside_status = ControlClient(mock.emulator.url(), "k").order("reset").status;
  });
  mock.client.submit("jane", {{"callback_url", receiver.url()}});
  check_refused(mock.client.order("clock/advance", {{"by", "10s"}}), 409, "reset");
  CHECK(receiver.wait_for_requests(1));
  CHECK(mock.client.get("clock").body()["now"] == "2026-01-01T00:00:00.000Z");
}

TEST_CASE("settle jumps to the end of all timed work and lists what waits for ever or for polls") {
  Mock mock({.scenario_texts = {R"({"name":"s","clock":{"mode":"manual","now":"2026-01-01T00:00:00Z"},"rules":[
      {"match":{"username":"polled"},"lookup":{"processing":{"polls":2}}},
      {"match":{"username":"stuck"},"lookup":{"pending":"forever"}},
      {"match":{"username":"slow"},"lookup":{"processing":"10m"}}]})"}});
  const auto polled = mock.client.submit("polled"), stuck = mock.client.submit("stuck");
  mock.client.submit("slow");
  const auto settled = mock.client.order("settle");
  CHECK(settled.status == 200);
  CHECK(settled.body()["now"] == "2026-01-01T00:10:00.100Z");
  CHECK(settled.body()["fired"].size() == 3);
  CHECK(settled.body()["open"] == json{{{"id", polled}, {"why", "polls"}}, {{"id", stuck}, {"why", "forever"}}});
}

TEST_CASE("settle on a running clock blocks until nothing is pending") {
  Mock mock({.time_scale = 50});
  Receiver receiver(answers(200));
  mock.client.submit("jane", {{"callback_url", receiver.url()}});
  CHECK(mock.client.order("settle").status == 200);
  CHECK(receiver.requests().size() == 1);
}

TEST_CASE("a settle ends when its client leaves, so that the next one can run") {
  Mock mock({.scenario_texts = {R"({"name":"s","lookup":{"processing":"1h"}})"}});
  mock.client.submit("jane");
  {
    RawSocket leaving(mock.emulator.port());
    leaving.send("POST /__admin/settle HTTP/1.1\r\nHost: x\r\nx-api-key: k\r\nContent-Length: 16\r\n\r\n" +
                 std::string(R"({"timeout":"1h"})"));
    while (mock.client.put("clock", {{"mode", "running"}}).status != 409) continue;  // until it has begun
  }
  const auto patience = std::chrono::steady_clock::now() + kPatience;
  int status = 409;
  while (status == 409 && std::chrono::steady_clock::now() < patience)
    status = mock.client.order("settle", {{"timeout", "1ms"}}).status;
  CHECK(status == 422);
}

TEST_CASE("an advance ends when its client leaves, so that the next one can run") {
  Receiver receiver(hangs());
  Mock mock;
  mock.client.submit("jane", {{"callback_url", receiver.url()}});
  {
    RawSocket leaving(mock.emulator.port());
    leaving.send("POST /__admin/clock/advance HTTP/1.1\r\nHost: x\r\nx-api-key: k\r\nContent-Length: 12\r\n\r\n" +
                 std::string(R"({"by":"10s"})"));
    REQUIRE(receiver.wait_for_requests(1));
    check_refused(mock.client.order("settle", {{"timeout", "1ms"}}), 409, "another advance or settle");
  }
  const auto patience = std::chrono::steady_clock::now() + kPatience;
  int status = 409;
  while (status == 409 && std::chrono::steady_clock::now() < patience)
    status = mock.client.order("settle", {{"timeout", "1ms"}}).status;
  CHECK(status == 422);
}

TEST_CASE("an advance that times out is 422 with what has fired, what is open, and the clock's time") {
  Receiver receiver(hangs());
  for (const auto& how : {json{{"by", "10s"}, {"timeout", "10ms"}}, json{{"to_next", true}, {"timeout", "10ms"}}}) {
    AtNewYear mock;
    const auto id = mock.client.submit("jane", {{"callback_url", receiver.url()}});
    auto advanced = mock.client.order("clock/advance", how);
    while (advanced.status == 200) advanced = mock.client.order("clock/advance", how);
    CHECK(advanced.status == 422);
    CHECK(advanced.body()["open"][0]["id"] == id);
    const std::string now = advanced.body()["now"], half_a_second = "2026-01-01T00:00:00.500Z";
    CHECK(now <= half_a_second);
    CHECK(mock.client.get("clock").body()["now"] == now);
  }
}

TEST_CASE("an advance that ends before its timeout responds like one without a timeout") {
  AtNewYear mock;
  mock.client.submit("jane");
  const auto advanced = mock.client.order("clock/advance", {{"by", "10s"}, {"timeout", "1m"}});
  CHECK(advanced.status == 200);
  CHECK(advanced.body()["now"] == "2026-01-01T00:00:10.000Z");
  CHECK_FALSE(advanced.body().contains("open"));
}

TEST_CASE("settle that times out is 422 with the same body") {
  AtNewYear mock;
  Receiver receiver(hangs());
  const auto id = mock.client.submit("jane", {{"callback_url", receiver.url()}});
  std::size_t fired = 0;
  json open;
  const auto patience = std::chrono::steady_clock::now() + kPatience;
  while (open != json{{{"id", id}, {"why", "delivering"}}} && std::chrono::steady_clock::now() < patience) {
    const auto settled = mock.client.order("settle", {{"timeout", "20ms"}});
    CHECK(settled.status == 422);
    open = settled.body()["open"];
    fired += settled.body()["fired"].size();
  }
  CHECK(open == json{{{"id", id}, {"why", "delivering"}}});
  CHECK(fired == 2);
}

TEST_CASE("bad fields are refused by name") {
  AtNewYear mock;
  struct Case {
    const char *method, *path, *body, *said;
  };
  for (const auto& [method, path, body, said] :
       {Case{"PUT", "clock", "{}", "mode"},
        {"PUT", "clock", R"({"mode":"still"})", "/mode"},
        {"PUT", "clock", R"({"mode":"running","scale":0})", "/scale"},
        {"PUT", "clock", R"({"mode":"manual","scale":2})", "/scale"},
        {"PUT", "clock", R"({"mode":"running","now":"2030-01-01T00:00:00Z"})", "/now"},
        {"PUT", "clock", R"({"mode":"manual","now":"tomorrow"})", "/now"},
        {"POST", "clock/advance", "{}", "\"by\""},
        {"POST", "clock/advance", R"({"by":"1s","to_next":true})", "\"by\""},
        {"POST", "clock/advance", R"({"by":10})", "/by"},
        {"POST", "clock/advance", R"({"by":"-1s"})", "/by"},
        {"POST", "clock/advance", R"({"to_next":1})", "/to_next"},
        {"POST", "clock/advance", R"({"bye":"1s"})", "bye"},
        {"POST", "clock/advance", "{", "the body's line 1"},
        {"POST", "settle", R"({"timeout":5})", "/timeout"},
        {"POST", "settle?timeout=5s", "{}", "unknown parameter \"timeout\""}}) {
    const auto& this_body = body;
    CAPTURE(this_body);
    check_refused(mock.client.control(method, path, body), 400, said);
  }
  for (const auto* path : {"clock/advance", "settle"}) check_refused(mock.whole.order(path), 400, "x-api-key");
}
