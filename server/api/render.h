// The JSON that clients of the emulated API see, fields in the order of its documentation.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/enrichment.h"

namespace enrichment_mock::api {

// The 201: exactly _id, status (always pending), linkedin_url.
std::string render_accepted(const engine::EnrichmentId& id, std::string_view linkedin_url);

// The 200 of a poll: while running exactly _id, status, linkedin_url; once resolved enrichment_type and email as well,
// and external_id if one was supplied.
std::string render_enrichment(const engine::EnrichmentView& view);

// {"balance":250}
std::string render_credits(std::int64_t balance);

// The body of a callback, as documented and then as the settings change it.
std::string render_callback(const engine::EnrichmentView& view, const scenario::Callback& settings);

}  // namespace enrichment_mock::api
