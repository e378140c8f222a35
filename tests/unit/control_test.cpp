#include "control/control.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace enrichment_mock;
using nlohmann::json;

namespace {

http::Response ask(const control::Control& control, std::string_view method, std::string_view path) {
  http::Request request;
  request.method = method;
  request.path = path;
  return control.handle(request);
}

}  // namespace

TEST_CASE("health says that the server lives, its version and for how long") {
  const auto health = ask(control::Control(), "GET", "/__admin/health");
  CHECK(health.status == 200);
  const auto body = json::parse(health.body);
  CHECK(body["status"] == "ok");
  CHECK(body["version"] == "0.1.0");
  CHECK(body["uptime"].is_string());
}

TEST_CASE("ready is 503 while draining, health goes on") {
  control::Control control;
  CHECK(ask(control, "GET", "/__admin/ready").status == 200);
  control.drain();
  CHECK(ask(control, "GET", "/__admin/ready").status == 503);
  CHECK(ask(control, "HEAD", "/__admin/health").status == 200);
}

TEST_CASE("what is not there is 404, what cannot be done to it 405") {
  const control::Control control;
  CHECK(ask(control, "GET", "/__admin/").status == 404);
  CHECK(ask(control, "GET", "/__admin/healthy").status == 404);
  const auto refused = ask(control, "POST", "/__admin/health");
  CHECK(refused.status == 405);
  REQUIRE(refused.headers.size() == 1);
  CHECK(refused.headers[0] == std::pair<std::string, std::string>("Allow", "GET, HEAD"));
}
