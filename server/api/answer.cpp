#include "api/answer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "json/json.h"
#include "scenario/plan.h"

namespace enrichment_mock::api {

namespace {

using net::Ending;
using net::Response;
using scenario::Fault;

// A stalled answer ends with the client's patience; this is for clients that have no end of it.
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

// Where there is no body, one is announced and held back; where there can be none, the answer as a whole is.
Ending cut(Ending::Kind kind, Response& response) {
  if (scenario::has_no_body(response.status)) return {.kind = Ending::Kind::empty};
  if (response.body.empty()) response.body = " ";
  return {.kind = kind, .body_bytes = response.body.size() / 2, .stall = kStall};
}

// No JSON text ends in a comma.
void spoil_json(std::string& body) {
  if (body.empty())
    body = "{";
  else
    body.back() = ',';
}

}  // namespace

void add_header(Response& response, std::string name, std::string value) {
  const auto same = [&](const auto& header) { return same_name(header, name); };
  if (std::ranges::none_of(response.headers, same)) response.headers.emplace_back(std::move(name), std::move(value));
}

Response error_response(const ApiError& error, const scenario::Scenario& scenario) {
  Response response{.status = error.status, .headers = error.headers};
  use_error_body(response, error, scenario);
  return response;
}

Response scripted_response(const scenario::Reply& reply, const scenario::Scenario& scenario) {
  const int status = *reply.status;
  Response response{.status = status, .headers = reply.headers};
  if (reply.body)
    use_body(response, *reply.body);
  else if (status >= 400)
    use_error_body(response, status == 402 ? no_credits() : ApiError{status, std::string(reason_of(status)), {}},
                   scenario);
  disturb(response, reply);
  return response;
}

void disturb(Response& response, const scenario::Reply& reply) {
  response.delay = std::chrono::ceil<std::chrono::milliseconds>(reply.delay);
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
      spoil_json(response.body);
      break;
    case Fault::wrong_content_type:
      std::erase_if(response.headers, [](const auto& header) { return same_name(header, "Content-Type"); });
      add_header(response, "Content-Type", "text/html; charset=utf-8");
      break;
  }
}

namespace {

std::string_view enrichment_type(engine::EmailType type) {
  return type == engine::EmailType::work ? "work_email" : "personal_email";
}

bool is_plain(char c) { return static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\'; }

// Text as a JSON string. Most has nothing to escape, and building a tree for it would double the cost of an answer.
void append_string(std::string& to, std::string_view text) {
  if (std::ranges::all_of(text, is_plain))
    (to += '"').append(text) += '"';
  else
    to += nlohmann::json(text).dump();
}

// The beginning of every object, up to its status; `id_name` is _id or request_id.
std::string open_object(std::string_view id_name, const engine::EnrichmentId& id, engine::Status status) {
  std::string body;
  body.reserve(320);
  body.append("{\"").append(id_name).append("\":\"").append(engine::to_text(id));
  return body.append("\",\"status\":\"").append(engine::to_text(status)) += '"';
}

std::string close_object(std::string body, std::string_view linkedin_url) {
  append_string(body += ",\"linkedin_url\":", linkedin_url);
  return std::move(body += '}');
}

std::string render_resolved(std::string_view id_name, const engine::EnrichmentView& view) {
  std::string body = open_object(id_name, view.id, view.status);
  body.append(",\"enrichment_type\":\"").append(enrichment_type(view.type)).append("\",\"email\":");
  if (view.email) {
    append_string(body += "{\"email\":", *view.email);
    body.append(",\"type\":\"").append(scenario::to_text(view.type)).append("\"}");
  } else {
    body += "null";
  }
  append_string(body += ",\"linkedin_url\":", view.linkedin_url);
  if (view.external_id) append_string(body += ",\"external_id\":", *view.external_id);
  return std::move(body += '}');
}

}  // namespace

std::string render_accepted(const engine::EnrichmentId& id, std::string_view linkedin_url) {
  return close_object(open_object("_id", id, engine::Status::pending), linkedin_url);
}

std::string render_enrichment(const engine::EnrichmentView& view) {
  if (engine::is_resolved(view.status)) return render_resolved("_id", view);
  return close_object(open_object("_id", view.id, view.status), view.linkedin_url);
}

std::string render_credits(std::int64_t balance) { return "{\"balance\":" + std::to_string(balance) + "}"; }

std::string render_callback(const engine::EnrichmentView& view, const scenario::Callback& settings) {
  if (settings.raw_body) return *settings.raw_body;
  std::string body = render_resolved("request_id", view);
  if (settings.merge_patch.empty()) return body;
  auto patched = nlohmann::ordered_json::parse(body);  // ordered: what the patch leaves alone stays where it is
  patched.merge_patch(nlohmann::ordered_json::parse(settings.merge_patch));
  return patched.dump();
}

}  // namespace enrichment_mock::api
