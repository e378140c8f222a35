// "enrichments" of a scenario: they exist from the opening of a team, and again after a reset.
#include <doctest/doctest.h>
#include <string>

#include "enrichment_mock/emulator.h"
#include "support/mock.h"
#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

const std::string kId = "507f1f77bcf86cd799439011";

json enrichment(const std::string& username, json more = json::object()) {
  more.update({{"linkedin_url", "https://www.linkedin.com/in/" + username}, {"type", "work"}});
  return more;
}

const json kCharged{{"_id", kId}, {"status", "completed"}, {"email", "{first}@acme.example"}, {"charge", true}};

std::string script(json enrichments, json more = json::object()) {
  more.update({{"name", "s"}, {"enrichments", std::move(enrichments)}});
  return more.dump();
}

json statuses(ControlClient& client) {
  json statuses = json::array();
  for (const auto& each : client.list("enrichments", "enrichments")) statuses.push_back(each["status"]);
  return statuses;
}

}  // namespace

TEST_CASE("each team has the enrichments of its scenario from its first call, on its clock and its ledger") {
  Mock mock({.scenario_texts = {script({enrichment("jane-doe", kCharged), enrichment("john")},
                                       {{"clock", {{"mode", "manual"}, {"now", "2026-01-01T00:00:00Z"}}}})}});
  for (auto* client : {&mock.client, &mock.other}) {
    const auto poll = client->poll(kId);
    CHECK(poll.status == 200);
    CHECK(poll.body()["email"]["email"] == "jane@acme.example");
    CHECK(client->credits() == 249);
    const auto jane = client->get("enrichments/" + kId).body();
    CHECK(jane["history"][0]["at"] == "2026-01-01T00:00:00.000Z");
    CHECK(jane["charged"] == true);
    CHECK(jane["rule"].is_null());
    CHECK(client->get("ledger").body()["movements"][1]["enrichment_id"] == kId);
    CHECK(client->get("snapshot").body()["teams"][0]["enrichments"].size() == 2);
    CHECK(statuses(*client) == json{"completed", "pending"});
    client->advance("500ms");
    CHECK(statuses(*client) == json{"completed", "completed"});
    CHECK(client->credits() == 248);
    CHECK(client->verify({{"outcomes", {{"completed", 2}}}}).status == 200);
    check_refused(client->order("enrichments", enrichment("jim", {{"_id", kId}})), 409, "_id");
  }
}

TEST_CASE("a reset brings them back as they were; without one, another scenario neither adds nor removes any") {
  const auto text = script({enrichment("jane", kCharged), enrichment("john")}, {{"seed", 7}});
  Mock mock({.scenario_texts = {text}, .manual_clock = true});
  const auto before = mock.client.get("enrichments").body();
  mock.client.settle();
  mock.client.submit("jim");
  const auto other = script({enrichment("mary"), enrichment("jo"), enrichment("ann")});
  CHECK(mock.client.control("PUT", "scenario", other).status == 200);
  CHECK(statuses(mock.client).size() == 3);
  CHECK(mock.client.order("reset").status == 200);
  auto after = mock.client.get("enrichments").body();
  for (auto& each : after["enrichments"]) each["history"][0]["at"] = before["enrichments"][0]["history"][0]["at"];
  CHECK(after["enrichments"][1]["_id"] == before["enrichments"][1]["_id"]);
  CHECK(statuses(mock.client) == json{"completed", "pending"});
  CHECK(mock.client.credits() == 249);

  CHECK(mock.whole.control("PUT", "scenario", other).status == 200);
  CHECK(statuses(mock.client).size() == 2);
  CHECK(statuses(mock.other).size() == 3);
  CHECK(mock.client.order("reset").status == 200);
  CHECK(statuses(mock.client).size() == 3);
}

TEST_CASE("an open one sends its callback as usual") {
  Receiver receiver(answers(200));
  Mock mock({.scenario_texts = {script({enrichment("jane", {{"callback_url", receiver.url()}}),
                                        enrichment("john", {{"callback_url", receiver.url()}, {"status", "failed"}})})},
             .manual_clock = true});
  CHECK(mock.client.settle()["open"].empty());
  CHECK(receiver.requests().size() == 1);
}

