// Many teams at once, and many threads on one team. The thread sanitizer must find no data race in either.
// STORM_ROUNDS is the number of rounds; deep test runs set it to 100.
#include <atomic>
#include <cstdlib>
#include <doctest/doctest.h>
#include <functional>
#include <mutex>
#include <thread>

#include "enrichment_mock/emulator.h"
#include "support/control_client.h"
#include "support/receiver.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

constexpr std::size_t kTeams = 64;

int rounds() {
  const char* given = std::getenv("STORM_ROUNDS");
  return given ? std::atoi(given) : 2;
}

const std::string kScript = R"({"name":"storm","seed":7,"clock":{"mode":"manual","now":"2026-01-01T00:00:00Z"},
  "credits":4,"lookup":{"jitter":"50ms","outcome":{"completed":70,"not-found":20,"failed":10}},
  "rules":[{"match":{"username":"flaky*"},"callback":{"fail_first":1,"copies":2}},
           {"match":{"username":"refused*"},"count":"profile","after_last":"next-rule",
            "steps":[{"response":{"status":503}}]},
           {"match":{"username":"stuck*"},"lookup":{"processing":"forever"}}],
  "schedule":[{"at":"10s","add_credits":2}]})";

// 200 at /ok, 503 at any other path.
void by_path(Peer& peer) {
  const auto request = peer.read_request();
  const bool fine = request && request->target == "/ok";
  peer.send(std::string("HTTP/1.1 ") + (fine ? "200 OK" : "503 No") + "\r\nContent-Length: 0\r\n\r\n");
}

// Without the parts that differ between runs: real time, ports, numbers over all teams.
json timeless(json value) {
  for (const auto* field : {"latency_ms", "time", "number", "headers", "team", "url", "callback_url"})
    if (value.is_object()) value.erase(field);
  for (auto& each : value)
    if (each.is_structured()) each = timeless(std::move(each));
  return value;
}

// Everything that a client team's test may do with its mock, and everything that it sees.
json run_team(const std::string& url, std::size_t team, const std::string& ok_url, const std::string& down_url) {
  ControlClient client(url, "storm.team-" + std::to_string(team));
  constexpr const char* kLeads[] = {"jane", "flaky", "refused", "stuck", "joe"};
  json seen = json::array();
  for (int generation = 0; generation < 2; ++generation) {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < 6; ++i) {
      const auto username = std::string(kLeads[(team + i) % 5]) + "-" + std::to_string(i);
      const auto answer = client.post({{"linkedin_url", "https://linkedin.com/in/" + username},
                                       {"type", "work"},
                                       {"external_id", username},
                                       {"callback_url", i % 2 == 0 ? ok_url : down_url}});
      seen.push_back(answer.status);
      if (answer.status == 201) ids.push_back(answer.body()["_id"]);
    }
    seen.push_back(client.advance("150ms"));
    seen.push_back(client.order("clock/advance", {{"to_next", true}}).body());
    for (const auto& id : ids) seen.push_back(client.poll(id).body());
    seen.push_back(client.order("enrichments/" + ids[0] + "/resolve", {{"outcome", "completed"}}).body());
    // Its timeout is real time, and with a sanitizer 64 teams take long.
    seen.push_back(client.order("settle", {{"timeout", "50s"}}).body());
    seen.push_back(client.advance("10s"));
    seen.push_back(client.order("callbacks/" + ids[0] + "-1/redeliver").body());
    for (const auto* path :
         {"requests", "enrichments", "callbacks", "ledger", "credits", "scenario", "clock", "verify"})
      seen.push_back(client.get(path).body());
    seen.push_back(client.verify({{"requests", {{"status", 201}}}, {"count", ids.size()}}).body());
    seen.push_back(timeless(client.order("reset").body())["reset"].size());
  }
  return timeless(std::move(seen));
}

