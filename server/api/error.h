// All errors that clients of the emulated API can cause. Each function makes one error. Errors are thrown as ApiError
// and turned into a response in one place (api.cpp). The shape of the body is our decision:
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
  std::vector<std::pair<std::string, std::string>> headers = {};  // such as Allow (405) or Retry-After (429)
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
ApiError invalid_fields(std::span<const std::string> problems);  // 400, all problems in one message
ApiError no_credits();                                           // 402
ApiError no_such_enrichment();                                   // 404
ApiError conflict(std::string message);                          // 409
ApiError rate_limited(std::int64_t retry_after_seconds);         // 429

// A client's text for a message, cut to a limited length.
std::string clipped(std::string_view text);

// The name of a status in a body: "Bad Request". Same as in the status line, except two names that RFC 9110 changed.
std::string_view reason_of(int status);

// The body for a status and a message, as a JSON object that can get more members, and as text.
json_text::Object error_json(int status, std::string_view message);
std::string error_body(int status, std::string_view message);

}  // namespace enrichment_mock::api
