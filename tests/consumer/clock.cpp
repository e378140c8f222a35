// A test of somebody else's app, whose HTTP client is curl: a lead is found once the clock has come to it.
#include <chrono>
#include <cstdlib>
#include <enrichment_mock/emulator.h>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "does not hold: " << what << "\n";
  std::exit(1);
}

bool submit(const std::string& base_url) {
  const std::string command = "curl -sSf -m 20 -o /dev/null " + base_url + "/v1/api/enrichment/email" +
                              R"( -H 'x-api-key: test-1' -H 'content-type: application/json')" +
                              R"( -d '{"linkedin_url": "https://www.linkedin.com/in/jane", "type": "work"}')";
  return std::system(command.c_str()) == 0;
}

}  // namespace

int main() {
  enrichment_mock::Emulator emulator({.manual_clock = true});
  auto team = emulator.team("test-1");
  require(submit(emulator.url()), "a lead is taken");
  require(team.enrichments().at(0).status == "pending", "time stands still");

  team.advance(200ms);
  require(team.enrichments().at(0).status == "processing", "the lookup goes on with the clock");
  require(team.credits() == 250, "nothing is charged before it ends");

  require(team.settle().complete, "it ends");
  require(team.enrichments().at(0).status == "completed", "it ends well");
  require(team.credits() == 249, "a credit is charged");
}
