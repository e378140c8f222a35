// API keys are masked wherever the control API and the log show texts of clients or scenarios.
#include <doctest/doctest.h>
#include <map>
#include <mutex>

#include "base/mask.h"
#include "support/mock.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

const std::string kSecret = "sk_live_4242ABCDEFGH";

json sent_with(const std::string& key) {
  return {{"external_id", "lead of " + key}, {"callback_url", "http://127.0.0.1:1/cb?api_key=" + key}};
}

// Every text that shows the team of a key.
void check_masked(ControlClient& client, const std::string& key) {
  for (const auto* path :
       {"snapshot", "requests", "enrichments", "callbacks", "enrichments?last=9", "callbacks?last=9", "scenario"}) {
    const auto answer = client.get(path);
    CAPTURE(path);
    CHECK(answer.status == 200);
    CHECK(answer.text.find(key) == answer.text.npos);
  }
  CHECK(client.get("snapshot").text.find(base::mask_key(key)) != std::string::npos);
}

json listed(const std::string& name, const std::vector<std::string>& keys, const json& more = json::object()) {
  json scenario{{"name", name}, {"teams", {{{"name", "acme"}, {"api_keys", keys}}}}};
  scenario.update(more);
  return scenario;
}

}  // namespace

TEST_CASE("a key that its team sent is masked, whether or not the journal still has a call with it") {
  Mock mock({.manual_clock = true}, kSecret);
  const auto id = mock.client.submit(kSecret, sent_with(kSecret));
  mock.client.settle();
  check_masked(mock.client, kSecret);
  CHECK(mock.client.control("DELETE", "requests").status == 200);
  check_masked(mock.client, kSecret);
  for (const auto& path : {"enrichments/" + id, "callbacks/" + id + "-1"})
    CHECK(mock.client.get(path).text.find(kSecret) == std::string::npos);
  // The email has the username in lower case.
  CHECK(mock.client.get("snapshot").text.find("sk_live_4242abcdefgh") == std::string::npos);
  // Filters compare with the text that was sent.
  CHECK(mock.client.list("enrichments?external_id=lead%20of%20" + kSecret, "enrichments").size() == 1);
}

TEST_CASE("a key is masked even without a journal") {
  Mock mock({.manual_clock = true, .journal_size = 0}, kSecret);
  mock.client.submit("jane", sent_with(kSecret));
  mock.client.settle();
  check_masked(mock.client, kSecret);
}

TEST_CASE("neither the warning about a callback's target nor the attempt's error shows a key") {
  std::mutex mutex;
  std::string warned;
  const auto listen = [&](std::string_view text) {
    const std::lock_guard lock(mutex);
    warned += text;
  };
  Mock mock({.manual_clock = true, .callback_allow = {"192.0.2.1"}, .on_warning = listen}, kSecret);
  mock.client.submit("jane", sent_with(kSecret));
  mock.client.settle();
  ControlClient hosted(mock.emulator.url(), "127.0.0.1");  // the key is also the receiver's host
  hosted.submit("joe", {{"callback_url", "http://127.0.0.1:1/"}});
  hosted.settle();
  CHECK(hosted.list("callbacks", "callbacks")[0]["attempts"][0]["error"] ==
        "callback target " + base::mask_key("127.0.0.1") + " is not allowed (see --callback-allow)");
  mock.emulator.stop();
  CHECK(warned.find("http://127.0.0.1:1/cb?api_key=sk_l***#") != warned.npos);
  CHECK(warned.find(kSecret) == warned.npos);
}

TEST_CASE("the log of requests shows no key in path or method, also none that a scenario lists") {
  std::mutex mutex;
  std::string lines;
  const auto listen = [&](const RequestLine& line) {
    const std::lock_guard lock(mutex);
    lines += std::string(line.method) + ' ' + std::string(line.path) + '\n';
  };
  const auto text = listed("s", {"listed-key-of-acme-7"}).dump();
  Mock mock({.scenario_texts = {text}, .on_request = listen}, kSecret);
  mock.client.send("GET", "/v1/" + kSecret + "/x");
  mock.client.send("GET", "/v1/listed%2Dkey-of-acme-7");
  mock.whole.send("GET", "/v1/listed-key-of-acme-7");
  mock.emulator.stop();
  CHECK(lines.find("GET /v1/sk_l***#") != lines.npos);
  CHECK(lines.find("of-acme-7") == lines.npos);
  CHECK(lines.find(kSecret) == lines.npos);
}

