#include "api/answer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/words.h"

namespace enrichment_mock::api {

namespace {

using json_text::Object;
using net::Ending;
using net::Response;
using scenario::Fault;

// How long a response stalls if the client has no timeout.
constexpr std::chrono::minutes kStall{10};

bool same_name(const std::pair<std::string, std::string>& header, std::string_view name) {
  return net::same_text(header.first, name);
}

void use_body(Response& response, const scenario::Body& body) {
  response.body = body.text;
  add_header(response, "Content-Type", body.content_type);
}

void use_error_body(Response& response, const ApiError& error, const scenario::Scenario& scenario) {
  const auto replaced = scenario.errors.find(error.status);
  if (replaced != scenario.errors.end())
    use_body(response, replaced->second);
  else
    response.body = error_body(error.status, error.message);
}

// If the response has no body, a body is announced but not sent. If its status allows none, nothing is sent at all.
Ending cut(Ending::Kind kind, Response& response) {
  if (scenario::has_no_body(response.status)) return {.kind = Ending::Kind::empty};
  if (response.body.empty()) response.body = " ";
  return {.kind = kind, .body_bytes = response.body.size() / 2, .stall = kStall};
}

// A JSON text cannot end in a comma.
void make_invalid_json(std::string& body) {
  if (body.empty())
    body = "{";
  else
    body.back() = ',';
}

// Enough for the JSON of nearly every enrichment.
constexpr std::size_t kUsualSize = 320;

constexpr auto kEnrichmentTypeWords = base::words<engine::EmailType>(
    {{engine::EmailType::work, "work_email"}, {engine::EmailType::personal, "personal_email"}});

// The fields of an enrichment in the order of the documentation. `id_name` is _id or request_id. With `is_resolved`,
// the result is included.
Object enrichment_fields(std::string_view id_name, const engine::EnrichmentView& view, bool is_resolved) {
  Object object;
  object.reserve(kUsualSize);
  object.add(id_name, engine::to_text(view.id));
  object.add("status", engine::to_text(view.status));
  if (is_resolved) {
    object.add("enrichment_type", kEnrichmentTypeWords.text(view.type));
    if (view.email)
      object.add("email", Object{{"email", *view.email}, {"type", scenario::to_text(view.type)}});
    else
      object.add("email", nullptr);
  }
  object.add("linkedin_url", view.linkedin_url);
  if (is_resolved && view.external_id) object.add("external_id", *view.external_id);
  return object;
}

}  // namespace

void add_header(Response& response, std::string name, std::string value) {
  const auto same = [&](const auto& header) { return same_name(header, name); };
  if (response.headers.empty()) response.headers.reserve(2);  // as many as most responses have
  if (std::ranges::none_of(response.headers, same)) response.headers.emplace_back(std::move(name), std::move(value));
}

Response error_response(const ApiError& error, const scenario::Scenario& scenario) {
  Response response{.status = error.status, .headers = error.headers};
  use_error_body(response, error, scenario);
  return response;
}

Response scripted_response(const scenario::Reply& reply, base::Duration delay, const scenario::Scenario& scenario) {
  const int status = *reply.status;
  Response response{.status = status, .headers = reply.headers};
  if (reply.body)
    use_body(response, *reply.body);
  else if (status >= 400)
    use_error_body(response, status == 402 ? no_credits() : ApiError{status, std::string(reason_of(status)), {}},
                   scenario);
  apply_delay_and_fault(response, reply, delay);
  return response;
}

void apply_delay_and_fault(Response& response, const scenario::Reply& reply, base::Duration delay) {
  response.delay = std::chrono::ceil<std::chrono::milliseconds>(delay);
  switch (reply.fault) {
    case Fault::none:
      break;
    case Fault::connection_reset:
      response.ending = {.kind = Ending::Kind::reset};
      break;
    case Fault::empty_response:
      response.ending = {.kind = Ending::Kind::empty};
      break;
    case Fault::truncated_body:
      response.ending = cut(Ending::Kind::truncated, response);
      break;
    case Fault::stalled_body:
      response.ending = cut(Ending::Kind::stalled, response);
      break;
    case Fault::malformed_json:
      make_invalid_json(response.body);
      break;
    case Fault::wrong_content_type:
      std::erase_if(response.headers, [](const auto& header) { return same_name(header, "Content-Type"); });
      add_header(response, "Content-Type", "text/html; charset=utf-8");
      break;
    case Fault::dribble:
      response.ending = {.kind = Ending::Kind::dribbled,
                         .over = std::chrono::ceil<std::chrono::milliseconds>(reply.over)};
      break;
  }
}

std::string render_accepted(const engine::EnrichmentId& id, std::string_view linkedin_url) {
  Object object;
  object.reserve(kUsualSize);
  object.add("_id", engine::to_text(id));
  object.add("status", engine::to_text(engine::Status::pending));
  object.add("linkedin_url", linkedin_url);
  return object.take();
}

Object render_enrichment(const engine::EnrichmentView& view) {
  return enrichment_fields("_id", view, engine::is_resolved(view.status));
}

std::string render_credits(std::int64_t balance) { return Object{{"balance", balance}}.take(); }

std::string render_callback(const engine::EnrichmentView& view, const scenario::Callback& settings) {
  if (settings.raw_body) return *settings.raw_body;
  auto body = enrichment_fields("request_id", view, true);
  return settings.merge_patch.empty() ? body.take() : json_text::merge_patch(body.text(), settings.merge_patch).take();
}

}  // namespace enrichment_mock::api
