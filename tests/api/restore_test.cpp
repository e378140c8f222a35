// PUT snapshot: a team continues with a snapshot exactly as the team of the snapshot does.
#include <doctest/doctest.h>
#include <filesystem>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/mask.h"
#include "support/checkout.h"
#include "support/mock.h"
#include "support/patience.h"
#include "support/process.h"
#include "support/raw_socket.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

// What a test or a client does with its team, the same for the same seed.
class RandomCalls {
 public:
  RandomCalls(std::uint64_t seed, std::string receiver) : random_(seed), receiver_(std::move(receiver)) {}

  // Makes a call and returns everything that it shows, except what differs between two servers.
  json call(ControlClient& client) {
    try {
      return make_call(client);
    } catch (const NoResponse&) {  // a fault of the scenario
      return "no response";
    }
  }

 private:
  json make_call(ControlClient& client) {
    switch (below(12)) {
      case 0:
        return shown(client.send("GET", "/v1/api/enrichment/credits"));
      case 1:
        return shown(client.order("clock/advance", {{"by", std::to_string(1 + below(400)) + "ms"}}));
      case 2:
        return shown(client.order("clock/advance", {{"to_next", true}}));
      case 3:
        return shown(client.order("rules", extra_rule()));
      case 4:
        return below(4) == 0 ? shown(client.control("DELETE", "rules")) : shown(client.put("credits", {{"add", 3}}));
      case 5:
        return shown(
            client.order("enrichments", {{"linkedin_url", url()}, {"status", below(2) ? "pending" : "failed"}}));
      case 6:
      case 7:
        return ids_.empty() ? json() : shown(client.poll(ids_[below(ids_.size())]));
      case 8:
        if (ids_.empty()) return {};
        return shown(client.order("callbacks/" + ids_[below(ids_.size())] + "-1/redeliver"));
      default:
        return submit(client);
    }
  }

  json submit(ControlClient& client) {
    json body{{"linkedin_url", url()}, {"type", below(2) ? "work" : "personal"}};
    if (below(3) != 0) body["callback_url"] = receiver_;
    if (below(2) == 0) body["external_id"] = "lead-" + std::to_string(below(5));
    const auto answer = client.post(body);
    const auto accepted = json::parse(answer.text, nullptr, false);  // a fault may have damaged it
    if (answer.status == 201 && accepted.is_object()) ids_.push_back(accepted["_id"]);
    return shown(answer);
  }

  json extra_rule() {
    const json steps[] = {
        {{{"response", {{"status", 503}, {"headers", {{"Retry-After", "1"}}}}}}, json::object()},
        {{{"lookup", {{"processing", {{"polls", 2}}}, {"outcome", {{"completed", 1}, {"failed", 1}}}}}}},
        {{{"callback", {{"copies", 2}, {"delay", {{"median", "50ms"}, {"p99", "90ms"}, {"max", "95ms"}}}}}}}};
    json rule{{"steps", steps[below(3)]}, {"match", {{"username", below(2) ? "a*" : "*"}}}};
    if (below(2)) rule["count"] = "profile";
    if (below(2)) rule["after_last"] = "next-rule";
    return {{"rule", rule}, {"times", 1 + below(4)}};
  }

  static json shown(const Answer& answer) {
    auto body = json::parse(answer.text, nullptr, false);
    return {{"status", answer.status}, {"body", timeless(body.is_discarded() ? json(answer.text) : body)}};
  }

  // A redelivered callback shows how long its attempt took.
  static json timeless(json value) {
    for (const auto* name : {"latency_ms", "headers"})
      if (value.is_object()) value.erase(name);
    for (auto& each : value)
      if (each.is_structured()) each = timeless(std::move(each));
    return value;
  }

  std::string url() {
    const std::string names[] = {"ada", "grace-1", "alan", "flaky-2", "unlucky-7", "stuck", "slow-1"};
    return "https://www.linkedin.com/in/" + names[below(std::size(names))];
  }

  std::size_t below(std::size_t end) { return random_() % end; }

