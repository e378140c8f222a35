// The catalogue of what clients of the emulated API can do wrong. Each function makes one error; it is thrown once and
// becomes an answer in one place (api.cpp). The body's shape is our decision:
//   {"statusCode":400,"message":"…","error":"Bad Request"}
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/writer.h"

namespace enrichment_mock::api {

struct ApiError {
  int status = 500;
  std::string message;
  std::vector<std::pair<std::string, std::string>> headers = {};  // Allow of a 405, Retry-After of a 429
};

ApiError missing_key();                                                                         // 401
ApiError rejected_key(std::string reason);                                                      // 401
ApiError too_many_teams();                                                                      // 503
ApiError foreign_page(std::string_view host);                                                   // 403
ApiError no_such_route(std::string_view method, std::string_view path);                         // 404
ApiError wrong_method(std::string_view method, std::string_view path, std::string_view allow);  // 405
ApiError not_json(std::string_view content_type);                                               // 415
ApiError encoded_body(std::string_view encoding);                                               // 415
ApiError body_too_large();                                                                      // 413
ApiError malformed_body(std::string message);                                                   // 400
ApiError invalid_fields(std::span<const std::string> problems);  // 400, all in one message
ApiError no_credits();                                           // 402
ApiError no_such_enrichment();                                   // 404
ApiError conflict(std::string message);                          // 409
ApiError rate_limited(std::int64_t retry_after_seconds);         // 429

// What a client sent, for a message: quoted, but not at any length.
std::string clipped(std::string_view text);

// What a body calls a status: "Bad Request". The words of its status line, but for two that RFC 9110 has renamed.
std::string_view reason_of(int status);

// The body for a status and message: as JSON, to which more may be added, and as text.
json_text::Object error_json(int status, std::string_view message);
std::string error_body(int status, std::string_view message);

}  // namespace enrichment_mock::api
