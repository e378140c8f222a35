// The receiver of callbacks inside the mock: POST, GET, PUT and DELETE sink/{name}, GET sink.
#include <algorithm>
#include <doctest/doctest.h>
#include <future>
#include <vector>

#include "base/limits.h"
#include "support/certificate.h"
#include "support/mock.h"
#include "support/raw_socket.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

const std::string kMark = "X-Enrichment-Mock-Mark";

std::string local_url(const Emulator& emulator, const std::string& host = "127.0.0.1") {
  return emulator.url().substr(0, emulator.url().find("//") + 2) + host + ":" + std::to_string(emulator.port());
}

std::string sink_url(const Emulator& emulator, const std::string& name, const std::string& host = "127.0.0.1") {
  return local_url(emulator, host) + "/__admin/sink/" + name;
}

// Submits a lookup with a callback to that sink, and returns its `_id`.
std::string submit(Mock& mock, ControlClient& client, const std::string& name, const std::string& username = "jane") {
  return client.submit(username, {{"callback_url", sink_url(mock.emulator, name)}});
}

std::vector<int> statuses_of(const json& received) {
  std::vector<int> statuses;
  for (const auto& each : received) statuses.push_back(each["status"]);
  return statuses;
}

// A POST as anyone can send it, with these header lines.
std::string post_to(const std::string& path, const std::string& body = "{}", const std::string& headers = {}) {
  return "POST /__admin/sink/" + path + " HTTP/1.1\r\nHost: mock\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("sink: a callback to it is delivered, and shown with its headers, its body and its attempt") {
  Mock mock;
  const auto id = submit(mock, mock.client, "first?a=b&api_key=secret");
  const auto settled = mock.client.settle();
  CHECK(settled["fired"].back()["status"] == 200);
  const auto sink = mock.client.get("sink/first").body();
  CHECK(sink["name"] == "first");
  CHECK(sink["count"] == 1);
  CHECK(sink["evicted"] == 0);
  CHECK(sink["statuses"] == json{200});
  CHECK(sink["delay"] == "0s");
  CHECK(sink["next"] == nullptr);
  REQUIRE(sink["received"].size() == 1);
  const auto& received = sink["received"][0];
  CHECK(received["number"] == 1);
  CHECK(received["team"] == mock.client.list("teams", "teams")[0]["id"]);
  CHECK(received["method"] == "POST");
  CHECK(received["path"] == "/__admin/sink/first");
  CHECK(received["query"] == "a=b&api_key=se***#5d41");
  CHECK(received["headers"]["Content-Type"] == "application/json; charset=utf-8");
  CHECK(received["headers"]["Host"] == "127.0.0.1:" + std::to_string(mock.emulator.port()));
  CHECK_FALSE(received["headers"].contains(kMark));
  CHECK(received["body"]["request_id"] == id);
  CHECK(received["body"]["email"]["email"] == "jane@example.com");
  CHECK(received["status"] == 200);
  CHECK(received["enrichment_id"] == id);
  CHECK(received["callback_id"] == id + "-1");
  CHECK(received["attempt"] == 1);
  CHECK(mock.client.list("sink", "sinks") == json::array({{{"name", "first"}, {"count", 1}, {"evicted", 0}}}));
  CHECK(mock.client.get("callbacks/" + id + "-1").body()["state"] == "delivered");
  CHECK(mock.client.get("callbacks/" + id + "-1").body()["attempts"][0]["request"]["body"] == received["body"]);
  for (const auto* path : {"callbacks", "snapshot", "sink/first"})
    CHECK(mock.client.get(path).text.find(kMark) == std::string::npos);
  CHECK(mock.client.list("requests", "requests").size() == 1);
}

TEST_CASE("sink: statuses [500, 200] lead to a retry") {
  Mock mock;
  CHECK(mock.client.put("sink/x", {{"statuses", {500, 200}}}).body() ==
        json{{"name", "x"}, {"statuses", {500, 200}}, {"delay", "0s"}});
  const auto id = submit(mock, mock.client, "x");
  mock.client.settle();
  const auto received = mock.client.list("sink/x", "received");
  CHECK(statuses_of(received) == std::vector{500, 200});
  CHECK(received[0]["attempt"] == 1);
  CHECK(received[1]["attempt"] == 2);
  CHECK(received[0]["body"] == received[1]["body"]);
  CHECK(mock.client.verify({{"callback", {{"enrichment_id", id}}}, {"statuses", {500, 200}}}).status == 200);
}