  std::mt19937_64 random_;
  const std::string receiver_;
  std::vector<std::string> ids_;
};

json snapshot_of(ControlClient& client) {
  auto snapshot = client.get("snapshot").body();
  REQUIRE(snapshot["teams"].size() == 1);
  return snapshot;
}

// A team of a snapshot without what names the team itself, and without what its clock does.
json world_of(json snapshot) {
  auto team = std::move(snapshot["teams"][0]);
  for (const auto* name : {"id", "key", "name"}) team.erase(name);
  for (auto& request : team["requests"]) request.erase("team");
  team["clock"].erase("mode");
  team["clock"].erase("scale");
  return team;
}

// What calls have changed since then, without what differs between two servers: real time, and numbers of all teams.
json later_world_of(const json& snapshot) {
  auto world = world_of(snapshot);
  for (const auto* name : {"requests", "advice", "ledger"}) world.erase(name);
  for (auto& callback : world["callbacks"])
    for (auto& attempt : callback["attempts"]) {
      attempt.erase("latency_ms");
      for (const auto* part : {"request", "response"})
        if (attempt[part].is_object()) attempt[part].erase("headers");
    }
  return world;
}

// The names of what differs, for messages.
std::string differences(const json& a, const json& b) {
  return json::diff(a, b).dump().substr(0, 2000) + " … and back: " + json::diff(b, a).dump().substr(0, 2000);
}

void check_same(const json& found, const json& expected) {
  CAPTURE(differences(expected, found));
  CHECK(found == expected);
}

// Answers 503 for some enrichments, the same for equal ids.
void by_id(Peer& peer) {
  const auto request = peer.read_request();
  const auto at = request ? request->body.find("request_id\":\"") : std::string::npos;
  const bool fails = at != std::string::npos && request->body.at(at + 13 + 23) % 3 == 0;
  peer.send(fails ? "HTTP/1.1 503 No\r\nContent-Length: 4\r\nX-Api-Token: abc\r\n\r\nbusy"
                  : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

const std::string kReversed = scenario_of(
    R"("clock":{"mode":"manual"},"callback":{"order":"reversed","burst":"300ms","copies":3,"delay":{"median":"20ms","p99":"90ms","max":"95ms"},"forward":["X-Trace"]},
      "lookup":{"pending":"0s","processing":{"median":"30ms","p99":"80ms","max":"85ms"},"jitter":"5ms"})");
const std::string kWindows = R"({"name":"s","seed":18446744073709551615,"clock":{"mode":"manual"},"credits":9,
  "rate_limit":{"requests":6,"per":"700ms"},"lookup":{"outcome":{"completed":2,"not-found":1,"failed":1},"processing":{"polls":2}},
  "rules":[{"name":"unlucky","match":{"username":"unlucky*"},"count":"profile","after_last":"cycle",
            "steps":[{"response":{"status":500,"delay":{"median":"1ms","p99":"2ms","max":"2ms"}}},{"response":{"fault":"truncated-body"}},{}]},
           {"match":{"username":"stuck*"},"lookup":{"processing":"forever"}},
           {"on":"poll","match":{"username":"ada"},"steps":[{"response":{"status":502}},{}],"after_last":"next-rule"}],
  "schedule":[{"at":"100ms","until":"300ms","on":"credits","response":{"status":503}},{"at":"800ms","add_credits":2},
              {"at":"1s","until":"1200ms","response":{"status":429}}],
  "enrichments":[{"linkedin_url":"https://www.linkedin.com/in/seeded","type":"work","callback_url":"http://u:p@127.0.0.1:1/"},
                 {"_id":"507f1f77bcf86cd799439011","linkedin_url":"https://www.linkedin.com/in/chosen","type":"personal","status":"completed","charge":true}],
  "expect":{"credits":3,"requests":{"at_least":2}},"teams":[{"name":"acme","api_keys":["acme-key-of-production-1"]}]})";

struct World {
  std::string scenario;  // a text, or the name of a shipped one
  std::size_t keep = 1'000'000;
  std::string key = "acme-key-of-production-1";
};

