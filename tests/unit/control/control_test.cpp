#include "control/control.h"

#include <chrono>
#include <doctest/doctest.h>
#include <new>

#include "support/json.h"
#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using nlohmann::json;

namespace {

std::shared_ptr<const scenario::Library> library_of_one() {
  scenario::Scenario only;
  only.name = "default";
  auto built = scenario::Library::build({{"default.json", only}}, "default");
  return std::make_shared<const scenario::Library>(std::get<scenario::Library>(std::move(built)));
}

struct ControlFixture : RunnerFixture {
  net::Response ask(std::string_view method, std::string_view path, std::string_view query = {}) {
    net::Request request;
    request.query = query;
    request.method = method;
    request.path = path;
    request.headers = {{"Host", "localhost"}};
    return control.handle(request);
  }

  runner::Directory directory{{time, timer, deliverer}, library_of_one(), {}};
  control::EventFeed events{1, std::chrono::seconds(0)};
  control::Control control{{directory, events, [](std::string_view) { return std::vector<json_text::Problem>{}; }}, {}};
};

}  // namespace

TEST_CASE("health has the status, the version and the uptime") {
  ControlFixture fixture;
  const auto health = fixture.ask("GET", "/__admin/health");
  CHECK(health.status == 200);
  const auto body = json::parse(health.body);
  CHECK(body["status"] == "ok");
  CHECK(body["version"] == "0.1.0");
  CHECK(body["uptime"].is_string());
}

TEST_CASE("a listener leaves the event feed if there is no memory for its events") {
  ControlFixture fixture;
  const auto response = fixture.ask("GET", "/__admin/events");
  REQUIRE(response.stream);
  const auto write = [](std::string_view) -> bool { throw std::bad_alloc(); };
  CHECK_THROWS_AS(response.stream(write), std::bad_alloc);
  CHECK_FALSE(fixture.events.has_listeners());
}

TEST_CASE("while draining, ready is 503 and health is 200") {
  ControlFixture fixture;
  CHECK(fixture.ask("GET", "/__admin/ready").status == 200);
  fixture.control.drain();
  CHECK(fixture.ask("GET", "/__admin/ready").status == 503);
  CHECK(fixture.ask("HEAD", "/__admin/health").status == 200);
}

TEST_CASE("an unknown path is 404, a wrong method is 405") {
  ControlFixture fixture;
  CHECK(fixture.ask("GET", "/__admin/").status == 404);
  CHECK(fixture.ask("GET", "/__admin/healthy").status == 404);
  CHECK(fixture.ask("GET", "/__admin/enrichments//resolve").status == 404);
  CHECK(fixture.ask("GET", "/__admin/enrichments/a/b").status == 404);
  const auto refused = fixture.ask("POST", "/__admin/health");
  CHECK(refused.status == 405);
  REQUIRE(refused.headers.size() == 1);
  CHECK(refused.headers[0] == std::pair<std::string, std::string>("Allow", "GET, HEAD"));
}

TEST_CASE("a 405 names every method that the path has") {
  ControlFixture fixture;
  const auto refused = fixture.ask("PATCH", "/__admin/credits");
  CHECK(refused.status == 405);
  REQUIRE(refused.headers.size() == 1);
  CHECK(refused.headers[0].second == "GET, HEAD, PUT");
}

TEST_CASE("health and ready accept no parameters") {
  ControlFixture fixture;
  for (const auto* path : {"/__admin/health", "/__admin/ready"}) {
    const auto refused = fixture.ask("GET", path, "x=1");
    CHECK(refused.status == 400);
    CHECK(refused.body.find("unknown parameter \\\"x\\\"") != std::string::npos);
  }
}
