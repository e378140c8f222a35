#include "control/render.h"

#include <algorithm>
#include <utility>

#include "api/answer.h"
#include "base/mask.h"
#include "base/text.h"
#include "control/scenario_text.h"
#include "json/reader.h"
#include "scenario/model.h"

namespace enrichment_mock::control {

namespace {

constexpr auto kReplace = nlohmann::json::error_handler_t::replace;

Json render_headers(std::string_view lines) {
  Json headers = Json::object();
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() + 1);
    const auto colon = line.find(": ");
    auto& value = headers[std::string(line.substr(0, colon))];
    const std::string text(line.substr(colon + 2));
    value = value.is_null() ? text : value.get<std::string>() + ", " + text;
  }
  return headers;
}

// Parameters that are secrets are masked, whosever they are.
std::string render_query(std::string_view query) {
  std::string out;
  for (std::size_t begin = 0; begin <= query.size();) {
    const auto end = std::min(query.find('&', begin), query.size());
    const auto parameter = query.substr(begin, end - begin);
    const auto equals = std::min(parameter.find('='), parameter.size());
    const auto value = parameter.substr(std::min(equals + 1, parameter.size()));
    const bool secret = base::is_secret_name(base::percent_decoded(parameter.substr(0, equals)));
    out.append(begin == 0 ? "" : "&").append(parameter.substr(0, parameter.size() - value.size()));
    if (!value.empty()) out += secret ? base::mask_key(value) : std::string(value);
    begin = end + 1;
  }
  return out;
}

Json render_attempt(const engine::Attempt& attempt) {
  Json json{{"at", time_text(attempt.at)},
            {"ended", time_text(attempt.ended)},
            {"status", attempt.result.status},
            {"error", nullptr},
            {"latency_ms", 0.0}};
  if (attempt.result.status == 0) json["status"] = nullptr;
  if (!attempt.result.error.empty()) json["error"] = attempt.result.error;
  json["latency_ms"] = static_cast<double>(attempt.result.latency.count()) / 1000;
  return json;
}

// What an event is, apart from its time and kind.
Json details_of(const engine::EnrichmentId& enrichment, engine::Status status) {
  return {{"enrichment_id", engine::to_text(enrichment)}, {"status", engine::to_text(status)}};
}

Json details_of(const engine::EnrichmentId& enrichment, const engine::AttemptEnd& attempt) {
  const auto& [status, error, latency] = attempt.result;
  return {{"enrichment_id", engine::to_text(enrichment)},
          {"callback_id", engine::callback_id(enrichment, attempt.copy)},
          {"status", status == 0 ? Json(nullptr) : Json(status)},
          {"error", error.empty() ? Json(nullptr) : Json(error)}};
}

Json details_of(const engine::EnrichmentId&, const engine::ScheduleMoment& moment) {
  return {{"entry", moment.entry}, {"what", to_text(moment.kind)}};
}

Json render_event(const engine::Event& event, engine::Instant at) {
  Json json{{"at", time_text(at)}, {"kind", kind_of(event)}};
  json.update(std::visit([&](const auto& what) { return details_of(event.enrichment, what); }, event.what));
  return json;
}

// `left`: of a rule that is there for so many calls more.
Json render_rule(const scenario::Rule& rule, std::uint64_t followed, std::uint64_t left = 1) {
  Json json{{"name", rule.name},
            {"on", to_text(rule.on)},
            {"count", to_text(rule.count)},
            {"steps", rule.steps.size()},
            {"after_last", to_text(rule.after_last)},
            {"followed", followed}};
  if (rule.count == scenario::Counter::profile && rule.steps.size() > 1) return json;
  const auto next = left == 0 ? std::nullopt : engine::step_after(rule, followed);
  json["next_step"] = next ? Json(*next) : Json(nullptr);
  return json;
}

}  // namespace

net::Response answer(int status, const Json& body) {
  return {.status = status, .body = body.dump(-1, ' ', false, kReplace)};
}

std::string time_text(base::Instant at) { return base::format_instant(at); }

Json json_or_text(const std::string& text) {
  bool too_deep = false;
  const auto keep = [&](int depth, Json::parse_event_t, const Json&) {
    too_deep =
        too_deep || static_cast<std::size_t>(depth) >= json_text::kMostLevels;  // who writes such recurses as deeply
    return !too_deep;
  };
  auto json = Json::parse(text, keep, false);
  return too_deep || json.is_discarded() ? Json(text) : json;
}

Json render(const runner::Entry& entry, std::string_view team_id) {
  const auto hidden = [&](std::string_view text) { return base::hide_key(text, entry.key); };
  const auto question = entry.target.find('?');
  Json json{{"number", entry.number}};
  if (!team_id.empty()) json["team"] = team_id;
  json["time"] = time_text(entry.real_at);
  if (!team_id.empty()) json["at"] = time_text(entry.at);
  json["method"] = entry.method;
  json["path"] = hidden(entry.target.substr(0, question));
  if (question != entry.target.npos) json["query"] = hidden(render_query(entry.target.substr(question + 1)));
  json["headers"] = render_headers(hidden(entry.headers));
  if (!entry.body.empty()) json["body"] = json_or_text(hidden(entry.body));
  json["status"] = entry.status;
  if (!entry.answer.empty()) json["answer"] = json_or_text(hidden(entry.answer));
  if (!entry.enrichment_id.empty()) json["enrichment_id"] = entry.enrichment_id;
  if (!entry.rule.empty()) json.update({{"rule", entry.rule}, {"step", entry.step}});
  if (!entry.fault.empty()) json["fault"] = entry.fault;
  if (!entry.reason.empty()) json["reason"] = hidden(entry.reason);
  return json;
}