TEST_CASE("sink: the shipped examples of copies and bodies arrive there, too") {
  Mock mock({.manual_clock = true}, "duplicate-callbacks.k");
  const auto id = submit(mock, mock.client, "x");
  mock.client.settle();
  std::vector<std::string> ids;
  for (const auto& each : mock.client.list("sink/x", "received")) ids.push_back(each["callback_id"]);
  std::ranges::sort(ids);
  CHECK(ids == std::vector{id + "-1", id + "-2", id + "-3"});
}

TEST_CASE("sink: two teams share a name, and each sees, scripts, resets and forgets only its own") {
  Mock mock;
  mock.client.put("sink/x", {{"statuses", {500, 200}}});
  mock.whole.put("sink/x", {{"statuses", {503, 200}}});
  const auto id = submit(mock, mock.client, "x"), other = submit(mock, mock.other, "x");
  mock.client.settle();
  mock.other.settle();
  RawSocket(mock.emulator.port()).exchange(post_to("x"));
  const auto count = [](ControlClient& client) { return client.list("sink/x", "received").size(); };
  CHECK(statuses_of(mock.client.list("sink/x", "received")) == std::vector{500, 200});
  CHECK(statuses_of(mock.other.list("sink/x", "received")) == std::vector{503, 200});
  const auto all = mock.whole.list("sink/x", "received");
  CHECK(statuses_of(all) == std::vector{500, 200, 503, 200, 200});
  CHECK(all[0]["enrichment_id"] == id);
  CHECK(all[2]["enrichment_id"] == other);
  CHECK_FALSE(all[4].contains("team"));
  CHECK_FALSE(all[4].contains("enrichment_id"));
  CHECK(mock.client.get("sink/x").body()["statuses"] == json{500, 200});
  CHECK(mock.other.get("sink/x").body()["statuses"] == json{503, 200});

  CHECK(mock.client.order("reset").status == 200);
  CHECK(count(mock.client) == 0);
  CHECK(mock.client.get("sink/x").body()["statuses"] == json{503, 200});
  CHECK(count(mock.other) == 2);
  CHECK(count(mock.whole) == 3);
  CHECK(mock.other.control("DELETE", "sink/x").body() == json{{"deleted", 2}});
  CHECK(count(mock.other) == 0);
  CHECK(count(mock.whole) == 1);
  CHECK(mock.whole.order("reset").status == 200);
  CHECK(mock.whole.list("sink", "sinks").empty());
  CHECK(mock.whole.get("sink/x").body()["statuses"] == json{200});
}

TEST_CASE("sink: what a team sent there goes when the team is closed") {
  Mock mock({.manual_clock = true, .max_teams = 1});
  submit(mock, mock.client, "x");
  mock.client.settle();
  CHECK(mock.whole.get("sink/x").body()["count"] == 1);
  CHECK(mock.other.credits() == 250);
  CHECK(mock.whole.list("sink", "sinks").empty());
}

TEST_CASE("sink: DELETE without a key forgets a name with its scripts, and no other") {
  Mock mock;
  for (const auto* name : {"x", "y"}) {
    mock.whole.put(std::string("sink/") + name, {{"statuses", {500}}});
    CHECK(mock.whole.control("POST", std::string("sink/") + name, "1").status == 500);
  }
  CHECK(mock.whole.control("DELETE", "sink/x").body() == json{{"deleted", 1}});
  CHECK(mock.whole.control("POST", "sink/x", "1").status == 200);
  CHECK(mock.whole.control("POST", "sink/y", "1").status == 500);
  CHECK(mock.whole.put("sink/y", json::object()).body()["statuses"] == json{200});
  CHECK(mock.whole.control("POST", "sink/y", "1").status == 200);
}

