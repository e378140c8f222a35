// From the body of POST /v1/api/enrichment/email to a typed request. The rules for linkedin_url, type, callback_url and
// external_id are documented; how strictly each is read is our decision (README, "Decisions").
#pragma once
#include <string_view>

#include "engine/enrichment.h"

namespace enrichment_mock::api {

// Throws ApiError 400: the body is no JSON object (where and why), or fields are wrong (all of them, in the order of
// the documentation).
engine::EnrichmentRequest parse_enrichment_request(std::string_view body);

}  // namespace enrichment_mock::api
