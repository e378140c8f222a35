#include "control/control.h"

#include <nlohmann/json.hpp>

#include "api/error.h"
#include "scenario/time_text.h"

namespace enrichment_mock::control {

namespace {

http::Response answer(int status, const nlohmann::ordered_json& body) {
  return {.status = status, .body = body.dump()};
}

http::Response refuse(const api::ApiError& error) {
  return {.status = error.status, .body = api::error_body(error.status, error.message), .headers = error.headers};
}

}  // namespace

http::Response Control::handle(const http::Request& request) const {
  const auto call = request.path.substr(kPrefix.size());
  if (call != "health" && call != "ready") return refuse(api::no_such_route(request.method, request.path));
  if (request.method != "GET" && request.method != "HEAD")
    return refuse(api::wrong_method(request.method, request.path, "GET, HEAD"));
  return call == "health" ? health() : ready();
}

http::Response Control::health() const {
  const auto uptime =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_);
  return answer(
      200, {{"status", "ok"}, {"version", ENRICHMENT_MOCK_VERSION}, {"uptime", scenario::format_duration(uptime)}});
}

http::Response Control::ready() const {
  return draining_ ? answer(503, {{"status", "draining"}}) : answer(200, {{"status", "ready"}});
}

}  // namespace enrichment_mock::control
