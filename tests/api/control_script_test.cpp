// GET scenarios, GET scenario, PUT scenario, POST rules, DELETE rules.
#include <algorithm>
#include <doctest/doctest.h>

#include "support/mock.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

int submit(ControlClient& client, const std::string& username = "jane") {
  return client.post({{"linkedin_url", "https://linkedin.com/in/" + username}, {"type", "work"}}).status;
}

json rule(int status, const json& more = json::object()) {
  json made{{"name", "by hand"}, {"response", {{"status", status}}}};
  made.update(more);
  return made;
}

}  // namespace

TEST_CASE("the loaded scenarios are listed with their descriptions; one is the default") {
  Mock mock;
  const auto all = mock.client.list("scenarios", "scenarios");
  CHECK(std::ranges::count_if(all, [](const json& each) { return each["default"] == true; }) == 1);
  for (const auto& each : all) CHECK_FALSE(each["description"].get<std::string>().empty());
}

TEST_CASE("a loaded scenario and the running one are shown as they were written") {
  const std::string text = "// mine\n{ \"name\": \"mine\", \"credits\": 3 }\n";
  Mock mock({.scenario_texts = {text}});
  const auto shown = mock.client.get("scenarios/mine").body();
  CHECK(shown == json{{"name", "mine"}, {"description", ""}, {"default", true}, {"text", text}});
  CHECK(mock.client.get("scenario").body()["text"] == text);
  const std::string other = "{\"name\":\"own\" /* of the team */}";
  CHECK(mock.client.control("PUT", "scenario", other).status == 200);
  CHECK(mock.client.get("scenario").body()["text"] == other);
  check_refused(mock.client.get("scenarios/nobody"), 404, "\"nobody\"");
}

TEST_CASE("keys are masked in a text that is shown, and the text may be sent back with its masks") {
  const std::string text = R"({"name":"s", // acme-ci-key-1 is for CI
 "teams":[{"name":"acme","api_keys":["acme-ci-key-1", "k2"]},
          {"name":"other","api_keys":["other-key-3"], "credits": 3}],
 "unknown_keys": "reject", "description": "old"})";
  Emulator emulator({.scenario_texts = {text}});
  ControlClient acme(emulator.url(), "acme-ci-key-1"), whole(emulator.url(), "");
  const auto shown = whole.get("scenarios/s").body()["text"].get<std::string>();
  CHECK(acme.get("scenario").body()["text"] == shown);
  CHECK(acme.get("snapshot").body()["teams"][0]["scenario"]["text"] == shown);
  for (const auto* key : {"acme-ci-key-1", "\"k2\"", "other-key-3"}) CHECK(shown.find(key) == shown.npos);
  CHECK(shown.find(R"("credits": 3}])") != shown.npos);

  auto edited = shown;
  edited.replace(edited.find("old"), 3, "new");
  CHECK(whole.control("PUT", "scenario", edited).status == 200);
  CHECK(whole.get("scenarios/s").body()["description"] == "new");
  for (const auto* key : {"acme-ci-key-1", "k2", "other-key-3"})
    CHECK(ControlClient(emulator.url(), key).get("scenario").body()["description"] == "new");
  CHECK(acme.control("PUT", "scenario", edited).status == 200);
  CHECK(acme.get("scenario").body()["text"] == edited);
}

TEST_CASE("problems with the bytes of a scenario are reported about the body") {
  Mock mock;
  check_refused(mock.client.control("PUT", "scenario", "\xEF\xBB\xBF{\"name\":\"s\"}"), 400,
                "the body begins with a byte order mark");
  check_refused(mock.client.control("PUT", "scenario", "{\"name\":\"s\""), 400, "the body ends");
}

TEST_CASE("the running scenario is shown with how often each rule was followed") {
  Mock mock({.scenario_texts = {R"({"name":"s","seed":7,"rules":[
      {"name":"twice","match":{"username":"jane"},"steps":[{"response":{"status":503}},{"response":{"status":500}}]},
      {"name":"never","match":{"username":"joe"},"response":{"status":500}}]})"}});
  submit(mock.client);
  const auto shown = mock.client.get("scenario").body();
  CHECK(shown["name"] == "s");
  CHECK(shown["seed"] == 7);
  REQUIRE(shown["rules"].size() == 2);
  CHECK(shown["rules"][0]["followed"] == 1);
  CHECK(shown["rules"][0]["next_step"] == 1);
  CHECK(shown["rules"][1]["followed"] == 0);
}

TEST_CASE("PUT scenario with a key changes that team alone, until its reset; balance and enrichments stay") {
  Mock mock;
  const auto accepted = mock.client.submit("jane");
  CHECK(mock.client.put("scenario", {{"name", "own"}, {"credits", 7}, {"lookup", {{"outcome", "failed"}}}}).body() ==
        json{{"name", "own"}});
  const auto failing = mock.client.submit("jane");
  mock.client.settle();
  CHECK(mock.client.poll(accepted).body()["status"] == "completed");
  CHECK(mock.client.poll(failing).body()["status"] == "failed");
  CHECK(mock.client.credits() == 249);
  CHECK(mock.client.poll(failing).header("X-Mock-Scenario") == "own");
  CHECK(mock.other.get("scenario").body()["name"] == "default");
  mock.client.order("reset");
  CHECK(mock.client.get("scenario").body()["name"] == "default");
}

