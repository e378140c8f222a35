// How a team tests its C++ client of the enrichment API: the mock runs within the test program, and no test sleeps.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <enrichment_mock/emulator.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

using namespace enrichment_mock;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// The client under test: it retries once if the API is overloaded.
class Client {
 public:
  Client(const std::string& url, const std::string& api_key) : http_(url), headers_{{"x-api-key", api_key}} {}

  // The new enrichment's id; empty if the API refused the request.
  std::string request(const std::string& username, json lead = json::object()) {
    lead["linkedin_url"] = "https://www.linkedin.com/in/" + username;
    lead["type"] = "work";
    for (int attempt = 1;; ++attempt) {
      const auto response = http_.Post("/v1/api/enrichment/email", headers_, lead.dump(), "application/json");
      if (response->status == 201) return json::parse(response->body).at("_id");
      if (response->status != 503 || attempt == 2) return "";
    }
  }

  json poll(const std::string& id) { return json::parse(http_.Get("/v1/api/enrichment/email/" + id, headers_)->body); }

 private:
  httplib::Client http_;
  httplib::Headers headers_;
};

// A new emulator for the test. Its time stands still until the test moves it.
struct Mock {
  // The part of the key before the dot is the scenario that the team runs.
  explicit Mock(const std::string& api_key = "default.my-key")
      : client(emulator.url(), api_key), team(emulator.team(api_key)) {}

  Emulator emulator{{.manual_clock = true}};
  Client client;
  Team team;
};

void verify(const Team& team, const std::vector<Expectation>& expectations) {
  const auto result = team.verify(expectations);
  CHECK_MESSAGE(result.passed, to_text(result));
}

}  // namespace

TEST_CASE("a lead is found and costs one credit") {
  Mock mock;
  const auto id = mock.client.request("jane");
  CHECK(mock.team.settle().complete);
  CHECK(mock.client.poll(id)["email"]["email"] == "jane@example.com");
  verify(mock.team, {ExpectOutcomes{.completed = 1}, ExpectCredits{.balance = 249, .charged = 1}});
}

TEST_CASE("a lookup takes its time: pending, processing, completed") {
  Mock mock;
  const auto id = mock.client.request("jane");
  CHECK(mock.client.poll(id)["status"] == "pending");
  mock.team.advance(100ms);
  CHECK(mock.client.poll(id)["status"] == "processing");
  mock.team.advance(400ms);
  CHECK(mock.client.poll(id)["status"] == "completed");
}

TEST_CASE("a username decides what happens, as a test card number does") {
  Mock mock;
  const auto id = mock.client.request("not-found-1");
  mock.team.settle();
  CHECK(mock.team.enrichment(id).status == Status::not_found);
  CHECK(mock.team.credits() == 250);
}

TEST_CASE("settle lists what will never happen by itself; the test decides how it ends") {
  Mock mock;
  const auto id = mock.client.request("stuck-1");
  const auto settled = mock.team.settle();
  REQUIRE(settled.open.size() == 1);
  CHECK(settled.open[0].id == id);
  CHECK(settled.open[0].why == OpenReason::forever);
  mock.team.resolve(id, Outcome::completed, "{username}@acme.example");
  CHECK(mock.client.poll(id)["email"]["email"] == "stuck-1@acme.example");
}

TEST_CASE("the callback is delivered again after one and two seconds when the app fails") {
  Mock mock;
  mock.team.script_sink("hook", {.statuses = {500, 500, 200}});  // stands for the app's own endpoint
  mock.client.request("jane", {{"callback_url", mock.emulator.sink_url("hook")}, {"external_id", "lead-1"}});
  mock.team.settle();
  const auto received = mock.team.sink("hook");
  REQUIRE(received.size() == 3);
  CHECK(json::parse(received[0].body)["external_id"] == "lead-1");
  verify(mock.team, {ExpectCallback{.external_id = "lead-1",
                                    .state = CallbackState::delivered,
                                    .statuses = {{500, 500, 200}},
                                    .gaps = {{1s, 2s}}}});
}

TEST_CASE("the client retries once when the API is overloaded") {
  Mock mock;
  mock.team.add_rule(R"({"response": {"status": 503}})");
  CHECK_FALSE(mock.client.request("jane").empty());
  verify(mock.team, {ExpectSequence{{{.method = "POST", .status = 503}, {.method = "POST", .status = 201}}}});
}

TEST_CASE("an expectation that is not met shows the nearest call") {
  Mock mock;
  mock.client.request("jane", {{"external_id", "lead-1"}});
  const auto result = mock.team.verify({ExpectRequests{.which = {.body = R"({"external_id": "lead-2"})"}}});
  CHECK_FALSE(result.passed);
  CHECK(to_text(result).find("lead-1") != std::string::npos);
}

TEST_CASE("a whole scenario by the key: every callback fails twice before it arrives") {
  Mock mock("flaky-callback.my-key");
  mock.client.request("jane", {{"callback_url", mock.emulator.sink_url("hook")}});
  mock.team.settle();
  const auto callbacks = mock.team.callbacks();
  REQUIRE(callbacks.size() == 1);
  CHECK(callbacks[0].attempts.size() == 3);
  CHECK(callbacks[0].state == CallbackState::delivered);
}

TEST_CASE("a test of work in the background lets the clock run, and waits") {
  Mock mock;
  mock.team.run_clock(1000);
  const auto id = mock.client.request("jane");
  CHECK(mock.team.wait_for(id, {Status::completed}).reached());
  CHECK(mock.team.verify({ExpectOutcomes{.completed = 1}}, 5s).passed);
}

TEST_CASE("your own scenario, with its expectations") {
  Emulator emulator({.scenario_texts = {R"({
    "name": "last-credit",
    "credits": 1,
    "expect": { "requests": 2, "completed": 1, "rejected": { "402": 1 }, "credits": 0 }
  })"},
                     .manual_clock = true});
  Client client(emulator.url(), "my-key");
  auto team = emulator.team("my-key");
  client.request("jane");
  team.settle();
  CHECK(client.request("joe").empty());
  const auto result = team.verify();
  CHECK_MESSAGE(result.passed, to_text(result));
}

TEST_CASE("lists are complete") {
  Mock mock;
  mock.team.set_credits(2000);
  for (int i = 0; i < 1001; ++i) mock.client.request("jane-" + std::to_string(i));
  CHECK(mock.team.enrichments().size() == 1001);
}

TEST_CASE("reset gives a team a fresh start") {
  Mock mock;
  mock.client.request("jane");
  mock.team.settle();
  mock.team.reset();
  CHECK(mock.team.enrichments().empty());
  CHECK(mock.team.credits() == 250);
}