std::vector<World> worlds() {
  std::vector<World> all{{kReversed}, {kWindows}, {kWindows, 2}, {kReversed, 3}};
  for (const auto& scenario : shipped_scenarios()) {
    if (scenario.name == "malformed-responses") continue;  // it stalls clients
    all.push_back(
        {scenario.name, 1'000'000, scenario.accepts_any_key ? scenario.name + ".test-1" : scenario.api_keys.front()});
  }
  return all;
}

Options options_of(const World& world, bool other_server) {
  Options options{.keep_resolved = world.keep};
  if (!other_server && world.scenario.starts_with('{')) options.scenario_texts = {world.scenario};
  if (!other_server) options.manual_clock = true;
  return options;
}

}  // namespace

TEST_CASE("what is wrong with a snapshot is named, and nothing changes") {
  Mock mock({.scenario_texts = {kReversed}, .manual_clock = true});
  RandomCalls calls(5, "http://127.0.0.1:1/");
  for (int i = 0; i < 30; ++i) calls.call(mock.client);
  const auto good = snapshot_of(mock.client);
  mock.other.submit("before");
  const auto before = world_of(snapshot_of(mock.other));
  const auto path = [](const char* pointer) { return json::json_pointer(pointer); };
  const auto set = [&](const char* pointer, json value) {
    auto wrong = good;
    wrong[path(pointer)] = std::move(value);
    return wrong;
  };
  auto old = good, several = good;
  old.erase("format");
  several["teams"].push_back(good["teams"][0]);
  several["teams"][1]["id"] = "0123456789abcdef";
  auto too_much = good, too_early = good, unmade = good;
  too_much[path("/teams/0/state/ledger/opening")] = too_much[path("/teams/0/state/ledger/added")] = std::int64_t{1}
                                                                                                    << 62;
  auto& waiting = too_early["teams"][0]["enrichments"][0];
  waiting["status"] = "pending";
  waiting["history"] = json::array({waiting["history"][0]});
  waiting["plan"]["due"] = "1970-01-01T00:00:00Z";
  waiting["plan"].erase("ended");
  auto& under_way = unmade["teams"][0]["callbacks"][0];
  under_way["state"] = "delivering";
  under_way["attempts"] = json::array();
  under_way.erase("due");
  under_way["plan"].erase("burst");
  under_way["plan"]["delivering_since"] = good["teams"][0]["clock"]["now"];
  under_way["plan"]["manual_attempts"] = 1;
  const json many_zeros(std::vector<int>(5000, 0));
  const json many_settings(std::vector<json>(1000, json::object()));
  json many_headers = json::object();
  for (int i = 0; i < 5000; ++i) many_headers["x-" + std::to_string(i)] = "";
  const auto first_id = good["teams"][0]["enrichments"][0]["_id"];
  struct Case {
    json body;
    std::string said, query = {};
  };
  const Case cases[] = {
      {json::object(), "the key \"format\" is missing; expected a snapshot, as GET snapshot returns it"},
      {old, "the key \"format\" is missing: an older version has made this snapshot, which cannot be restored"},
      {set("/format", 2), "/format: found 2; expected 1, the format that this version knows"},
      {set("/tems", 2), "unknown key \"tems\"; did you mean \"teams\"?"},
      {set("/teams", json::array()), "the snapshot has no team"},
      {several, "the snapshot has 2 teams; choose one by ?team=ID: " + good["teams"][0]["id"].get<std::string>() +
                    ", 0123456789abcdef"},
      {several, "the snapshot has no team \"0123456789abcdee\"; did you mean \"0123456789abcdef\"?",
       "?team=0123456789abcdee"},
      {set("/teams/0/callback_settings", many_settings), "/teams/0/callback_settings: found 1000; expected at most "},
      {set("/teams/0/requests/0/headers", many_headers), "expected at most 4096 headers"},
      {set("/teams/0/credits", 7), "/teams/0/credits: found 7; expected"},
      {set("/teams/0/enrichments/0/status", "complete"), "/teams/0/enrichments/0/status: found \"complete\"; expected"},
      {set("/teams/0/enrichments/0/plan/number", -1), "/teams/0/enrichments/0/plan/number: found -1; expected a whole"},
      {set("/teams/0/enrichments/1/plan/number", 0), "/teams/0/enrichments/1/plan: \"number\": found 0; expected more"},
      {set("/teams/0/enrichments/1/_id", first_id), "expected an id that no other enrichment has"},
      {set("/teams/0/enrichments/0/plan/callback", 99), "/teams/0/enrichments/0/plan/callback: found 99; expected"},
      {set("/teams/0/callbacks/0/enrichment_id", "507f1f77bcf86cd799439011"), "expected the id of an enrichment"},
      {set("/teams/0/callbacks/0/plan/copy", 1), "/teams/0/callbacks/0"},
      {set("/teams/0/callbacks", json::array()), "one for each callback of this enrichment"},
      {set("/teams/0/ledger/0/balance", 1), "/teams/0/ledger/0: \"balance\": found 1; expected 0"},
      {set("/teams/0/ledger", json::array()), "/teams/0/ledger: found an empty array; expected at least one movement"},
      {set("/teams/0/scenario/text", "{\"name\":\"s\",\"lokup\":{}}"), "/teams/0/scenario/text: in this scenario: "},
      {set("/teams/0/state/counters/completed", 999), "expected"},
      {set("/teams/0/state/origin", "2999-01-01T00:00:00Z"), "expected an instant up to"},
      {set("/teams/0/requests/0/number", 0), "/teams/0/requests/0/number: found 0; expected a whole number from 1"},
      {set("/teams/0/requests/0/headers/x", "a\nb"), "/teams/0/requests/0/headers/x"},
      {set("/teams/0/enrichments", many_zeros), "900 more problems"},
      {set("/teams/0/enrichments/0/linkedin_url", ""), "/linkedin_url: found \"\"; expected a linkedin.com/in/<us"},
      {set("/teams/0/enrichments/0/plan/forwarded", json::array({json::array({"Content-Length", "7"})})),
       "belongs to the request itself"},
      {set("/teams/0/enrichments/0/plan/forwarded", json::array({json::array({"a b", "7"})})),
       "\"a b\" is not a header name"},
      {set("/teams/0/enrichments/0/plan/forwarded", json::array({json::array({"a", "7\u0001"})})),
       "without control characters"},
      {set("/teams/0/state/next_enrichment", 99'999'999), "because the next number in the state is 99999999"},
      {too_much, "/ledger/added: found 4611686018427387904; expected at most 2^62 together with \"opening\""},
      {too_early, "/enrichments/0/plan: found \"due\" before "},
      {unmade, "/callbacks/0: found 0 attempts; expected at least as many as \"manual_attempts\""},
      {set("/teams/0/requests/0/time", 1), "/teams/0/requests/0/time: found 1; expected an instant"},
  };
  for (const auto& [body, said, query] : cases) {
    const auto answer = mock.other.control("PUT", "snapshot" + query, body.dump());
    CAPTURE(said);
    check_refused(answer, 400, said);
    CHECK(world_of(snapshot_of(mock.other)) == before);
  }
  CHECK(mock.other.control("PUT", "snapshot?team=0123456789abcdef", several.dump()).status == 200);
  check_refused(mock.whole.put("snapshot", good), 400, "the header x-api-key is missing");
}

