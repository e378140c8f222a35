// GET health, ready, teams, snapshot, metrics; calls that are refused.
#include <doctest/doctest.h>

#include "base/time_text.h"
#include "support/mock.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

TEST_CASE("health says when the server started, and the time does not change") {
  const auto before = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  Mock mock;
  const std::string started = mock.whole.get("health").body()["started"];
  CHECK(started >= base::format_instant(before));
  CHECK(started <= base::format_instant(std::chrono::floor<base::Duration>(std::chrono::system_clock::now())));
  CHECK(mock.whole.get("health").body()["started"] == started);
}

TEST_CASE("health and ready need no key, and no fault, window or limit affects them") {
  Mock mock({.scenario_texts = {R"({"name":"s","rate_limit":{"requests":1,"per":"1h"},
      "schedule":[{"at":"0s","response":{"status":503}}]})"},
             .manual_clock = true});
  for (int i = 0; i < 3; ++i) {
    CHECK(mock.client.get("health").body()["status"] == "ok");
    CHECK(mock.client.get("ready").body()["status"] == "ready");
    CHECK(mock.client.send("GET", "/v1/api/enrichment/credits").status == 503);
    CHECK(mock.client.get("credits").status == 200);
  }
}

TEST_CASE("teams are listed with id, masked key, scenario and counts; ?team= names one") {
  Emulator emulator(
      {.scenario_texts = {R"({"name":"s","teams":[{"name":"acme","api_keys":["acme-ci-key"],"credits":3}]})"},
       .manual_clock = true});
  ControlClient acme(emulator.url(), "acme-ci-key"), whole(emulator.url(), "");
  acme.submit("jane");
  ControlClient(emulator.url(), "someone-else-7").credits();
  const auto teams = whole.list("teams", "teams");
  REQUIRE(teams.size() == 2);
  CHECK(teams[0]["name"] == "acme");
  CHECK(teams[0]["scenario"] == "s");
  CHECK(teams[0]["credits"] == 3);
  CHECK(teams[0]["requests"] == 1);
  CHECK(teams[0]["open"] == json{{"lookups", 1}, {"callbacks", 0}});
  CHECK(teams[1]["name"].is_null());
  CHECK(whole.get("credits?team=" + teams[0]["id"].get<std::string>()).body()["balance"] == 3);
  check_refused(whole.get("credits?team=nobody"), 404, "nobody");
}

TEST_CASE("no API key is in snapshot, requests, teams, enrichments, callbacks or metrics") {
  const std::string keys[] = {"acme-ci-key-1", "default.secret-key-2", "k3", "lonely-key-4", "defautl.misspelt-key-5"};
  Emulator emulator({.scenario_texts = {R"({"name":"s","teams":[{"name":"acme","api_keys":["acme-ci-key-1"]}]})"},
                     .manual_clock = true});
  for (const auto& key : keys) {
    ControlClient client(emulator.url(), key);
    client.send("GET", "/v1/api/enrichment/credits", "", {{"Authorization", "Bearer " + key}});
    client.post(
        {{"linkedin_url", "https://linkedin.com/in/jane"}, {"type", "work"}, {"callback_url", "http://127.0.0.1:1/"}});
    client.send("GET", "/nowhere");
    client.order("settle");
  }
  ControlClient whole(emulator.url(), "");
  for (const auto* path :
       {"snapshot", "requests", "requests/unmatched", "teams", "enrichments", "callbacks", "metrics"}) {
    const auto text = whole.get(path).text;
    for (const auto& key : keys) {
      CAPTURE(path);
      CAPTURE(key);
      CHECK(text.find('"' + key + '"') == text.npos);
      if (key.size() > 4) CHECK(text.find(key) == text.npos);
    }
  }
}

TEST_CASE("a snapshot has everything that explains a failed build") {
  Mock mock;
  const auto id = mock.client.submit("jane", {{"callback_url", "http://127.0.0.1:1/"}});
  mock.client.submit("stuck-1");
  mock.client.settle();
  mock.client.send("GET", "/nowhere");
  const auto answer = mock.client.get("snapshot");
  enrichment_mock::json_text::Document document(answer.text);
  REQUIRE(document.read(enrichment_mock::json_text::Syntax::strict, enrichment_mock::json_text::kMaxWrittenDepth));
  CHECK(document.duplicates().empty());
  const auto snapshot = answer.body();
  CHECK(snapshot["version"].is_string());
  REQUIRE(snapshot["teams"].size() == 1);
  const auto& team = snapshot["teams"][0];
  CHECK(team["scenario"]["name"] == "default");
  CHECK(team["scenario"]["seed"].is_null());
  CHECK(team["seed"].is_number_unsigned());
  CHECK(team["clock"]["mode"] == "manual");
  CHECK(team["requests"].size() == 3);
  CHECK(team["requests_evicted"] == 0);
  CHECK(team["enrichments"][0]["_id"] == id);
  CHECK(team["callbacks"][0]["attempts"].size() == 3);
  CHECK(team["ledger"].size() == 2);
  CHECK(team["open"].size() == 1);
  CHECK_FALSE(snapshot.contains("other_requests"));
  mock.whole.send("GET", "/v1/api/enrichment/credits");
  CHECK(mock.whole.get("snapshot").body()["other_requests"].size() == 1);
}

TEST_CASE("metrics are Prometheus text, summed over the teams") {
  Mock mock;
  for (auto* client : {&mock.client, &mock.other}) {
    client->submit("jane");
    client->settle();
  }
  const auto metrics = mock.whole.get("metrics");
  CHECK(metrics.header("Content-Type").starts_with("text/plain; version=0.0.4"));
  CHECK(metrics.text.find("enrichment_mock_teams 2\n") != std::string::npos);
  CHECK(metrics.text.find("enrichment_mock_requests_total 2\n") != std::string::npos);
  CHECK(metrics.text.find("enrichment_mock_lookups_total{outcome=\"completed\"} 2\n") != std::string::npos);
}

