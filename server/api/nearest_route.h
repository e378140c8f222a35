// For whoever wonders why the API has no such path.
#pragma once
#include <string>
#include <string_view>

namespace enrichment_mock::api {

inline constexpr std::string_view kEnrichments = "/v1/api/enrichment/email";
inline constexpr std::string_view kCredits = "/v1/api/enrichment/credits";

// "; did you mean /v1/api/enrichment/email?", or with the id of a poll; empty: no path of the API is nearly that.
std::string nearest_route(std::string_view path);

}  // namespace enrichment_mock::api