TEST_CASE("PUT scenario without a key replaces the loaded one of that name and reaches all its teams") {
  Mock mock;
  ControlClient happy(mock.emulator.url(), "happy-path.t");
  submit(mock.client);
  CHECK(happy.credits() == 250);
  CHECK(mock.whole.put("scenario", {{"name", "default"}, {"lookup", {{"outcome", "not-found"}}}}).status == 200);
  const auto id = mock.client.submit("jane");
  mock.client.settle();
  CHECK(mock.client.poll(id).body()["status"] == "not-found");
  const auto found = happy.submit("jane");
  happy.settle();
  CHECK(happy.poll(found).body()["status"] == "completed");
}

TEST_CASE("PUT scenario without a key reaches teams whose keys named that scenario before it was loaded") {
  Mock mock;
  ControlClient early(mock.emulator.url(), "fresh.1");
  CHECK(early.get("scenario").body()["name"] == "default");
  CHECK(mock.whole.put("scenario", {{"name", "fresh"}, {"lookup", {{"outcome", "failed"}}}}).status == 200);
  CHECK(early.get("scenario").body()["name"] == "fresh");
  early.order("reset");
  CHECK(early.get("scenario").body()["name"] == "fresh");
}

TEST_CASE("a scenario with problems is refused, each with its position, and the old one stays") {
  Mock mock;
  for (const auto* key : {"k", ""}) {
    ControlClient client(mock.emulator.url(), key);
    const auto refused = client.put("scenario", {{"name", "s"}, {"credit", 3}, {"seed", "x"}});
    check_refused(refused, 400, "did you mean \"credits\"?");
    CHECK(refused.body()["problems"].size() == 2);
    CHECK(refused.body()["problems"][0]["pointer"].is_string());
  }
  check_refused(mock.client.control("PUT", "scenario", "{\n\"name\": }"), 400, "expected");
  CHECK(mock.client.get("scenario").body()["name"] == "default");
}

TEST_CASE("POST rules puts a rule first for a number of calls") {
  Mock mock;
  CHECK(mock.client.order("rules", {{"rule", rule(503)}, {"times", 2}}).status == 201);
  CHECK(submit(mock.client) == 503);
  CHECK(mock.client.get("scenario").body()["extra_rules"][0]["left"] == 1);
  CHECK(submit(mock.client) == 503);
  CHECK(submit(mock.client) == 201);
}

TEST_CASE("an extra rule is for one call by default, and only for calls that it matches") {
  Mock mock;
  mock.client.order("rules", {{"rule", rule(503, {{"match", {{"username", "unlucky"}}}})}});
  CHECK(submit(mock.client, "jane") == 201);
  CHECK(submit(mock.client, "unlucky") == 503);
  CHECK(submit(mock.client, "unlucky") == 201);
}

TEST_CASE("extra rules reach polls and credits, too, and the journal names them") {
  Mock mock;
  const auto id = mock.client.submit("jane");
  mock.client.order("rules", {{"rule", rule(503, {{"on", "poll"}})}});
  mock.client.order("rules", {{"rule", rule(500, {{"on", "credits"}})}});
  CHECK(mock.client.poll(id).status == 503);
  CHECK(mock.client.poll(id).status == 200);
  CHECK(mock.client.send("GET", "/v1/api/enrichment/credits").status == 500);
  CHECK(mock.client.list("requests?status=503", "requests").at(0)["rule"] == "by hand");
}

TEST_CASE("DELETE rules removes the extra rules; another team never had them") {
  Mock mock;
  mock.client.order("rules", {{"rule", rule(503)}, {"times", 9}});
  CHECK(submit(mock.other) == 201);
  CHECK(mock.client.control("DELETE", "rules").body() == json{{"deleted", 1}});
  CHECK(submit(mock.client) == 201);
}

TEST_CASE("bad rules are refused, the message names them, and no rule is added") {
  Mock mock;
  struct Case {
    json body;
    const char* said;
  };
  for (const auto& [body, said] : {Case{json::object(), "rule"},
                                   {{{"rule", 7}}, "/rule"},
                                   {{{"rule", {{"respons", {{"status", 503}}}}}}, "did you mean \"response\"?"},
                                   {{{"rule", rule(99)}}, "/rule/response/status"},
                                   {{{"rule", rule(503)}, {"times", 0}}, "/times"},
                                   {{{"rule", rule(503)}, {"time", 1}}, "did you mean \"times\"?"}}) {
    const auto& this_body = body;
    CAPTURE(this_body);
    check_refused(mock.client.order("rules", body), 400, said);
  }
  CHECK(submit(mock.client) == 201);
  check_refused(mock.whole.order("rules", {{"rule", rule(503)}}), 400, "x-api-key");
}
