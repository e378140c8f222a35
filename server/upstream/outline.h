// Responses as short texts that can be compared and shown: what a response looks like, without what differs from call
// to call. Everything that comes from the real API goes through here. Any bytes are valid input.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "upstream/http_client.h"

namespace enrichment_mock::upstream {

// `{"_id": 24 hex digits, "linkedin_url": as sent, "status": "pending"}`: the body's members, sorted by name, with the
// kinds of their values. Shows the values of `status`, `enrichment_type`, `type`, `statusCode` and `error`, and with
// `words` the value of `message`. `sent`: texts of the request. "no body"; "text/html, which is not JSON".
std::string outline(const HttpResponse& response, std::span<const std::string_view> sent, bool words);

// "401"; "301 to https://other.example/".
std::string status_text(const HttpResponse& response);

// Which of the names an error's body contains, outside of its keys, in its order: "linkedin_url, external_id".
std::string names_in(const HttpResponse& response, std::span<const std::string_view> names);

// "Allow: GET, HEAD", sorted; "no Allow".
std::string allow_text(const HttpResponse& response);

// A member of the body that is a text.
std::optional<std::string> text_member(const HttpResponse& response, std::string_view name);

// "left out", "null", "a text", "another value".
std::string_view presence_of_member(const HttpResponse& response, std::string_view name);

// The member `balance`, or else the body's only whole number, whatever its name; also as a text. Empty if it is not
// certain which number it is.
std::optional<std::int64_t> balance_in(const HttpResponse& response);

// The body as a value of a scenario's `errors`: JSON. Empty if a scenario cannot have it.
std::optional<std::string> scripted_body(const HttpResponse& response);

}  // namespace enrichment_mock::upstream
