// Tests the validation of POST bodies. Every body is either refused with a 400 that can be sent, or is read as the
// same fields as by another reader, each within its documented rule. Any other exception is an error.
#include <cstdint>

#include "api/error.h"
#include "api/validation.h"
#include "base/text.h"
#include "fuzz/require.h"
#include "fuzz/url_rules.h"
#include "support/json.h"
#include "support/json_oracle.h"

namespace enrichment_mock::fuzz {
namespace {

using nlohmann::json;

void check_error(const api::ApiError& error) {
  require(error.status == 400, "a body that is refused is a 400");
  require(!error.message.empty(), "an error has a message");
  const auto body = json::parse(api::error_body(error.status, error.message), nullptr, false);
  require(body.is_object() && body.size() == 3, "an error's body is a JSON object of three fields");
  require(body["statusCode"] == 400 && body["error"] == "Bad Request", "an error's body names its status");
  require(body["message"].is_string() && body["message"] != "", "an error's body has the message");
}

void check_external_id(std::string_view text) {
  std::size_t length = 0;
  for (; !text.empty(); ++length) require(base::take_code_point(text).has_value(), "an external_id is UTF-8");
  require(length <= 256, "an external_id has at most 256 characters");
}

json or_null(const std::optional<std::string>& field) { return field ? json(*field) : json(); }

void check_request(const engine::EnrichmentRequest& request, std::string_view text) {
  const auto body = json::parse(text, nullptr, false);
  require(body.is_object(), "a request is a JSON object");
  require(body["linkedin_url"] == request.linkedin_url, "the linkedin_url is as sent");
  require(body["type"] == (request.type == engine::EmailType::work ? "work" : "personal"), "the type is as sent");
  require(body.value("callback_url", json()) == or_null(request.callback_url), "the callback_url is as sent");
  require(body.value("external_id", json()) == or_null(request.external_id), "the external_id is as sent");
  require(request.username == scenario::profile_username(request.linkedin_url), "the username is the URL's");
  check_username(request.username);
  if (request.callback_url) {
    const auto url = base::parse_url(*request.callback_url);
    require(url.has_value(), "a callback_url is a URL");
    check_url(*url, *request.callback_url);
  }
  if (request.external_id) check_external_id(*request.external_id);
}

void check_body(std::string_view text) {
  require(support::disagreement(text, json_text::Syntax::strict).empty(), "the reader agrees with nlohmann::json");
  try {
    check_request(api::parse_enrichment_request(text), text);
  } catch (const api::ApiError& error) {
    check_error(error);
  }
}

}  // namespace
}  // namespace enrichment_mock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  enrichment_mock::fuzz::check_body({reinterpret_cast<const char*>(data), size});
  return 0;
}