TEST_CASE("a manual attempt that was interrupted is restored, and is repeated") {
  Mock mock({.scenario_texts = {kReversed}, .manual_clock = true});
  mock.client.submit("ada", {{"callback_url", "http://127.0.0.1:1/"}});
  mock.client.order("settle", {{"timeout", "20s"}});
  auto taken = snapshot_of(mock.client);
  auto& team = taken["teams"][0];
  auto& callback = team["callbacks"][0];
  REQUIRE(callback["state"] == "exhausted");
  callback["state"] = "retrying";
  callback["due"] = team["clock"]["now"];
  callback["plan"]["manual_attempts"] = 1;
  callback["plan"]["before"] = {{"state", "exhausted"}, {"due", nullptr}};
  auto& exhausted = team["state"]["callbacks"]["totals"]["exhausted"];
  exhausted = exhausted.get<int>() - 1;
  const auto answer = mock.other.put("snapshot", taken);
  CAPTURE(answer.text);
  REQUIRE(answer.status == 200);
  mock.other.order("settle", {{"timeout", "20s"}});
  const auto repeated = snapshot_of(mock.other)["teams"][0]["callbacks"][0];
  CHECK(repeated["state"] == "exhausted");
  CHECK(repeated["attempts"].size() == 4);
  CHECK(repeated["plan"]["manual_attempts"] == 2);
}

