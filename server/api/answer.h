// Builds the responses of the emulated API from the results of the engine and the scenario.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "api/error.h"
#include "engine/enrichment.h"
#include "json/writer.h"
#include "net/message.h"
#include "scenario/scenario.h"

namespace enrichment_mock::api {

// Adds a header unless the response has it already (in any letter case), so that headers of the scenario stay.
void add_header(net::Response& response, std::string name, std::string value);

// The error's response. The scenario may replace the body for that status.
net::Response error_response(const ApiError& error, const scenario::Scenario& scenario);

// A scripted response that replaces the API's response; `reply` has a status. If it has no body, an error status gets
// the usual error body.
net::Response scripted_response(const scenario::Reply& reply, base::Duration delay, const scenario::Scenario& scenario);

// Applies the fault of the reply, and its delay, which is drawn already, to a response.
void apply_delay_and_fault(net::Response& response, const scenario::Reply& reply, base::Duration delay);

// The JSON of the emulated API, with fields in the order of its documentation.

// The 201: exactly _id, status (always pending), linkedin_url.
std::string render_accepted(const engine::EnrichmentId& id, std::string_view linkedin_url);

// The 200 of a poll. While the lookup runs: exactly _id, status and linkedin_url. After that also enrichment_type and
// email, and external_id if the request had one.
json_text::Object render_enrichment(const engine::EnrichmentView& view);

// {"balance":250}
std::string render_credits(std::int64_t balance);

// The documented body of a callback, changed by the settings.
std::string render_callback(const engine::EnrichmentView& view, const scenario::Callback& settings);

}  // namespace enrichment_mock::api