Json render(const engine::Enrichment& enrichment, const engine::Team& team) {
  Json json = api::enrichment_json(view_of(enrichment));
  json["history"] = Json::array();
  for (const auto& [at, status] : history_of(enrichment))
    json["history"].push_back({{"at", time_text(at)}, {"status", engine::to_text(status)}});
  json["rule"] = enrichment.rule == engine::kNoRule ? Json(nullptr) : Json(team.rule_names()[enrichment.rule]);
  json["charged"] = enrichment.charged;
  json["callback_ids"] = Json::array();
  if (enrichment.first_callback == engine::kNoCallback) return json;
  const auto copies = static_cast<std::uint32_t>(enrichment.callback->copies);
  for (std::uint32_t copy = 0; copy < copies; ++copy)
    json["callback_ids"].push_back(engine::callback_id(enrichment.id, copy));
  return json;
}

Json render(const engine::Callback& callback, const engine::Team& team, const Rewritten& rewritten) {
  const auto& enrichment = team.enrichments()[callback.enrichment];
  const auto& settings = *enrichment.callback;
  Json json{{"id", engine::callback_id(enrichment.id, callback.copy)},
            {"enrichment_id", engine::to_text(enrichment.id)},
            {"url", *enrichment.callback_url},
            {"state", engine::to_text(callback.state)},
            {"body",
             settings.raw_body ? json_or_text(*settings.raw_body) : api::callback_json(view_of(enrichment), settings)},
            {"attempts", Json::array()}};
  for (const auto& attempt : engine::ended_attempts(callback)) json["attempts"].push_back(render_attempt(attempt));
  if (const auto url = rewritten(*enrichment.callback_url)) json["rewritten_url"] = *url;
  if (callback.due != engine::kNever) json["due"] = time_text(callback.due);
  return json;
}

Json render(const engine::Movement& movement) {
  Json json{{"at", time_text(movement.at)},
            {"kind", to_text(movement.kind)},
            {"amount", movement.amount},
            {"balance", movement.balance}};
  if (movement.kind == engine::Movement::Kind::charge) json["enrichment_id"] = engine::to_text(movement.enrichment);
  return json;
}

Json render_fired(const engine::Events& fired) {
  Json list = Json::array();
  for (const auto& event : fired) list.push_back(render_event(event, due_of(event)));
  return list;
}

Json render(const engine::Event& event) {
  Json json = render_event(event, event.at);
  if (const auto* attempt = std::get_if<engine::AttemptEnd>(&event.what))
    json.update({{"attempt", attempt->number}, {"state", engine::to_text(attempt->state)}});
  return json;
}

Json render(const runner::ClockView& clock) {
  Json json{{"mode", scenario::kClockModeWords.text(clock.manual)}};
  if (!clock.manual) json["scale"] = clock.scale;
  json["now"] = time_text(clock.now);
  return json;
}

Json render(const std::vector<engine::OpenWork>& open) {
  Json list = Json::array();
  for (const auto& entry : open)
    list.push_back({{"id", engine::to_text(entry.enrichment)}, {"why", to_text(entry.why)}});
  return list;
}

Json render_team(runner::TeamRunner& team) {
  const auto& profile = team.profile();
  Json json{{"id", profile.id},
            {"name", profile.name.empty() ? Json(nullptr) : Json(profile.name)},
            {"key", profile.masked_key},
            {"scenario", team.scenario()->name}};
  team.catch_up_and_read([&](const engine::Team& state) {
    json["credits"] = state.ledger().balance();
    json["requests"] = state.counters().requests;
    json["enrichments"] = state.enrichments().size();
    json["forgotten"] = state.forgotten();
    json["open"] = {{"lookups", state.unresolved()}, {"callbacks", state.callbacks().open_count()}};
  });
  return json;
}

Json render_scenario(const engine::Team& team) {
  const auto& scenario = team.scenario();
  Json json{
      {"name", scenario.name}, {"description", scenario.description}, {"seed", nullptr}, {"rules", Json::array()}};
  if (scenario.seed) json["seed"] = *scenario.seed;
  for (std::size_t i = 0; i < scenario.rules.size(); ++i)
    json["rules"].push_back(render_rule(scenario.rules[i], team.rules().followed(i)));
  json["extra_rules"] = Json::array();
  for (const auto& entry : team.extra_rules().all()) {
    auto rule = render_rule(entry.rule, entry.followed, entry.left);
    rule["left"] = entry.left;
    json["extra_rules"].push_back(std::move(rule));
  }
  json["text"] = masked_text(scenario);
  return json;
}

}  // namespace enrichment_mock::control