TEST_CASE("the highest number of a request leaves room for the next ones of all teams") {
  Mock mock({.manual_clock = true});
  mock.client.submit("ada");
  auto taken = snapshot_of(mock.client);
  taken["teams"][0]["requests"][0]["number"] = 9'007'199'254'740'991;
  REQUIRE(mock.other.put("snapshot", taken).status == 200);
  mock.client.submit("grace");
  const auto later = snapshot_of(mock.client);
  CHECK(later["teams"][0]["requests"].back()["number"] < 1'000'000);
  CHECK(mock.other.put("snapshot", later).status == 200);
}

TEST_CASE("a snapshot with any change is restored whole, or not at all") {
  Emulator emulator({.scenario_texts = {kWindows}, .manual_clock = true});
  Receiver receiver(by_id);
  ControlClient original(emulator.url(), "acme-key-of-production-1"), other(emulator.url(), "other-key");
  RandomCalls calls(3, receiver.url());
  for (int i = 0; i < 40; ++i) calls.call(original);
  const auto good = snapshot_of(original);
  const auto flat = good.flatten();
  std::vector<std::string> pointers;
  for (const auto& [pointer, value] : flat.items()) pointers.push_back(pointer);
  std::mt19937_64 random(1);
  const json values[] = {nullptr,
                         0,
                         1,
                         -1,
                         1e18,
                         9007199254740991,
                         "",
                         "x",
                         "1s",
                         "2020-01-01T00:00:00Z",
                         true,
                         json::array(),
                         json::object(),
                         "507f1f77bcf86cd799439011",
                         3,
                         "delivering",
                         "scheduled",
                         "pending"};
  int restored = 0;
  for (int i = 0; i < 200; ++i) {
    auto wrong = good;
    const auto& pointer = pointers[random() % pointers.size()];
    json::json_pointer at(pointer);
    for (auto up = random() % 3; up > 0 && at.parent_pointer().to_string().size() > 8; --up) at = at.parent_pointer();
    if (random() % 4 == 0 && wrong[at.parent_pointer()].is_object())
      wrong[at.parent_pointer()].erase(at.back());
    else
      wrong[at] = values[random() % std::size(values)];
    CAPTURE(i);
    CAPTURE(at.to_string());
    const auto before = world_of(snapshot_of(other));
    const auto answer = other.put("snapshot", wrong);
    CAPTURE(answer.text.substr(0, 500));
    REQUIRE((answer.status == 200 || answer.status == 400));
    if (answer.status == 400) {
      CHECK(world_of(snapshot_of(other)) == before);
      CHECK(answer.body()["message"].get<std::string>().find_first_of("/\"") != std::string::npos);
      continue;
    }
    ++restored;
    other.order("settle", {{"timeout", "0s"}});
    CHECK(other.get("snapshot").status == 200);
  }
  CHECK(restored > 0);
}

TEST_CASE("a restored journal may have requests of enrichments that are not in the snapshot") {
  Mock mock({.manual_clock = true});
  mock.client.submit("ada");
  auto snapshot = snapshot_of(mock.client);
  snapshot["teams"][0]["requests"][0]["enrichment_id"] = "0123456789abcdef01234567";
  CHECK(mock.client.put("snapshot", snapshot).status == 200);
  const auto advice = mock.client.control("GET", "advice");
  CHECK(advice.body().dump().find("unknown enrichments") != std::string::npos);
  CHECK(mock.client.control("GET", "snapshot").status == 200);
}