TEST_CASE("sink: anyone may POST anything there, without a token, from any page and to any host") {
  auto options = Options{.manual_clock = true};
  options.admin_token = "token";
  Mock mock(options);
  RawSocket socket(mock.emulator.port());
  CHECK(socket
            .exchange("POST /__admin/sink/x?a=%20&a HTTP/1.1\r\nHost: evil.example\r\nOrigin: https://evil.example\r\n"
                      "Content-Type: text/plain\r\nx-api-key: a-secret-key-of-some-app\r\n"
                      "Content-Length: 30\r\n\r\nhttps://user:pass@example.com/")
            .status == 200);
  const std::string not_utf8 = "\xff{";
  CHECK(socket.exchange(post_to("x", not_utf8)).status == 200);
  CHECK(socket.exchange(post_to("x", "")).status == 200);
  const auto ask = [&](const std::string& method, const std::string& path, const std::string& body = {}) {
    return mock.whole.control(method, path, body, {{"Authorization", "Bearer token"}});
  };
  const auto received = ask("GET", "sink/x").body()["received"];
  REQUIRE(received.size() == 3);
  CHECK(received[0]["query"] == "a=%20&a");
  CHECK(received[0]["headers"]["Origin"] == "https://evil.example");
  CHECK(received[0]["headers"]["x-api-key"] == "a-se***#6c43");
  CHECK(received[0]["body"] == "https://***@example.com/");
  CHECK_FALSE(received[0].contains("body_truncated"));
  CHECK(received[1]["body"] == "\xef\xbf\xbd{");
  CHECK_FALSE(received[2].contains("body"));
  CHECK(ask("GET", "teams").body()["teams"].empty());

  for (const auto* method : {"GET", "PUT", "DELETE"}) {
    CHECK(mock.whole.control(method, "sink/x").status == 401);
    CHECK(mock.whole.control(method, "sink/x", "", {{"Host", "evil.example"}, {"Authorization", "Bearer token"}})
              .status == 403);
    CHECK(mock.whole.control(method, "sink/x", "", {{"Origin", "http://a.example"}, {"Authorization", "Bearer token"}})
              .status == 403);
  }
  CHECK(mock.whole.get("sink").status == 401);
  CHECK(mock.whole.control("POST", "sink/x/y").status == 401);
  CHECK(mock.whole.control("POST", "sink").status == 401);
}

TEST_CASE("sink: the first 64 KB of a body are kept, and a body above the server's limit is refused") {
  Mock mock;
  RawSocket socket(mock.emulator.port());
  CHECK(socket.exchange(post_to("x", std::string(base::kMaxKeptBody + 1, 'x'))).status == 200);
  CHECK(socket.exchange(post_to("x", std::string(base::kMegabyte + 1, 'x'))).status == 413);
  const auto received = mock.whole.list("sink/x", "received");
  REQUIRE(received.size() == 1);
  CHECK(received[0]["body"].get<std::string>().size() == base::kMaxKeptBody);
  CHECK(received[0]["body_bytes"] == base::kMaxKeptBody + 1);
  CHECK(received[0]["body_truncated"] == true);
}

TEST_CASE("sink: a request with a mark that is not a callback's is refused, and the mark goes to no other receiver") {
  MockWithReceiver mock;
  mock.submit();
  mock.client.settle();
  const auto received = mock.receiver.requests();
  REQUIRE(received.size() == 1);
  for (const auto& [name, value] : received[0].headers) CHECK(name != kMark);
  for (const std::string mark : {"", "0123456789abcdef0123456789abcdef", "1"})
    check_refused(mock.whole.control("POST", "sink/x", "{}", {{kMark, mark}}), 403, "mock's own callbacks");
  CHECK(mock.whole.list("sink", "sinks").empty());
}

TEST_CASE("sink: a mark that a scenario sends is not used, and not shown") {
  Mock mock({.scenario_texts = {scenario_of(R"("callback":{"headers":{"x-enrichment-mock-mark":"mine"}})")},
             .default_scenario = "s",
             .manual_clock = true});
  const auto id = submit(mock, mock.client, "x");
  mock.client.settle();
  const auto received = mock.client.list("sink/x", "received");
  REQUIRE(received.size() == 1);
  CHECK(received[0]["enrichment_id"] == id);
  for (const auto& [name, value] : received[0]["headers"].items()) CHECK(value != "mine");
}