TEST_CASE("no counter decreases when teams are reset or closed") {
  Emulator emulator({.manual_clock = true, .max_teams = 1});
  ControlClient whole(emulator.url(), ""), first(emulator.url(), "first"), second(emulator.url(), "second");
  const auto counted = [&](int n) {
    const auto text = whole.get("metrics").text;
    CAPTURE(text);
    const auto has = [&](const std::string& line, int value) {
      return text.find("enrichment_mock_" + line + " " + std::to_string(value) + "\n") != text.npos;
    };
    CHECK(has("requests_total", 2 * n));
    CHECK(has("rejected_requests_total{status=\"400\"}", n));
    CHECK(has("lookups_total{outcome=\"completed\"}", n));
    CHECK(has("callbacks_total{state=\"exhausted\"}", n));
    CHECK(has("credits_charged_total", n));
    CHECK(has("unmatched_requests_total", n));
  };
  const auto live = [](ControlClient& client) {
    client.submit("jane", {{"callback_url", "http://127.0.0.1:1/"}});
    client.post({{"type", "work"}});
    client.send("GET", "/nowhere");
    client.settle();
  };
  live(first);
  first.order("reset");
  counted(1);
  live(first);
  counted(2);
  live(second);  // has replaced the first one
  CHECK(whole.list("teams", "teams").size() == 1);
  counted(3);
  whole.order("reset");
  counted(3);
}

TEST_CASE("a reset of the whole server clears the calls without a team, a reset of one team does not") {
  Mock mock;
  mock.whole.send("GET", "/v1/api/enrichment/credits");
  mock.client.order("reset");
  CHECK(mock.whole.list("requests", "requests").size() == 1);
  mock.whole.order("reset");
  CHECK(mock.whole.list("requests", "requests").empty());
}

TEST_CASE("a blank key is refused: it means neither a team nor the whole server") {
  Mock mock;
  const auto id = mock.client.submit("jane");
  for (const auto* blank : {"", " \t"})
    for (const auto& [method, path] : {std::pair{"POST", "reset"}, {"DELETE", "requests"}, {"GET", "requests"}}) {
      const auto answer = mock.whole.control(method, path, "", {{"x-api-key", blank}});
      check_refused(answer, 400, "the header x-api-key is blank");
    }
  CHECK(mock.client.poll(id).status == 200);
}

TEST_CASE("a body is refused if the call takes none, and the call has no effect") {
  Mock mock;
  const auto id = mock.client.submit("jane", {{"callback_url", "http://127.0.0.1:1/"}});
  mock.client.order("rules", {{"rule", {{"response", {{"status", 503}}}}}, {"times", 9}});
  const std::string team = mock.client.list("teams", "teams")[0]["id"];
  const std::string body = json{{"team", team}}.dump();
  check_refused(mock.whole.control("POST", "reset", body), 400, "the body has \"team\"");
  check_refused(mock.whole.control("DELETE", "requests", body), 400, "the body has \"team\"");
  check_refused(mock.client.control("DELETE", "rules", body), 400, "the body has \"team\"");
  check_refused(mock.client.control("POST", "callbacks/" + id + "-1/redeliver", R"({"times":3})"), 400, "\"times\"");
  CHECK(mock.client.poll(id).status == 200);
  CHECK(mock.client.list("requests", "requests").size() == 2);
  CHECK(mock.client.control("DELETE", "rules", "{}").body() == json{{"deleted", 1}});
}

TEST_CASE("unknown calls, methods and parameters are refused in the same form") {
  Mock mock;
  struct Case {
    const char *method, *path;
    int status;
    const char* said;
  };
  for (const auto& [method, path, status, said] :
       {Case{"GET", "nothing", 404, "Cannot GET /__admin/nothing"},
        {"POST", "setle", 404, "did you mean /__admin/settle?"},
        {"GET", "settle/x", 404, "Cannot GET /__admin/settle/x"},
        {"GET", "teams/", 404, "did you mean /__admin/teams?"},
        {"GET", "enrichment/507f1f77bcf86cd799439011", 404,
         "did you mean /__admin/enrichments/507f1f77bcf86cd799439011?"},
        {"GET", "callbacks/1-1/", 404, "did you mean /__admin/callbacks/1-1?"},
        {"POST", "callback/1-1/redelivr", 404, "did you mean /__admin/callbacks/1-1/redeliver?"},
        {"DELETE", "teams", 405, "allowed: GET, HEAD"},
        {"PATCH", "credits", 405, "allowed: GET, HEAD, PUT"},
        {"GET", "teams?limit=1", 400, "unknown parameter \"limit\""},
        {"POST", "reset?tema=1", 400, "did you mean \"team\"?"},
        {"GET", "snapshot?team=%ff", 404, "There is no team"}}) {
    const auto& this_path = path;
    CAPTURE(this_path);
    check_refused(mock.client.control(method, path), status, said);
  }
  CHECK(mock.client.control("PATCH", "credits").header("Allow") == "GET, HEAD, PUT");
  check_refused(mock.client.control("PUT", "credits", std::string(1024 * 1024 + 1, ' ')), 413, "1 MB");
}

TEST_CASE("a misspelt key is 401 in the control API, too") {
  Mock mock;
  check_refused(ControlClient(mock.emulator.url(), "happy-pth.t").get("credits"), 401, "did you mean \"happy-path\"?");
}
