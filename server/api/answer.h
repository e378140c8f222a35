// From what the engine and the script say to the answer that a client gets.
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

// Sets a header, unless the answer has it already, in whatever letter case: what the script has set stays as it is.
void add_header(net::Response& response, std::string name, std::string value);

// The catalogue's answer, or the body that the scenario has for that status.
net::Response error_response(const ApiError& error, const scenario::Scenario& scenario);

// A scripted answer in place of the API's; `reply` has a status. Without a body of its own it gets that of its error
// status.
net::Response scripted_response(const scenario::Reply& reply, const scenario::Scenario& scenario);

// Lets the reply's delay and fault befall an answer.
void disturb(net::Response& response, const scenario::Reply& reply);

// The JSON that clients of the emulated API see, fields in the order of its documentation.

// The 201: exactly _id, status (always pending), linkedin_url.
std::string render_accepted(const engine::EnrichmentId& id, std::string_view linkedin_url);

// The 200 of a poll: while running exactly _id, status, linkedin_url; once resolved enrichment_type and email as well,
// and external_id if one was supplied.
json_text::Object render_enrichment(const engine::EnrichmentView& view);

// {"balance":250}
std::string render_credits(std::int64_t balance);

// The body of a callback, as documented and then as the settings change it.
std::string render_callback(const engine::EnrichmentView& view, const scenario::Callback& settings);

}  // namespace enrichment_mock::api