TEST_CASE("sink: it is an allowed target, whatever the policy and the listen address are") {
  struct Case {
    std::string listen;
    std::vector<std::string> hosts;
  };
  for (const auto& [listen, hosts] : {Case{"0.0.0.0", {"127.0.0.1", "127.0.0.2", "localhost", "0.0.0.0"}},
                                      {"127.0.0.1", {"127.0.0.1", "localhost"}}}) {
    auto options = Options{.host = listen, .manual_clock = true, .callback_allow = {"app.example"}};
    options.callback_rewrite = {"http://app.test:*=http://127.0.0.1:*/__admin/sink"};
    Emulator emulator(options);
    ControlClient client("http://127.0.0.1:" + std::to_string(emulator.port()), "k");
    const auto error_of = [&](const std::string& url) {
      const auto id = client.submit("jane", {{"callback_url", url}});
      client.advance("1s");
      const auto attempt = client.get("callbacks/" + id + "-1").body()["attempts"][0];
      return attempt["status"] == 200 ? json("none") : attempt["error"];
    };
    for (const auto& host : hosts) CHECK(error_of(sink_url(emulator, "x", host)) == "none");
    CHECK(error_of("http://app.test:" + std::to_string(emulator.port()) + "/x") == "none");
    CHECK(client.list("sink/x", "received").size() == hosts.size() + 1);
    const auto not_allowed = " is not allowed (see --callback-allow)";
    CHECK(error_of(local_url(emulator) + "/__admin/reset") == "callback target 127.0.0.1" + std::string(not_allowed));
    CHECK(error_of("http://127.0.0.1:1/__admin/sink/x") == "callback target 127.0.0.1" + std::string(not_allowed));
  }
}

TEST_CASE("sink: with TLS, the mock trusts its own certificate there, and nowhere else") {
  const TemporaryDirectory directory;
  const auto made = make_certificate("localhost");
  const auto cert = directory.write("cert.pem", made.certificate), key = directory.write("key.pem", made.key);
  const Options options{.tls_cert = cert, .tls_key = key, .manual_clock = true};
  Emulator emulator(options), other(options);
  ControlClient client(local_url(emulator, "localhost"), "k", cert);
  const auto status_of_callback_to = [&](const std::string& url) {
    const auto id = client.submit("jane", {{"callback_url", url}});
    client.advance("1s");
    return client.get("callbacks/" + id + "-1").body()["attempts"][0]["status"];
  };
  CHECK(status_of_callback_to(sink_url(emulator, "x")) == 200);
  CHECK(status_of_callback_to(sink_url(emulator, "x", "localhost")) == 200);
  CHECK(client.list("sink/x", "received").size() == 2);
  CHECK(status_of_callback_to(sink_url(other, "x")) == nullptr);
  CHECK(status_of_callback_to(local_url(emulator) + "/__admin/reset") == nullptr);
}

TEST_CASE("sink: lists have pages") {
  Mock mock;
  RawSocket socket(mock.emulator.port());
  for (int i = 1; i <= 5; ++i) socket.exchange(post_to("x", std::to_string(i)));
  const auto bodies = [&](const std::string& query) {
    std::vector<int> all;
    for (const auto& each : mock.whole.list("sink/x" + query, "received")) all.push_back(each["body"]);
    return all;
  };
  CHECK(bodies("") == std::vector{1, 2, 3, 4, 5});
  CHECK(bodies("?limit=2") == std::vector{1, 2});
  const auto next = mock.whole.get("sink/x?limit=2").body()["next"];
  CHECK(bodies("?limit=2&after=" + next.dump()) == std::vector{3, 4});
  CHECK(bodies("?last=2") == std::vector{4, 5});
  CHECK(mock.whole.get("sink/x?last=2").body()["next"] == nullptr);
  CHECK(mock.whole.get("sink/x?limit=5").body()["next"] == nullptr);
}

