#include "api/render.h"

#include <algorithm>

#include "base/json.h"
#include "scenario/template.h"

namespace enrichment_mock::api {

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
