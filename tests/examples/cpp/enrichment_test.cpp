// How a team tests its C++ client of the enrichment API: the mock runs within the test program, and no test sleeps.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <enrichment_mock/emulator.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

using namespace std::chrono_literals;
using enrichment_mock::Emulator;
using nlohmann::json;

namespace {

// The client under test.
class Client {
 public:
  Client(const std::string& url, const std::string& api_key) : http_(url), headers_{{"x-api-key", api_key}} {}

  // The new enrichment's id; empty if there was no credit left.
  std::string request(const std::string& username) {
    const json lead{{"linkedin_url", "https://www.linkedin.com/in/" + username}, {"type", "work"}};
    const auto answer = http_.Post("/v1/api/enrichment/email", headers_, lead.dump(), "application/json");
    return answer->status == 201 ? json::parse(answer->body).at("_id") : "";
  }

  json poll(const std::string& id) { return json::parse(http_.Get("/v1/api/enrichment/email/" + id, headers_)->body); }

 private:
  httplib::Client http_;
  httplib::Headers headers_;
};

// A new emulator for the test. Its time stands still until the test moves it.
struct Mock {
  explicit Mock(const std::string& api_key = "my-key")
      : client(emulator.url(), api_key), team(emulator.team(api_key)) {}

  Emulator emulator{{.manual_clock = true}};
  Client client;
  Emulator::Team team;
};

}  // namespace

TEST_CASE("a lead is found and costs one credit") {
  Mock mock;
  const auto id = mock.client.request("jane");
  CHECK(mock.team.settle().complete);
  CHECK(mock.client.poll(id)["email"]["email"] == "jane@example.com");
  CHECK(mock.team.credits() == 249);
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

TEST_CASE("settle lists what will never happen by itself") {
  Mock mock;
  const auto id = mock.client.request("stuck-1");
  const auto settled = mock.team.settle();
  REQUIRE(settled.open.size() == 1);
  CHECK(settled.open[0].id == id);
  CHECK(settled.open[0].why == enrichment_mock::OpenReason::forever);
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
  CHECK(team.verify().passed);
}
