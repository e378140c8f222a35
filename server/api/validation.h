// Parses and validates the body of POST /v1/api/enrichment/email. The rules for linkedin_url, type, callback_url and
// external_id are documented. How strictly they apply is our decision (README.md in this folder).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "engine/enrichment.h"
#include "json/reader.h"

namespace enrichment_mock::api {

// Throws ApiError 400 if the body is not a JSON object (with place and reason), or if fields are invalid (all of them,
// in the order of the documentation).
engine::EnrichmentRequest parse_enrichment_request(std::string_view body);

// The same for a parsed object. Undocumented members are ignored.
engine::EnrichmentRequest read_enrichment_request(const json_text::Value& body);

// The username of a profile URL, percent-decoded and with ASCII letters in lower case. Nothing: not a profile URL. The
// API's documentation only says "linkedin.com/in/<username>"; the details are our decisions (README.md in this folder).
//   http or https, in any letter case; linkedin.com or a subdomain of it, in any letter case, no port, no userinfo;
//   the path is /in/<username>, with an optional trailing slash; query and fragment are allowed.
// Non-ASCII letters may be percent-encoded or not, in UTF-8. Whitespace, control characters, invalid escapes, invalid
// UTF-8 and encoded slashes are refused.
std::optional<std::string> profile_username(std::string_view url);

}  // namespace enrichment_mock::api
