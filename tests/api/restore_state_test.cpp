// Teams that continue with a snapshot, and what is around them: the state file, files that are no snapshots, keys.
#include <doctest/doctest.h>
#include <string>

#include "support/mock.h"
#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

const std::string kTeamRule = R"({"name": "s", "teams": [{"name": "acme", "api_keys": ["acme-key"]}], "rules": [
  {"name": "r", "match": {"team": "acme", "username": "stop*"}, "steps": [{"response": {"status": 418}}]}]})";

Options options_with(const std::string& state) { return {.scenario_texts = {kTeamRule}, .state_file = state}; }

}  // namespace

TEST_CASE("after a restart a team still has the options and the team name of the snapshot with which it continues") {
  const TemporaryDirectory directory;
  const auto file = directory.path() + "/state";
  Emulator first({.scenario_texts = {kTeamRule}, .manual_clock = true, .seed = 5, .credits = 7});
  ControlClient original(first.url(), "acme-key");
  original.submit("ada");
  const auto text = original.get("snapshot").text;
  {
    Emulator second(options_with(file));
    REQUIRE(ControlClient(second.url(), "k").control("PUT", "snapshot", text).status == 200);
  }
  auto other = options_with(file);
  other.seed = 6;
  other.credits = 9;
  Emulator third(other);
  ControlClient client(third.url(), "k");
  const auto scenario = client.get("snapshot").body()["teams"][0]["scenario"];
  CHECK(scenario["seed"] == 5);
  CHECK(scenario["credits_option"] == 7);
  CHECK(client.submit("grace") == original.submit("grace"));
  CHECK(client.post({{"linkedin_url", "https://www.linkedin.com/in/stop"}, {"type", "work"}}).status == 418);
  const auto calls = client.get("requests").body()["requests"];
  REQUIRE(calls.size() == 2);
  CHECK(calls[0]["nearest_rule"]["differs"].size() == 1);  // only in the username
  client.control("POST", "reset");
  CHECK(client.post({{"linkedin_url", "https://www.linkedin.com/in/stop"}, {"type", "work"}}).status == 201);
  CHECK(client.get("snapshot").body()["teams"][0]["scenario"]["seed"] == 6);
}

TEST_CASE("no team is opened for a snapshot that cannot be restored") {
  Emulator first({.manual_clock = true});
  for (const auto* key : {"a", "b"}) ControlClient(first.url(), key).submit("ada");
  const auto good = json::parse(first.snapshot());
  auto bad_team = good, bad_id = good;
  bad_team["teams"][1]["state"] = 7;
  bad_id["teams"][1]["id"] = "\x1b[1m";
  const std::string closed = R"({"name": "closed", "unknown_keys": "reject"})";
  struct Case {
    Options options;
    json snapshot;
    std::string said;
  };
  for (const auto& [options, snapshot, said] :
       {Case{{}, bad_team, "/teams/1/state: found 7"}, Case{{}, bad_id, "expected 16 hex digits"},
        Case{{.scenario_texts = {closed}},
             good,
             "the scenario \"closed\" refuses the API key \"restored-" + good["teams"][0]["id"].get<std::string>() +
                 "\" (Invalid API key); list this key in a team of a scenario"}}) {
    CAPTURE(said);
    Emulator second(options);
    std::string message;
    try {
      second.restore(snapshot.dump());
    } catch (const SnapshotError& error) {
      message = error.what();
    }
    CHECK_MESSAGE(message.find(said) != std::string::npos, message);
    CHECK(second.teams().empty());
  }
}

TEST_CASE("program: serve --restore reads no more of a file without an end than a snapshot may have") {
  const auto ended = Process({.args = {"--port", "0", "--restore", "/dev/zero"}}).wait();
  CHECK(ended.status == 2);
  CHECK_MESSAGE(ended.errors.find("larger than 512 MB") != std::string::npos, ended.errors);
}