TEST_CASE("sink: wrong calls are refused, and the message names what was expected") {
  Mock mock;
  const std::string is_name = "expected 1 to 64 letters, digits, dashes, underscores and dots";
  for (const auto* method : {"GET", "POST", "PUT", "DELETE"})
    for (const std::string& name : {std::string("a%20b"), std::string("a+b"), std::string(65, 'x')})
      check_refused(mock.whole.control(method, "sink/" + name), 400, is_name);
  const auto refused = mock.whole.control("PATCH", "sink/x");
  CHECK(refused.status == 405);
  CHECK(refused.header("Allow") == "POST, GET, HEAD, PUT, DELETE");

  const std::pair<const char*, const char*> bodies[] = {
      {R"({"statuses":[]})", "/statuses: found an empty array; expected 1 to 100 statuses"},
      {R"({"statuses":[199]})", "/statuses/0: found 199; expected a whole number from 200 to 599"},
      {R"({"statuses":[200,600]})", "/statuses/1: found 600; expected a whole number from 200 to 599"},
      {R"({"statuses":500})", "/statuses: found 500; expected an array"},
      {R"({"status":[500]})", "unknown key \"status\"; did you mean \"statuses\"?"},
      {R"({"delay":2})", "/delay: found 2; expected a duration"}};
  for (const auto& [body, said] : bodies) check_refused(mock.whole.control("PUT", "sink/x", body), 400, said);
  json many = json::array();
  for (int i = 0; i < 101; ++i) many.push_back(200);
  check_refused(mock.whole.put("sink/x", {{"statuses", many}}), 400, "expected 1 to 100 statuses");
  CHECK(mock.whole.list("sink", "sinks").empty());

  check_refused(mock.whole.get("sink/x?wait=0"), 400, "\"wait\": \"0\" is not a number from 1 to 10000");
  check_refused(mock.whole.get("sink/x?wait=1,2"), 400, "\"wait\": expected one number, found 2");
  check_refused(mock.whole.get("sink/x?wait=1&timeout=1"), 400, "\"timeout\"");
  check_refused(mock.whole.get("sink/x?last=1&limit=1"), 400, "\"last\"");
  check_refused(mock.whole.get("sink/x?after=x"), 400, "\"after\"");
  check_refused(mock.whole.get("sink?limit=1"), 400, "unknown parameter \"limit\"");
  check_refused(mock.whole.control("DELETE", "sink/x", R"({"statuses":[200]})"), 400, "takes no body");
}

TEST_CASE("sink: a wait ends when enough has arrived, or else with 422 and the list") {
  Mock mock(Options{});
  auto wait = std::async(std::launch::async, [url = mock.emulator.url()] {
    return ControlClient(url, "k").get("sink/x?wait=2&timeout=60s&last=1");
  });
  submit(mock, mock.client, "x");
  submit(mock, mock.other, "x");
  submit(mock, mock.client, "x");
  const auto arrived = wait.get();
  CHECK(arrived.status == 200);
  CHECK(arrived.body()["count"] == 2);
  CHECK(arrived.body()["received"].size() == 1);
  CHECK(mock.whole.get("sink/x?wait=3&timeout=60s").status == 200);
  const auto late = mock.client.get("sink/x?wait=3&timeout=1ms");
  check_refused(late, 422, "2 of 3 requests were received when the timeout was reached");
  CHECK(late.body()["received"].size() == 2);
  CHECK(late.body()["count"] == 2);
  CHECK(late.body()["statuses"] == json{200});
  CHECK(late.body()["open"].empty());
  CHECK_FALSE(mock.whole.get("sink/x?wait=4&timeout=1ms").body().contains("open"));
  const auto second = late.body()["received"][1]["number"].dump();
  CHECK(mock.client.get("sink/x?wait=1&timeout=1ms&after=" + second).status == 422);
  mock.client.put("clock", {{"mode", "manual"}});
  submit(mock, mock.client, "x");
  const auto manual = mock.client.get("sink/x?wait=3&timeout=1ms");
  check_refused(manual, 422, "2 of 3 requests were received when the timeout was reached; the team's clock is manual");
  CHECK(manual.body()["open"].size() == 1);
}

