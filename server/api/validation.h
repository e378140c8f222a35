// From the body of POST /v1/api/enrichment/email to a typed request. The rules for linkedin_url, type, callback_url and
// external_id are documented; how strictly each is read is our decision (README.md in this folder).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "engine/enrichment.h"
#include "json/reader.h"

namespace enrichment_mock::api {

// Throws ApiError 400: the body is no JSON object (where and why), or fields are wrong (all of them, in the order of
// the documentation).
engine::EnrichmentRequest parse_enrichment_request(std::string_view body);

// The same of an object that has been read. Members that are not documented are not looked at.
engine::EnrichmentRequest read_enrichment_request(const json_text::Value& body);

// The rule for `linkedin_url`: which URLs are profiles, and whose. The API's documentation says only
// "linkedin.com/in/<username>"; the finer points are our decisions (README.md in this folder).

// The username of a profile URL, percent-decoded and with ASCII letters in lower case; nothing if it is no profile URL.
//   http or https, in any letter case; linkedin.com or a subdomain of it, in any letter case, no port, no userinfo;
//   the path is /in/<username>, a slash may follow; query and fragment are allowed.
// Letters beyond ASCII may stand as they are or percent-encoded, in UTF-8. Whitespace, control characters, broken
// escapes, broken UTF-8 and encoded slashes are refused.
std::optional<std::string> profile_username(std::string_view url);

}  // namespace enrichment_mock::api
