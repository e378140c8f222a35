#include "control/render.h"

#include <algorithm>
#include <utility>

#include "api/answer.h"
#include "base/limits.h"
#include "base/mask.h"
#include "base/text.h"
#include "control/control.h"
#include "control/scenario_text.h"
#include "json/reader.h"
#include "scenario/model.h"

namespace enrichment_mock::control {

namespace {

Object render_headers(std::string_view lines, const KeyMasker& keys) {
  Object json;
  for (const auto& [name, value] : listed_headers(lines, keys)) json.add(name, value);
  return json;
}

// An empty body is left out. `bytes`: the length of the whole body, if only its beginning is kept.
void add_body(Object& to, std::string_view body, bool truncated, std::size_t bytes, const KeyMasker& keys) {
  if (truncated)
    to.add_all({{"body", keys.hide(body)}, {"body_bytes", bytes}, {"body_truncated", true}});
  else if (!body.empty())
    to.add("body", json_or_text(body, keys));
}

// Adds the parts of a received request.
template <class Request>
void add_request(Object& json, const Request& request, const KeyMasker& keys) {
  const auto hidden = [&](std::string_view text) { return keys.hide(text); };
  const std::string_view target = request.target;
  const auto question = target.find('?');
  json.add("method", hidden(request.method));
  json.add("path", hidden(target.substr(0, question)));
  if (question != target.npos) json.add("query", hidden(masked_query(target.substr(question + 1))));
  json.add("headers", render_headers(request.headers, keys));
  add_body(json, request.body, request.body.size() < request.body_bytes, request.body_bytes, keys);
}

// Null: the attempt got no response.
json_text::Item status_or_null(int status) { return status == 0 ? json_text::Item(nullptr) : json_text::Item(status); }

Object render_sent(const base::Exchange& exchange, const KeyMasker& keys) {
  Object json{{"headers", render_headers(exchange.shown_request_headers(kSinkMark), keys)}};
  add_body(json, exchange.request_body, exchange.request_truncated(), exchange.request_body_bytes, keys);
  return json;
}

Object render_received(const base::Exchange& exchange, const KeyMasker& keys) {
  Object json{{"status", exchange.status}, {"headers", render_headers(exchange.shown_response_headers(), keys)}};
  if (exchange.response_headers_truncated) json.add("headers_truncated", true);
  add_body(json, exchange.shown_response_body(), exchange.response_truncated(), exchange.response_body_bytes, keys);
  return json;
}

// `exchange`: what was sent and received; null: nothing, or it is no longer kept.
Object render_attempt(const engine::Attempt& attempt, const base::Exchange* exchange, const KeyMasker& team_keys,
                      Times times) {
  Object json{{"at", time_text(attempt.at, times)},
              {"ended", time_text(attempt.ended, times)},
              {"status", status_or_null(attempt.result.status)},
              {"error", null_if_empty(attempt.result.error)},
              {"latency_ms", static_cast<double>(attempt.result.latency.count()) / 1000}};
  const auto keys = exchange ? exchange->with_secrets(team_keys) : KeyMasker();
  json.add("request", exchange ? render_sent(*exchange, keys) : Json());
  json.add("response", exchange && exchange->status != 0 ? render_received(*exchange, keys) : Json());
  return json;
}

Array render_attempts(const engine::Callback& callback, const runner::Journal& journal, const KeyMasker& keys,
                      Times times) {
  Array attempts;
  for (std::size_t number = 0; const auto& attempt : engine::ended_attempts(callback)) {
    const auto kept = journal.exchange(attempt.exchange, callback.number, ++number);
    attempts.add(render_attempt(attempt, kept ? &kept->content : nullptr, keys, times));
  }
  return attempts;
}

// The details of an event, without its time and kind.
Object details_of(const engine::EnrichmentId& enrichment, engine::Status status) {
  return {{"enrichment_id", engine::to_text(enrichment)}, {"status", engine::to_text(status)}};
}

Object details_of(const engine::EnrichmentId& enrichment, const engine::AttemptEnd& attempt) {
  const auto& [status, error, latency] = attempt.result;
  return {{"enrichment_id", engine::to_text(enrichment)},
          {"callback_id", engine::callback_id(enrichment, attempt.copy)},
          {"status", status_or_null(status)},
          {"error", null_if_empty(error)}};
}

Object details_of(const engine::EnrichmentId&, const engine::ScheduleMoment& moment) {
  return {{"entry", moment.entry}, {"what", to_text(moment.kind)}};
}

Object details_of(const engine::Event& event) {
  return std::visit([&](const auto& what) { return details_of(event.enrichment, what); }, event.what);
}

// `left`: how often an extra rule still applies.
Object render_rule(const scenario::Rule& rule, std::uint64_t followed, const KeyMasker& keys, std::uint64_t left = 1) {
  Object json{{"name", keys.hide(rule.name)},           {"on", to_text(rule.on)},
              {"count", to_text(rule.count)},           {"steps", rule.steps.size()},
              {"after_last", to_text(rule.after_last)}, {"followed", followed}};
  if (rule.count == scenario::CountBy::profile && rule.steps.size() > 1) return json;
  json.add("next_step", left == 0 ? std::nullopt : engine::step_after(rule, followed));
  return json;
}

}  // namespace

net::Response answer(int status, Json body) { return {.status = status, .body = body.take()}; }

net::Response answer(int status, std::initializer_list<json_text::Member> members) {
  return answer(status, Object(members));
}

std::vector<std::pair<std::string, std::string>> listed_headers(std::string_view lines, const KeyMasker& keys) {
  std::vector<std::pair<std::string, std::string>> headers;
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() + 1);
    const auto colon = line.find(": ");
    auto name = keys.hide(line.substr(0, colon)), value = keys.hide(line.substr(colon + 2));
    const auto known = std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
    if (known == headers.end())
      headers.emplace_back(std::move(name), std::move(value));
    else
      known->second.append(", ").append(value);
  }
  return headers;
}

