// The library as a client team's C++ tests use it: in process, on a manual clock, without one sleep.
#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <thread>

#include "enrichment_mock/emulator.h"
#include "support/api_client.h"
#include "support/process.h"
#include "support/receiver.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

TEST_CASE("advance moves the clock, processes what is due, and returns after every callback is delivered") {
  Receiver receiver(answers(200));
  Emulator emulator({.manual_clock = true});
  ApiClient api(emulator.url(), "test-1");
  const auto id = api.submit("janedoe", {{"callback_url", receiver.url("/hook")}, {"external_id", "lead-1"}});
  auto team = emulator.team("test-1");
  CHECK(team.advance(400ms).size() == 1);
  CHECK(api.poll(id).body()["status"] == "processing");
  CHECK(receiver.requests().empty());
  CHECK(team.credits() == 250);

  const auto start = team.now();
  const auto fired = team.advance(1s);
  REQUIRE(fired.size() == 2);
  CHECK(fired[0].kind == FiredKind::transition);
  CHECK(fired[0].detail == "completed");
  CHECK(fired[0].at == start + 100ms);
  CHECK(fired[1].kind == FiredKind::callback);
  CHECK(fired[1].detail == "200");
  CHECK(fired[1].enrichment_id == id);
  CHECK(team.now() == start + 1s);
  CHECK(team.credits() == 249);

  REQUIRE(receiver.requests().size() == 1);
  const auto callback = json::parse(receiver.requests()[0].body);
  CHECK(callback == json{{"request_id", id},
                         {"status", "completed"},
                         {"enrichment_type", "work_email"},
                         {"email", {{"email", "janedoe@example.com"}, {"type", "work"}}},
                         {"linkedin_url", "https://www.linkedin.com/in/janedoe"},
                         {"external_id", "lead-1"}});
}

TEST_CASE("a clock that would pass the year 2999 is not moved") {
  Emulator emulator({.scenario_texts = {R"({"name":"s","clock":{"mode":"manual","now":"2999-12-31T23:59:59Z"}})"}});
  auto team = emulator.team("test-1");
  const auto before = team.now();
  CHECK_THROWS_AS(team.advance(1s), TimeRangeError);
  CHECK(team.now() == before);
  CHECK(team.advance(999ms).empty());
}

TEST_CASE("settle makes all attempts of a flaky callback; attempts and gaps can be inspected") {
  Receiver receiver(answers(200));
  Emulator emulator({.manual_clock = true});
  ApiClient(emulator.url(), "flaky-callback.t").submit("janedoe", {{"callback_url", receiver.url("/hook")}});
  auto team = emulator.team("flaky-callback.t");
  const auto settled = team.settle();
  CHECK(settled.complete);
  CHECK(settled.open.empty());
  const auto callbacks = team.callbacks();
  REQUIRE(callbacks.size() == 1);
  CHECK(callbacks[0].state == CallbackState::delivered);
  REQUIRE(callbacks[0].attempts.size() == 3);
  CHECK(callbacks[0].attempts[0].status == 0);
  CHECK(callbacks[0].attempts[1].at - callbacks[0].attempts[0].at == 1s);
  CHECK(callbacks[0].attempts[2].at - callbacks[0].attempts[1].at == 2s);
  CHECK(callbacks[0].attempts[2].status == 200);
  CHECK(receiver.requests().size() == 1);
}

TEST_CASE("a dead receiver exhausts three attempts, and polling still works") {
  Emulator emulator({.manual_clock = true});
  ApiClient api(emulator.url(), "test-1");
  const auto id = api.submit("janedoe", {{"callback_url", "http://127.0.0.1:1/hook"}});
  auto team = emulator.team("test-1");
  CHECK(team.settle().complete);
  const auto callbacks = team.callbacks();
  CHECK(callbacks.at(0).state == CallbackState::exhausted);
  REQUIRE(callbacks.at(0).attempts.size() == 3);
  CHECK(callbacks.at(0).attempts[2].error == "connection refused");
  CHECK(api.poll(id).body()["status"] == "completed");
}

