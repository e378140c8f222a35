// From what the engine and the script say to the answer that a client gets.
#pragma once
#include "api/error.h"
#include "http/message.h"
#include "scenario/scenario.h"

namespace enrichment_mock::api {

// Sets a header, unless the answer has it already, in whatever letter case: what the script has set stays as it is.
void add_header(http::Response& response, std::string name, std::string value);

// The catalogue's answer, or the body that the scenario has for that status.
http::Response error_response(const ApiError& error, const scenario::Scenario& scenario);

// A scripted answer in place of the API's; `reply` has a status. Without a body of its own it gets that of its error
// status.
http::Response scripted_response(const scenario::Reply& reply, const scenario::Scenario& scenario);

// Lets the reply's delay and fault befall an answer.
void disturb(http::Response& response, const scenario::Reply& reply);

}  // namespace enrichment_mock::api