// Collects errors of threads, where doctest's REQUIRE does not work.
class Complaints {
 public:
  void add(const std::string& text) {
    const std::lock_guard lock(mutex_);
    text_ += text + '\n';
  }
  // Runs it, and records what it throws.
  void guard(const std::function<void()>& act) {
    try {
      act();
    } catch (const std::exception& error) {
      add(error.what());
    }
  }
  std::string take() {
    const std::lock_guard lock(mutex_);
    return std::move(text_);
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

// opening + added − charged = balance, never below zero, one credit a charge.
void check_ledger(const json& ledger, Complaints& complaints) {
  std::int64_t sum = 0;
  for (const auto& movement : ledger["movements"]) {
    const auto amount = movement["amount"].get<std::int64_t>();
    sum += amount;
    const bool fits = movement["balance"] == sum && sum >= 0 && (movement["kind"] != "charge" || amount == -1);
    if (!fits) complaints.add("the ledger does not add up: " + ledger.dump());
  }
}

// Each team's calls on a separate thread.
std::vector<json> run_teams_together(Complaints& complaints) {
  Receiver receiver(by_path);
  Emulator emulator({.scenario_texts = {kScript}});
  std::vector<json> seen(kTeams);
  std::vector<std::thread> teams;
  for (std::size_t team = 0; team < kTeams; ++team)
    teams.emplace_back([&, team] {
      complaints.guard(
          [&] { seen[team] = run_team(emulator.url(), team, receiver.url("/ok"), receiver.url("/down")); });
    });
  for (auto& thread : teams) thread.join();
  return seen;
}

std::vector<json> run_teams_in_turn() {
  Receiver receiver(by_path);
  Emulator emulator({.scenario_texts = {kScript}});
  std::vector<json> seen(kTeams);
  for (std::size_t team = 0; team < kTeams; ++team)
    seen[team] = run_team(emulator.url(), team, receiver.url("/ok"), receiver.url("/down"));
  return seen;
}

// One team, and threads that repeat the same call on it.
struct Storm {
  using Act = std::function<Answer(ControlClient&, int)>;
  static constexpr int kTimes = 15;

  void add(Act act) {
    callers.emplace_back([this, act = std::move(act)] {
      complaints.guard([&] {
        ControlClient client(emulator.url(), "k");
        for (int i = 0; i < kTimes; ++i) {
          const auto answer = act(client, i);
          if (answer.status >= 500) complaints.add(std::to_string(answer.status) + ": " + answer.text);
        }
      });
    });
  }

  std::string join() {
    for (auto& thread : callers) thread.join();
    callers.clear();
    return complaints.take();
  }

  Receiver receiver{by_path};
  Emulator emulator{{.scenario_texts = {R"({"name":"s","clock":{"mode":"manual"},"callback":{"backoff":["10ms"]}})"}}};
  Complaints complaints;
  std::vector<std::thread> callers;
};

std::string newest(ControlClient& client, const std::string& list, const std::string& id) {
  const auto all = client.list(list, list);
  return all.empty() ? "nothing" : all.back()[id].get<std::string>();
}

// A reset closes the connections of running calls.
template <class Call>
Answer unless_closed(Call call) {
  try {
    return call();
  } catch (const NoResponse&) {
    return {};
  }
}

void add_calls_of_the_app(Storm& storm) {
  for (int each = 0; each < 3; ++each)
    storm.add([&](ControlClient& client, int i) {
      const json lead{{"linkedin_url", "https://linkedin.com/in/jane-" + std::to_string(i)},
                      {"type", "work"},
                      {"callback_url", storm.receiver.url(i % 3 == 0 ? "/down" : "/ok")}};
      return unless_closed([&] { return client.post(lead); });
    });
  storm.add([](ControlClient& client, int) {
    const auto id = newest(client, "enrichments", "_id");
    return unless_closed([&] { return client.poll(id); });
  });
}

void add_calls_on_the_clock(Storm& storm) {
  for (int each = 0; each < 2; ++each)
    storm.add([](ControlClient& client, int) { return client.order("clock/advance", {{"by", "300ms"}}); });
  storm.add([](ControlClient& client, int) { return client.order("clock/advance", {{"to_next", true}}); });
  storm.add([](ControlClient& client, int) { return client.order("settle", {{"timeout", "50ms"}}); });
  storm.add([](ControlClient& client, int i) {
    return client.put("clock", {{"mode", i % 3 == 0 ? "running" : "manual"}});
  });
}

void add_calls_on_the_team(Storm& storm) {
  for (int each = 0; each < 2; ++each)
    storm.add([](ControlClient& client, int i) { return i % 4 == 0 ? client.order("reset") : client.get("snapshot"); });
  storm.add([](ControlClient& client, int) { return client.get("callbacks?wait=delivered:2&timeout=20ms"); });
  storm.add([](ControlClient& client, int) {
    return client.get("enrichments/" + newest(client, "enrichments", "_id") + "?wait=completed&timeout=20ms");
  });
  storm.add([](ControlClient& client, int) {
    return client.order("enrichments/" + newest(client, "enrichments", "_id") + "/resolve", {{"outcome", "completed"}});
  });
  storm.add([](ControlClient& client, int) {
    return client.order("callbacks/" + newest(client, "callbacks", "id") + "/redeliver");
  });
  storm.add([&](ControlClient& client, int i) {
    if (i % 2 == 0) return client.put("credits", {{"add", i % 4 == 0 ? 3 : -3}});
    const auto answer = client.get("ledger?limit=1000");
    check_ledger(answer.body(), storm.complaints);
    return answer;
  });
}

// Nothing of before the reset is left, and the team works.
void check_fresh(Storm& storm) {
  ControlClient client(storm.emulator.url(), "k");
  CHECK(client.order("reset").status == 200);
  for (const auto* list : {"requests", "enrichments", "callbacks"}) CHECK(client.list(list, list).empty());
  CHECK(client.list("ledger", "movements").size() == 1);
  CHECK(client.settle()["fired"].empty());
  const auto id = client.submit("jane", {{"callback_url", storm.receiver.url("/ok")}});
  CHECK(client.settle()["fired"].size() == 3);
  CHECK(client.poll(id).body()["status"] == "completed");
  CHECK(client.credits() == 249);
  CHECK(client.list("callbacks", "callbacks").size() == 1);
}

}  // namespace

TEST_CASE("64 teams at once, each on its own clock, see exactly what they see one after the other") {
  const auto alone = run_teams_in_turn();
  for (int round = 0; round < rounds(); ++round) {
    Complaints complaints;
    const auto together = run_teams_together(complaints);
    CHECK(complaints.take() == "");
    for (std::size_t team = 0; team < kTeams; ++team) {
      CAPTURE(team);
      const bool same = together[team] == alone[team];
      CHECK_MESSAGE(same, json::diff(alone[team], together[team]).dump().substr(0, 1000));
    }
  }
}

TEST_CASE(
    "many threads on one team: no call hangs or fails unexpectedly, the ledger adds up, and a reset removes "
    "everything") {
  for (int round = 0; round < rounds(); ++round) {
    Storm storm;
    add_calls_of_the_app(storm);
    add_calls_on_the_clock(storm);
    add_calls_on_the_team(storm);
    CHECK(storm.join() == "");
    check_fresh(storm);
  }
}