TEST_CASE("the snapshots that the fuzzer begins with can be restored") {
  std::size_t restored = 0;
  for (const auto& file : std::filesystem::directory_iterator(checkout_path("tests/fuzz/corpus/snapshot"))) {
    CAPTURE(file.path());
    Emulator emulator;
    CHECK_NOTHROW(emulator.restore(read_file(file.path())));
    ++restored;
  }
  CHECK(restored >= 10);
}

TEST_CASE("the library continues with a snapshot of a team or of all teams") {
  Emulator first({.manual_clock = true}), second;
  ControlClient(first.url(), "a").submit("ada");
  ControlClient(first.url(), "b").submit("grace");
  auto target = second.team("k");
  target.restore(first.team("b").snapshot());
  CHECK(target.enrichments().at(0).linkedin_url == first.team("b").enrichments().at(0).linkedin_url);
  CHECK(target.clock().mode == ClockMode::manual);
  target.restore(first.snapshot(), first.team("a").info().id);
  CHECK(target.enrichments().at(0).linkedin_url == first.team("a").enrichments().at(0).linkedin_url);
  CHECK_THROWS_AS(target.restore(first.snapshot()), SnapshotError);
  CHECK_THROWS_WITH_AS(target.restore("{}"),
                       "line 1, column 1: the key \"format\" is missing; expected a snapshot, as GET snapshot "
                       "returns it",
                       SnapshotError);
  CHECK(target.enrichments().size() == 1);
  const auto all = second.restore(first.snapshot());
  REQUIRE(all.size() == 2);
  CHECK(all[1].api_key == "restored-" + first.team("b").info().id);
  CHECK(second.team(all[1].api_key).enrichments().at(0).linkedin_url ==
        first.team("b").enrichments().at(0).linkedin_url);
  CHECK(second.restore(first.team("a").snapshot()).at(0).api_key == "restored");
  second.stop();
  CHECK_THROWS_WITH_AS(target.restore(first.team("a").snapshot()), "the emulator is stopping", ConflictError);
  CHECK_THROWS_WITH_AS(second.restore(first.snapshot()), "the emulator is stopping", ConflictError);
}

TEST_CASE("program: serve --restore shows the teams of a snapshot, and refuses a bad file") {
  const TemporaryDirectory directory;
  Emulator failed({.manual_clock = true});
  ControlClient(failed.url(), "a").submit("ada");
  const auto file = directory.write("snapshot.json", failed.team("a").snapshot());
  RunningMock mock({"--restore", file});
  const auto line = mock.process.read_line();
  REQUIRE(line);
  CHECK(line->find("restored: API key restored, scenario default, " + mock.url + "/__admin/#team=") == 0);
  ControlClient client(mock.url, "restored");
  CHECK(client.get("snapshot").body()["teams"][0]["enrichments"].size() == 1);
  const auto bad = directory.write("bad.json", "{\n \"format\": 7}");
  for (const auto& [name, said] : {std::pair(bad, bad + ":2:12: /format: found 7; expected 1"),
                                   std::pair(directory.path() + "/none.json", std::string("cannot be read"))}) {
    const auto ended = Process({.args = {"--port", "0", "--restore", name}}).wait();
    CAPTURE(ended.errors);
    CHECK(ended.status == 2);
    CHECK(ended.output.empty());
    CHECK(ended.errors.find(said) != std::string::npos);
  }
}

TEST_CASE("only PUT snapshot may have a large body, and only from those who may call it") {
  Emulator emulator({.admin_token = "the-admin-token"});
  const std::string large(2'000'000, ' ');
  ControlClient client(emulator.url(), "k");
  const Headers token{{"Authorization", "Bearer the-admin-token"}};
  check_refused(client.control("PUT", "snapshot", large + "{}", token), 400, "the key \"format\" is missing");
  CHECK(client.control("PUT", "snapshot", large).status == 401);
  CHECK(client.control("PUT", "scenario", large, token).status == 413);
  for (const auto& [headers, status] :
       {std::pair(std::string("x-api-key: k\r\nAuthorization: Bearer the-admin-token\r\n"), 413),
        std::pair(std::string("x-api-key: k\r\n"), 401)}) {
    // It is refused before it is sent.
    RawSocket socket(emulator.port());
    socket.send("PUT /__admin/snapshot HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers +
                "Content-Length: 600000000\r\nExpect: 100-continue\r\n\r\n");
    CHECK(socket.receive().status == status);
  }
}