TEST_CASE("a receiver that calls back into the mock from inside its handler does not deadlock it") {
  Emulator emulator({.manual_clock = true});
  std::string seen;
  Receiver receiver([&](Peer& peer) {
    const auto request = peer.read_request();
    ApiClient api(emulator.url(), "test-1");
    seen = api.poll(json::parse(request->body)["request_id"]).body()["status"];
    api.submit("from-inside");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  ApiClient(emulator.url(), "test-1").submit("janedoe", {{"callback_url", receiver.url("/hook")}});
  CHECK(emulator.team("test-1").settle().complete);
  CHECK(seen == "completed");
  CHECK(emulator.team("test-1").enrichments().size() == 2);
}

TEST_CASE("inspection shows enrichments with their history, and the ledger") {
  Emulator emulator({.manual_clock = true, .credits = 1});
  ApiClient api(emulator.url(), "test-1");
  const auto first = api.submit("jane", {{"external_id", "a"}}), second = api.submit("john");
  auto team = emulator.team("test-1");
  team.settle();
  const auto enrichments = team.enrichments();
  REQUIRE(enrichments.size() == 2);
  CHECK(enrichments[0].id == first);
  CHECK(enrichments[0].status == Status::completed);
  CHECK(enrichments[0].charged);
  CHECK(enrichments[0].email == "jane@example.com");
  CHECK(enrichments[0].history.size() == 3);
  CHECK(enrichments[1].status == Status::failed);
  CHECK_FALSE(enrichments[1].charged);
  const auto ledger = team.ledger();
  REQUIRE(ledger.size() == 2);
  CHECK(ledger[0].kind == MovementKind::opening);
  CHECK(ledger[1].amount == -1);
  CHECK(ledger[1].balance == 0);
  CHECK(ledger[1].enrichment_id == first);
}

TEST_CASE("several emulators in one process are independent") {
  Emulator one({.manual_clock = true}), two({.manual_clock = true});
  CHECK(one.port() != two.port());
  const auto id = ApiClient(one.url(), "k").submit("janedoe");
  CHECK(ApiClient(two.url(), "k").poll(id).status == 404);
}

TEST_CASE("a state file belongs to one emulator: others are refused, in this process and in another one") {
  const TemporaryDirectory directory;
  const auto path = directory.path("state"), link = directory.path("link");
  std::filesystem::create_symlink(path, link);
  Emulator first({.state_file = path});
  const auto refusal = [](const std::string& file) {
    try {
      const Emulator second({.state_file = file});
    } catch (const StartError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  for (const auto& name : {path, link}) CHECK(refusal(name).find("is in use by this process") != std::string::npos);
  const auto other = run({"--port", "0", "--state", path});
  CHECK(other.status == 1);
  CHECK_MESSAGE(other.errors.find("is in use by another process") != std::string::npos, other.errors);
  ApiClient(first.url(), "k").submit("janedoe");
}

TEST_CASE("the same seed makes the same ids, in any emulator") {
  Emulator one({.seed = 7}), two({.seed = 7}), other({.seed = 8});
  const auto id = ApiClient(one.url(), "k").submit("janedoe");
  CHECK(ApiClient(two.url(), "k").submit("john") == id);
  CHECK(ApiClient(other.url(), "k").submit("john") != id);
}

TEST_CASE("scenario texts and files join the shipped ones; the first is the default") {
  TemporaryDirectory directory;
  const auto file = directory.write("mine.json", R"({"name":"mine","credits":7,"errors":{"404":{"oops":true}}})");
  Emulator emulator({.scenario_files = {file}, .scenario_texts = {R"({"name":"other","credits":9})"}});
  CHECK(emulator.default_scenario() == "mine");
  ApiClient api(emulator.url(), "k");
  CHECK(api.credits() == 7);
  CHECK(api.poll("x").body() == json{{"oops", true}});
  CHECK(ApiClient(emulator.url(), "other.k").credits() == 9);

  const auto scenarios = emulator.scenarios();
  const auto named = [&](const std::string& name) { return *std::ranges::find(scenarios, name, &ScenarioInfo::name); };
  CHECK(named("mine").is_default);
  CHECK(named("mine").accepts_any_key);
  CHECK_FALSE(named("closed-teams").accepts_any_key);
  CHECK(named("closed-teams").api_keys ==
        std::vector<std::string>{"closed-teams-acme", "closed-teams-acme-staging", "closed-teams-globex"});
  CHECK(named("rate-limited").has_schedule);
  CHECK(named("outage-window").has_schedule);
  CHECK_FALSE(named("stuck").has_schedule);
}

TEST_CASE("a broken scenario, a used port and invalid options are errors with a message") {
  try {
    Emulator emulator({.scenario_texts = {R"({"name":"x","crdits":1})"}});
    FAIL("it started");
  } catch (const ScenarioError& error) {
    CHECK(std::string(error.what()).find("did you mean \"credits\"") != std::string::npos);
  }
  Emulator first;
  CHECK_THROWS_AS(Emulator({.port = first.port()}), AddressError);
  CHECK_THROWS_AS(Emulator({.admin_hosts = {"http://mock"}}), StartError);
  CHECK_THROWS_AS(Emulator({.callback_allow = {"10.0.0.0/99"}}), StartError);
  CHECK_THROWS_AS(Emulator({.default_scenario = "nosuch"}), ScenarioError);
  CHECK_THROWS_AS(first.team(" "), ArgumentError);
  CHECK_THROWS_AS(first.team("flaky-calback.x"), ArgumentError);
  CHECK_THROWS_AS(first.team("k").advance(1s), ConflictError);
}

TEST_CASE("two files of one name are an error that names both, the same file twice is not") {
  const TemporaryDirectory first, second;
  const auto one = first.write("one.json", R"({"name":"one"})"), other = second.write("one.json", R"({"name":"one"})");
  try {
    Emulator emulator({.scenario_files = {one, other}});
    FAIL("it started");
  } catch (const ScenarioError& error) {
    CHECK(error.what() ==
          other + ": /name: the scenario \"one\" is also in " + one + "; expected one file for each name");
  }
  CHECK(Emulator({.scenario_files = {one, one}}).default_scenario() == "one");
}

TEST_CASE("stop ends blocked calls, does not wait for receivers, and can be repeated") {
  Receiver receiver(hangs());
  Emulator emulator({.manual_clock = true});
  ApiClient(emulator.url(), "k").submit("janedoe", {{"callback_url", receiver.url("/hook")}});
  auto team = emulator.team("k");
  std::thread advance([&] { CHECK_THROWS_AS(team.advance(1h), ConflictError); });
  CHECK(receiver.wait_for_requests(1));
  emulator.stop();
  advance.join();
  emulator.stop();
}

TEST_CASE("on_request is called for every request, with the key masked") {
  std::mutex mutex;
  std::vector<std::string> lines;
  Emulator emulator({.on_request = [&](const RequestLine& line) {
    const std::lock_guard lock(mutex);
    lines.push_back(std::string(line.method) + " " + std::string(line.path) + " " + std::to_string(line.status) + " " +
                    std::string(line.team));
  }});
  ApiClient api(emulator.url(), "secret-api-key-of-acme");
  api.credits();
  api.poll("x");
  emulator.stop();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with("GET /v1/api/enrichment/credits 200 secr***#"));
  CHECK(lines[1].starts_with("GET /v1/api/enrichment/email/x 404 secr***#"));
}