std::string masked_query(std::string_view query) {
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

std::string time_text(base::Instant at, Times times) {
  return times == Times::exact ? base::format_exact_instant(at) : base::format_instant(at);
}

Object render(const runner::JournalEntry& entry, std::string_view team_id, const KeyMasker& team_keys, Times times) {
  // `team_keys` includes the key of a team's call, but not the key of a refused call.
  const auto keys = team_id.empty() ? team_keys.with(entry.key) : team_keys;
  const auto hidden = [&](std::string_view text) { return keys.hide(text); };
  Object json{{"number", entry.number}};
  if (!team_id.empty()) json.add("team", team_id);
  json.add("time", time_text(entry.real_at, times));
  if (!team_id.empty()) json.add("at", time_text(entry.at, times));
  add_request(json, entry, keys);
  json.add("status", entry.status);
  if (entry.answer_truncated())
    json.add_all({{"answer", hidden(entry.answer)}, {"answer_bytes", entry.answer_bytes}, {"answer_truncated", true}});
  else if (!entry.answer.empty())
    json.add("answer", json_or_text(entry.answer, keys));
  if (entry.enrichment) json.add("enrichment_id", engine::to_text(*entry.enrichment));
  if (!entry.rule.empty()) json.add_all({{"rule", hidden(entry.rule)}, {"step", entry.step}});
  if (!entry.fault.empty()) json.add("fault", entry.fault);
  if (!entry.reason.empty()) json.add("reason", hidden(entry.reason));
  return json;
}

Object render(const runner::SinkEntry& entry, const KeyMasker& keys) {
  const auto& [team, team_id, enrichment_id, callback_id, attempt] = entry.source;
  Object json{{"number", entry.number}};
  if (team != runner::Sink::kNoTeam) json.add("team", team_id);
  json.add("time", time_text(entry.real_at));
  add_request(json, entry, keys);
  json.add("status", entry.status);
  if (team != runner::Sink::kNoTeam)
    json.add_all({{"enrichment_id", enrichment_id}, {"callback_id", callback_id}, {"attempt", attempt}});
  return json;
}

Object render(const engine::Enrichment& enrichment, const engine::Team& team, const KeyMasker& keys, Times times) {
  auto view = view_of(enrichment);
  view.linkedin_url = keys.hide(view.linkedin_url);
  if (view.email) view.email = keys.hide(*view.email);
  if (view.external_id) view.external_id = keys.hide(*view.external_id);
  Object json = api::render_enrichment(view);
  json.add("history", Array::of(history_of(enrichment), [times](const auto& entry) {
             return Object{{"at", time_text(entry.at, times)}, {"status", engine::to_text(entry.status)}};
           }));
  if (enrichment.rule == engine::kNoRule)
    json.add("rule", nullptr);
  else
    json.add("rule", keys.hide(team.rule_names()[enrichment.rule]));
  json.add("charged", enrichment.charged);
  Array callbacks;
  if (enrichment.first_callback != engine::kNoCallback)
    for (std::uint32_t copy = 0; copy < static_cast<std::uint32_t>(enrichment.callback->copies); ++copy)
      callbacks.add(engine::callback_id(enrichment.id, copy));
  json.add("callback_ids", callbacks);
  return json;
}

Object render(const engine::Callback& callback, const engine::Team& team, const runner::Journal& journal,
              const Rewritten& rewritten, const KeyMasker& keys, Times times) {
  const auto& enrichment = team.enrichments()[callback.enrichment];
  const auto& settings = *enrichment.callback;
  const std::string whole = api::render_callback(view_of(enrichment), settings);
  const auto body = base::utf8_prefix(whole, base::kMaxKeptBody);
  Object json{{"id", engine::callback_id(enrichment.id, callback.copy)},
              {"enrichment_id", engine::to_text(enrichment.id)},
              {"url", keys.hide(base::mask_userinfo(*enrichment.callback_url()))},
              {"state", engine::to_text(callback.state)},
              {"body", body.size() < whole.size() ? Json(keys.hide(body)) : json_or_text(body, keys)},
              {"attempts", render_attempts(callback, journal, keys, times)}};
  if (body.size() < whole.size()) json.add_all({{"body_bytes", whole.size()}, {"body_truncated", true}});
  if (const auto url = rewritten(*enrichment.callback_url()))
    json.add("rewritten_url", keys.hide(base::mask_userinfo(*url)));
  if (callback.due != engine::kNever) json.add("due", time_text(callback.due, times));
  return json;
}

bool has_callback_url(const engine::Enrichment& enrichment, std::string_view url) {
  const auto own = *enrichment.callback_url();
  return own == url || (own.find('@') != own.npos && base::mask_userinfo(own) == url);
}

Object render(const engine::Movement& movement, Times times) {
  Object json{{"at", time_text(movement.at, times)},
              {"kind", to_text(movement.kind)},
              {"amount", movement.amount},
              {"balance", movement.balance}};
  if (movement.kind == engine::Movement::Kind::charge) json.add("enrichment_id", engine::to_text(movement.enrichment));
  return json;
}

Array render_fired(const engine::Events& fired) {
  return Array::of(fired, [](const engine::Event& event) {
    Object json{{"at", time_text(due_of(event))}, {"kind", kind_of(event)}};
    json.add_all(details_of(event));
    return json;
  });
}

Object render(const engine::Event& event, std::string_view team_id) {
  Object json{{"at", time_text(event.at)}};
  json.add_all(details_of(event));
  if (const auto* attempt = std::get_if<engine::AttemptEnd>(&event.what))
    json.add_all({{"attempt", attempt->number}, {"state", engine::to_text(attempt->state)}});
  json.add("team", team_id);
  return json;
}

Object render(const runner::ClockView& clock, Times times) {
  Object json{{"mode", scenario::kClockModeWords.text(clock.manual)}};
  if (!clock.manual) json.add("scale", clock.scale);
  json.add("now", time_text(clock.now, times));
  return json;
}

Array render(const std::vector<engine::OpenWork>& open) {
  return Array::of(open, [](const engine::OpenWork& entry) {
    return Object{{"id", engine::to_text(entry.enrichment)}, {"why", to_text(entry.why)}};
  });
}

Object render_team(runner::TeamRunner& team) {
  const auto& profile = team.profile();
  const auto name = team.masker().hide(profile.name);
  Object json{{"id", profile.id},
              {"name", null_if_empty(name)},
              {"key", profile.masked_key},
              {"scenario", team.scenario()->name}};
  team.catch_up_and_read([&](const engine::Team& state) {
    json.add("credits", state.ledger().balance());
    json.add("requests", state.counters().requests);
    json.add("enrichments", state.enrichments().size());
    json.add("forgotten", state.forgotten());
    json.add("open", Object{{"lookups", state.unresolved()}, {"callbacks", state.callbacks().open_count()}});
  });
  return json;
}

Object render_scenario(const engine::Team& team, const KeyMasker& keys,
                       const std::function<void(const engine::ExtraRules::Entry&, Object&)>& add_to_extra_rule) {
  const auto& scenario = team.scenario();
  Object json{{"name", scenario.name}, {"description", keys.hide(scenario.description)}, {"seed", scenario.seed}};
  Array rules;
  for (std::size_t i = 0; i < scenario.rules.size(); ++i)
    rules.add(render_rule(scenario.rules[i], team.rules().followed(i), keys));
  json.add("rules", rules);
  json.add("extra_rules", Array::of(team.extra_rules().all(), [&](const auto& entry) {
             auto rule = render_rule(entry.rule, entry.followed, keys, entry.left);
             rule.add("left", entry.left);
             if (add_to_extra_rule) add_to_extra_rule(entry, rule);
             return rule;
           }));
  json.add("text", masked_text(scenario, keys));
  return json;
}

}  // namespace enrichment_mock::control