TEST_CASE("more of them are charged than the options leave credits: the scenario is refused") {
  const auto text = script({enrichment("jane", kCharged)});
  const std::string said = R"(/enrichments: found 1 with "charge"; expected at most 0, the option "credits")";
  try {
    Emulator emulator({.scenario_texts = {text}, .credits = 0});
    FAIL("it has started");
  } catch (const ScenarioError& error) {
    CHECK(std::string(error.what()).find(said) != std::string::npos);
  }
  Mock mock({.credits = 0});
  const auto refused = mock.client.control("PUT", "scenario", text);
  check_refused(refused, 400, said);
  CHECK(refused.body()["problems"][0]["pointer"] == "/enrichments");
}

TEST_CASE("credentials in their callback_url are masked, and a masked text is refused") {
  const auto with_url = [](const std::string& url) { return script({enrichment("jane", {{"callback_url", url}})}); };
  Mock mock({.scenario_texts = {with_url("https://user:hunter2@app.example/hook")}});
  for (const auto* path : {"scenario", "scenarios/s", "snapshot", "enrichments"}) {
    CAPTURE(path);
    CHECK(mock.client.get(path).text.find("hunter2") == std::string::npos);
  }
  const auto shown = mock.client.get("scenario").body()["text"].get<std::string>();
  CHECK(shown == with_url("https://***@app.example/hook"));
  const auto refused = mock.client.control("PUT", "scenario", shown);
  check_refused(refused, 400, "expected the user and the password");
  CHECK(refused.body()["problems"][0]["pointer"] == "/enrichments/0/callback_url");
  const auto wrong = mock.client.control("PUT", "scenario", with_url("https://user:hunter2@app.example/a b"));
  check_refused(wrong, 400, "/enrichments/0/callback_url: expected an absolute http or https URI; it has");
  CHECK(wrong.text.find("hunter2") == std::string::npos);
}

TEST_CASE("POST enrichments refuses what a file may not have, with all problems and their places") {
  Mock mock;
  const json wrong{{"linkedin_url", "https://example.com/in/jane"}, {"type", "home"}, {"callback_url", "app"},
                   {"external_id", std::string(257, 'x')},          {"_id", "1"},     {"statsu", "completed"}};
  const auto refused = mock.client.order("enrichments", wrong);
  for (const auto* said :
       {"/linkedin_url: found", "/type: found \"home\"", "/callback_url: expected an absolute", "/external_id: found",
        "/_id: found \"1\"; expected 24 hex digits", "unknown key \"statsu\"; did you mean \"status\"?"})
    check_refused(refused, 400, said);
  const json nulls{{"callback_url", nullptr}, {"external_id", nullptr}};
  CHECK(mock.client.order("enrichments", enrichment("jane", nulls)).status == 201);
}

TEST_CASE("program: validate and serve know them; a reset brings them back") {
  const TemporaryDirectory directory;
  const auto file = directory.write("s.json", script({enrichment("jane", kCharged)}));
  CHECK(run({"validate", file}).output == file + ": valid\n");
  auto twice = enrichment("john");
  twice["_id"] = kId;
  const auto bad = directory.write("bad.json", R"({"name":"bad","enrichments":[)" +
                                                   enrichment("jane", kCharged).dump() + ",\n" + twice.dump() + "]}");
  const auto refused = run({"validate", bad});
  CHECK(refused.status == 2);
  CHECK(refused.errors == bad + ":2:8: /enrichments/1/_id: the file has an enrichment with this _id already\n");
  CHECK(run({"--scenario", file, "--port", "0", "--credits", "0"}).status == 2);

  RunningMock mock({"--scenario", file, "--clock", "manual"});
  ControlClient client(mock.url, "k");
  CHECK(client.poll(kId).body()["status"] == "completed");
  client.submit("john");
  CHECK(client.order("reset").status == 200);
  CHECK(client.poll(kId).body()["status"] == "completed");
  CHECK(statuses(client) == json{"completed"});
}
