// Parses and validates the body of POST /v1/api/enrichment/email. The rules for linkedin_url, type, callback_url and
// external_id are documented. How strictly they apply is our decision (README.md in this folder).
#pragma once
#include <string_view>

#include "engine/enrichment.h"

namespace enrichment_mock::api {

// Throws ApiError 400 if the body is not a JSON object (with place and reason), or if fields are invalid (all of them,
// in the order of the documentation). Undocumented members are ignored.
engine::EnrichmentRequest parse_enrichment_request(std::string_view body);

}  // namespace enrichment_mock::api