TEST_CASE("masking a key that looks like JSON changes only the strings that contain it") {
  for (const std::string key :
       {R"(","enrichment_id":")", R"(","status":"completed")", R"([]},{"_id":")", R"("status":"pending"})",
        R"("history":[{"at":"20)", R"(\",\")", R"({"balance":250})"}) {
    CAPTURE(key);
    Mock mock({.manual_clock = true}, key);
    mock.client.submit("jane", {{"external_id", "lead of " + key}, {"callback_url", "http://127.0.0.1:1/x"}});
    mock.client.credits();
    mock.client.settle();
    for (const auto* path : {"snapshot", "requests", "callbacks", "enrichments", "teams"}) {
      CAPTURE(path);
      const auto answer = mock.whole.get(path);
      CHECK(answer.status == 200);
      CHECK_NOTHROW(answer.body());
    }
    const auto team = mock.whole.get("snapshot").body()["teams"][0];
    CHECK(team["enrichments"][0]["status"] == "completed");
    CHECK(team["enrichments"][0]["external_id"] == "lead of " + base::mask_key(key));
    CHECK(team["requests"][1]["answer"] == json{{"balance", 250}});
  }
}

TEST_CASE("in a body with a key everything else is shown byte for byte") {
  Mock mock({.manual_clock = true}, kSecret);
  const auto mask = base::mask_key(kSecret);
  mock.client.send("POST", "/v1/api/enrichment/email",
                   "{ \"a\" : 1.10,\"b\":[ 1e3, \"\\u0041\" ], \"" + kSecret + "\": 1, \"c\":\"x " + kSecret + "\" }",
                   {{"Content-Type", "application/json"}});
  CHECK(mock.client.get("requests")
            .text.find("{ \"a\" : 1.10,\"b\":[ 1e3, \"\\u0041\" ], \"" + mask + "\": 1, \"c\":\"x " + mask + "\" }") !=
        std::string::npos);
  // With both names masked the object would have a duplicate key, which JSON readers understand differently.
  mock.client.send("POST", "/v1/api/enrichment/email", "{\"" + kSecret + "\":1,\"" + mask + "\":2}",
                   {{"Content-Type", "application/json"}});
  CHECK(mock.client.list("requests", "requests")[1]["body"] == "{\"" + mask + "\":1,\"" + mask + "\":2}");
  mock.client.send("POST", "/v1/api/enrichment/email", "no JSON: " + kSecret, {{"Content-Type", "application/json"}});
  CHECK(mock.client.list("requests", "requests")[2]["body"] == "no JSON: " + mask);
}

TEST_CASE("a key that is the name of a scenario is not masked") {
  Mock mock({.manual_clock = true}, "happy-path");
  mock.client.submit("happy-path");
  CHECK(mock.client.list("enrichments", "enrichments")[0]["linkedin_url"] == "https://www.linkedin.com/in/happy-path");
}

TEST_CASE("listed keys are masked in descriptions, in names of rules and teams, and in verdicts") {
  const std::string key = "listed-key-of-acme-7", mask = base::mask_key(key);
  json scenario = listed("s", {key}, {{"description", "for " + key}, {"rules", {{{"name", "of " + key}}}}});
  scenario["rules"][0]["response"] = {{"status", 503}};
  scenario["teams"][0]["name"] = "team " + key;
  Mock mock({.scenario_texts = {scenario.dump()}, .manual_clock = true}, key);
  mock.client.post({{"linkedin_url", "https://linkedin.com/in/jane"}, {"type", "work"}});
  const auto verdict = mock.client.verify({{"requests", {{"body", {{"external_id", key}}}}}});
  CHECK(verdict.status == 422);
  for (const auto& text : {mock.whole.get("scenarios").text, mock.whole.get("scenarios/s").text,
                           mock.client.get("scenario").text, mock.client.get("requests").text,
                           mock.whole.get("teams").text, mock.whole.get("snapshot").text, verdict.text}) {
    CAPTURE(text);
    CHECK(text.find(key) == text.npos);
    CHECK(text.find(mask) != text.npos);
  }
  CHECK(mock.client.get("scenario").body()["rules"][0]["name"] == "of " + mask);
  CHECK(mock.client.list("requests", "requests")[0]["rule"] == "of " + mask);
}

