// A test of another project's app with curl as HTTP client: a lead is found once the clock has reached its time.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <chrono>
#include <cstdlib>
#include <doctest/doctest.h>
#include <enrichment_mock/emulator.h>
#include <string>

using enrichment_mock::Status;
using namespace std::chrono_literals;

namespace {

bool submit(const std::string& base_url) {
  const std::string command = "curl -sSf -m 60 -o /dev/null " + base_url + "/v1/api/enrichment/email" +
                              R"( -H 'x-api-key: test-1' -H 'content-type: application/json')" +
                              R"( -d '{"linkedin_url": "https://www.linkedin.com/in/jane", "type": "work"}')";
  return std::system(command.c_str()) == 0;
}

}  // namespace

TEST_CASE("a lookup goes on with the clock, and is charged when it ends") {
  enrichment_mock::Emulator emulator({.manual_clock = true});
  auto team = emulator.team("test-1");
  REQUIRE(submit(emulator.url()));
  CHECK(team.enrichments().at(0).status == Status::pending);

  team.advance(200ms);
  CHECK(team.enrichments().at(0).status == Status::processing);
  CHECK(team.credits() == 250);

  CHECK(team.settle().complete);
  CHECK(team.enrichments().at(0).status == Status::completed);
  CHECK(team.credits() == 249);
}

TEST_CASE("two emulators in one process do not meet") {
  enrichment_mock::Emulator one({.manual_clock = true}), other({.manual_clock = true});
  REQUIRE(submit(one.url()));
  CHECK(one.team("test-1").enrichments().size() == 1);
  CHECK(other.team("test-1").enrichments().empty());
}
