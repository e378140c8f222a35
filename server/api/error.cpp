#include "api/error.h"

#include <utility>

#include "base/text.h"
#include "net/head.h"

namespace enrichment_mock::api {

std::string clipped(std::string_view text) {
  constexpr std::size_t kMax = 200;
  if (text.size() <= kMax) return std::string(text);
  return std::string(base::utf8_prefix(text, kMax)) + "…";
}

std::string_view reason_of(int status) {
  if (status == 413) return "Payload Too Large";
  return status == 422 ? "Unprocessable Entity" : net::reason_phrase(status);
}

ApiError missing_key() { return {401, "Missing API key: send it in the header x-api-key", {}}; }
ApiError rejected_key(std::string reason) { return {401, std::move(reason), {}}; }
ApiError too_many_teams() {
  return {503, "Too many teams: every API key is a team, --max-teams of them are open, and all have pending work", {}};
}
ApiError foreign_page(std::string_view host) {
  return {403,
          "Web pages must not call this API with the host " + clipped(host) +
              "; to allow it, see --admin-host. Calls without the "
              "header Origin may use any host",
          {}};
}
ApiError no_such_route(std::string_view method, std::string_view path) {
  return {404, "Cannot " + clipped(method) + " " + clipped(path), {}};
}
ApiError wrong_method(std::string_view method, std::string_view path, std::string_view allow) {
  return {405,
          clipped(method) + " is not allowed for " + clipped(path) + "; allowed: " + std::string(allow),
          {{"Allow", std::string(allow)}}};
}
ApiError not_json(std::string_view content_type) {
  return {415, "Content-Type must be application/json, not " + clipped(content_type), {}};
}
ApiError encoded_body(std::string_view encoding) {
  return {415, "Content-Encoding must be absent or identity, not " + clipped(encoding), {}};
}
ApiError body_too_large() { return {413, "The body is larger than 1 MB", {}}; }
ApiError malformed_body(std::string message) { return {400, std::move(message), {}}; }
ApiError invalid_fields(std::span<const std::string> problems) {
  std::string message;
  for (const auto& problem : problems) message += (message.empty() ? "" : "; ") + problem;
  return {400, std::move(message), {}};
}
ApiError no_credits() { return {402, "Insufficient enrichment credits", {}}; }
ApiError no_such_enrichment() { return {404, "No enrichment request found for the given id", {}}; }
ApiError conflict(std::string message) { return {409, std::move(message), {}}; }
ApiError rate_limited(std::int64_t retry_after_seconds) {
  const auto seconds = std::to_string(retry_after_seconds);
  return {429, "Too many requests; try again in " + seconds + " s", {{"Retry-After", seconds}}};
}

json_text::Object error_json(int status, std::string_view message) {
  return {{"statusCode", status}, {"message", message}, {"error", reason_of(status)}};
}

std::string error_body(int status, std::string_view message) { return error_json(status, message).take(); }

}  // namespace enrichment_mock::api