TEST_CASE("a mask in PUT scenario means its key only under api_keys of the scenario of the same name") {
  const std::string key = "prod-key-7d1e9c02b4", mask = base::mask_key(key);
  Mock mock({.scenario_texts = {listed("closed-x", {key}, {{"unknown_keys", "reject"}}).dump()},
             .default_scenario = "default"});
  struct Case {
    json scenario;
    std::string pointer;
  };
  const json own = listed("closed-x", {mask});
  auto with_rule = own, with_team = own;
  with_rule["rules"].push_back({{"name", "of " + mask}, {"response", {{"status", 503}}}});
  with_team["teams"][0]["name"] = mask;
  for (const auto& [scenario, pointer] :
       {Case{{{"name", "x"}, {"description", mask}}, "/description"},
        {listed("closed-x", {mask}, {{"description", "it is " + mask + "."}}), "/description"},
        {with_rule, "/rules/0/name"},
        {with_team, "/teams/0/name"},
        {listed("closed-x", {mask}, {{"profiles", {{mask, json::object()}}}}), "/profiles"},
        {listed("closed-x", {"x" + mask}), "/teams/0/api_keys/0"},
        {listed("other", {mask}), "/teams/0/api_keys/0"}}) {
    const auto& this_pointer = pointer;
    CAPTURE(this_pointer);
    for (auto* client : {&mock.other, &mock.whole}) {
      const auto refused = client->put("scenario", scenario);
      check_refused(refused, 400, "a masked API key");
      CHECK(refused.body()["problems"][0]["pointer"] == pointer);
      CHECK(refused.text.find(key) == refused.text.npos);
    }
  }
  CHECK(mock.other.put("scenario", own).status == 200);
  CHECK(mock.other.get("scenario").body()["text"] == own.dump());
  CHECK(mock.whole.put("scenario", listed("closed-x", {mask, "another-key"})).status == 200);
  CHECK(ControlClient(mock.emulator.url(), key).get("scenario").body()["name"] == "closed-x");
}

TEST_CASE("a key that is listed with its own mask is listed twice, at the place of the text that was sent") {
  const std::string key = "prod-key-7d1e9c02b4", mask = base::mask_key(key);
  Mock mock({.scenario_texts = {listed("closed-x", {key}).dump()}, .default_scenario = "default"});
  const auto twice = mock.whole.put("scenario", listed("closed-x", {mask, key}));
  check_refused(twice, 400, "listed twice");
  CHECK(twice.body()["problems"][0]["pointer"] == "/teams/0/api_keys/1");
  const std::string text = R"({"name":"closed-x","teams":[{"name":"a","api_keys":[")" + mask + R"("]}],"credit":1})";
  const auto misspelt = mock.whole.control("PUT", "scenario", text);
  check_refused(misspelt, 400, "did you mean \"credits\"?");
  CHECK(misspelt.body()["problems"][0]["column"] == text.find("\"credit\"") + 1);
}

TEST_CASE("a mask that two keys share means neither of them") {
  std::map<std::string, std::string> keys;  // by mask
  std::string one, other;
  for (int i = 0; other.empty(); ++i) {
    one = "prod-key-" + std::to_string(i);
    const auto [known, added] = keys.try_emplace(base::mask_key(one), one);
    if (!added) other = known->second;
  }
  Mock mock({.scenario_texts = {listed("s", {one, other}).dump()}, .default_scenario = "default"});
  check_refused(mock.whole.put("scenario", listed("s", {base::mask_key(one)})), 400, "the mask of 2 API keys");
}