TEST_CASE("a team continues with a snapshot as the team of the snapshot does") {
  for (const auto& world : worlds()) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      CAPTURE(world.scenario);
      CAPTURE(world.keep);
      CAPTURE(seed);
      Receiver receiver(by_id);
      Emulator first(options_of(world, false)), second(options_of(world, true));
      ControlClient original(first.url(), world.key);
      RandomCalls calls(seed, receiver.url());
      for (int i = 0; i < 40; ++i) calls.call(original);
      const auto text = original.get("snapshot").text;
      const auto taken = json::parse(text);

      ControlClient restored(second.url(), "another-key-2");
      restored.submit("before", {{"callback_url", "http://127.0.0.1:1/"}});
      const auto answer = restored.control("PUT", "snapshot", text);
      CAPTURE(answer.text.substr(0, 1000));
      REQUIRE(answer.status == 200);
      CHECK(answer.body()["restored"]["from"] == taken["teams"][0]["id"]);
      const auto again = snapshot_of(restored);
      check_same(world_of(again), world_of(taken));

      RandomCalls more = calls;
      for (int i = 0; i < 40; ++i) {
        const auto expected = calls.call(original), found = more.call(restored);
        CAPTURE(i);
        check_same(found, expected);
        if (found != expected) return;
      }
      check_same(later_world_of(snapshot_of(restored)), later_world_of(snapshot_of(original)));
    }
  }
}

TEST_CASE(
    "a restored team sends callbacks without the user and password of the URL, and a forwarded secret as a mask") {
  Receiver receiver(answers(200));
  const std::string scenario =
      R"({"name":"s","clock":{"mode":"manual"},"callback":{"forward":["X-Auth-Token","X-Trace"]},
    "rules":[{"name":"r","match":{"username":"bob"},"steps":[{"callback":{"headers":{"Authorization":"Bearer theirs"}}}]}]})";
  Mock first({.scenario_texts = {scenario}}), second;
  const auto submit = [&](const std::string& username, const std::string& userinfo) {
    const json lead{{"linkedin_url", "https://www.linkedin.com/in/" + username},
                    {"type", "work"},
                    {"callback_url", receiver.url("/" + username, userinfo + "127.0.0.1")}};
    const Headers headers{{"Content-Type", "application/json"}, {"X-Auth-Token", "abcdefghijklmnop"}, {"X-Trace", "1"}};
    CHECK(first.client.send("POST", "/v1/api/enrichment/email", lead.dump(), headers).status == 201);
  };
  submit("ada", "user:pass@");
  submit("bob", "");
  const auto snapshot = first.client.get("snapshot").text;
  REQUIRE(second.client.control("PUT", "snapshot", snapshot).status == 200);
  first.client.settle();
  second.client.settle();
  const auto sent = receiver.requests();
  REQUIRE(sent.size() == 4);
  struct Case {
    std::size_t request;
    std::string target, authorization, token;
  };
  for (const auto& [request, target, authorization, token] :
       {Case{0, "/ada", "Basic dXNlcjpwYXNz", "abcdefghijklmnop"}, Case{1, "/bob", "Bearer theirs", "abcdefghijklmnop"},
        Case{2, "/ada", "", base::mask_key("abcdefghijklmnop")},
        Case{3, "/bob", "Bearer theirs", base::mask_key("abcdefghijklmnop")}}) {
    CAPTURE(request);
    CHECK(sent[request].target == target);
    CHECK(sent[request].header("Authorization") == authorization);
    CHECK(sent[request].header("X-Auth-Token") == token);
    CHECK(sent[request].header("X-Trace") == "1");
  }
}