TEST_CASE("sink: a wait ends with 409 if its team is reset") {
  Mock mock;
  auto wait = std::async(std::launch::async, [url = mock.emulator.url()] {
    return ControlClient(url, "k").get("sink/x?wait=1&timeout=60s");
  });
  while (wait.wait_for(0s) != std::future_status::ready) mock.client.order("reset");
  check_refused(wait.get(), 409, "the team has been reset");
}

TEST_CASE("sink: delayed answers take no thread from others, and a reset ends them") {
  Mock mock;
  mock.client.put("sink/slow", {{"delay", "10m"}});
  mock.whole.put("sink/slow", {{"statuses", {201}}, {"delay", "20ms"}});
  constexpr int kSlow = 100;
  std::vector<RawSocket> slow;
  for (int i = 0; i < kSlow; ++i) {
    slow.emplace_back(mock.emulator.port()).send(post_to("slow"));
    submit(mock, mock.client, "slow", "jane-" + std::to_string(i));
  }
  auto advance = std::async(std::launch::async, [url = mock.emulator.url()] {
    return ControlClient(url, "k").order("clock/advance", {{"by", "10s"}});
  });
  CHECK(mock.client.get("sink/slow?wait=1&timeout=60s").status == 200);
  const auto before = std::chrono::steady_clock::now();
  CHECK(mock.whole.control("POST", "sink/quick", "1").status == 200);
  CHECK(std::chrono::steady_clock::now() - before < kPatience);
  for (auto& each : slow) CHECK(each.receive().status == 201);
  CHECK(mock.client.order("reset").status == 200);
  check_refused(advance.get(), 409, "reset");
  CHECK(mock.client.get("sink/slow").body()["count"] == 0);
}

TEST_CASE("sink: a reset of all teams closes the connections that wait for a delayed answer") {
  Mock mock;
  mock.whole.put("sink/x", {{"delay", "10m"}});
  RawSocket socket(mock.emulator.port());
  socket.send(post_to("x"));
  CHECK(mock.whole.get("sink/x?wait=1&timeout=60s").status == 200);
  CHECK(mock.whole.order("reset").status == 200);
  CHECK(socket.receive_rest().empty());
  CHECK(mock.whole.control("POST", "sink/x", "1").status == 200);
}

TEST_CASE("sink: many callbacks of many teams arrive there while many calls wait") {
  Mock mock(Options{});
  constexpr int kTeams = 20, kCallbacks = 20;
  std::vector<std::future<int>> calls;
  for (int team = 0; team < kTeams; ++team)
    calls.push_back(std::async(std::launch::async, [&, team] {
      ControlClient client(mock.emulator.url(), "k" + std::to_string(team));
      for (int i = 0; i < kCallbacks; ++i) submit(mock, client, "x", "jane-" + std::to_string(i));
      const auto path = "sink/x?timeout=60s&wait=" + std::to_string(kCallbacks);
      const auto arrived = client.get(path);
      CHECK(arrived.body()["received"].size() == kCallbacks);
      return arrived.status;
    }));
  for (auto& call : calls) CHECK(call.get() == 200);
  CHECK(mock.whole.get("sink/x").body()["count"] == kTeams * kCallbacks);
}

TEST_CASE("sink: there is a limit to the number of lists, and a reset makes room") {
  Mock mock;
  RawSocket socket(mock.emulator.port());
  std::string all;
  for (std::size_t i = 0; i < base::kMaxSinkLists; ++i) all += post_to(std::to_string(i), "");
  auto sending = std::async(std::launch::async, [&] { return socket.send(all); });
  for (std::size_t i = 0; i < base::kMaxSinkLists; ++i) REQUIRE(socket.receive().status == 200);
  CHECK(sending.get());
  check_refused(mock.whole.control("POST", "sink/one-more", "1"), 503, "cannot add another one");
  check_refused(mock.whole.put("sink/one-more", {{"statuses", {500}}}), 503, "cannot add another one");
  CHECK(mock.whole.control("POST", "sink/1", "1").status == 200);
  CHECK(mock.whole.control("DELETE", "sink/1").status == 200);
  CHECK(mock.whole.control("POST", "sink/one-more", "1").status == 200);
  CHECK(mock.whole.order("reset").status == 200);
  CHECK(mock.whole.list("sink", "sinks").empty());
}
