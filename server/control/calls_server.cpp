// GET teams, POST reset, GET snapshot, GET metrics, GET openapi.json.
#include <chrono>
#include <set>
#include <string_view>
#include <utility>

#include "base/mask.h"
#include "base/version.h"
#include "control/call.h"
#include "control/documents.h"
#include "control/metrics.h"
#include "control/request_matcher.h"
#include "engine/verify.h"

namespace enrichment_mock::control {

namespace {

using runner::TeamRunner;

net::Response list_teams(const Call& call) {
  Json list = Json::array();
  for (const auto& team : call.teams()) list.push_back(render_team(*team));
  return answer(200, {{"teams", std::move(list)}});
}

net::Response reset(const Call& call) {
  Json list = Json::array();
  for (const auto& team : call.teams()) {
    call.world.directory.reset(*team);
    list.push_back(team->profile().id);
  }
  if (!call.team) call.world.directory.unassigned().clear();
  return answer(200, {{"reset", std::move(list)}});
}

// The texts in it, and the names of members, without these keys.
Json without_keys(Json json, const std::set<std::string_view>& keys) {
  const auto hidden = [&](std::string text) {
    for (const auto key : keys) text = base::hide_key(text, key);
    return text;
  };
  if (json.is_string()) return hidden(json.get<std::string>());
  if (json.is_array())
    for (auto& element : json) element = without_keys(std::move(element), keys);
  if (!json.is_object()) return json;
  Json members = Json::object();
  for (auto& [name, value] : json.items()) members[hidden(name)] = without_keys(std::move(value), keys);
  return members;
}

// The keys of calls, which clients may well send as part of something else.
std::set<std::string_view> keys_of(const std::vector<runner::Entry>& calls) {
  std::set<std::string_view> keys;
  for (const auto& call : calls) keys.insert(call.key);
  return keys;
}

Json snapshot_of(TeamRunner& team, const Rewritten& rewritten) {
  Json json = render_team(team);
  json["clock"] = render(team.clock().view());
  json["requests"] = Json::array();
  const auto contents = team.journal().contents();
  for (const auto& entry : contents.entries) json["requests"].push_back(render_call(entry, &team));
  json["requests_evicted"] = contents.evicted;
  team.catch_up_and_read([&](const engine::Team& state) {
    json["scenario"] = render_scenario(state);
    json["seed"] = state.seed();
    json["enrichments"] = Json::array();
    for (const auto& enrichment : state.enrichments()) json["enrichments"].push_back(render(enrichment, state));
    json["callbacks"] = Json::array();
    for (const auto& callback : state.callbacks().all())
      json["callbacks"].push_back(render(callback, state, rewritten));
    json["ledger"] = Json::array();
    for (const auto& movement : state.ledger().movements()) json["ledger"].push_back(render(movement));
    json["differences"] = differences(state.scenario().expect, state);
  });
  const auto keys = keys_of(contents.entries);
  for (const auto* list : {"enrichments", "callbacks"}) json[list] = without_keys(std::move(json[list]), keys);
  json["open"] = render(team.read(engine::open_work_of));
  return json;
}

net::Response snapshot(const Call& call) {
  Json json{{"version", base::version()},
            {"time", time_text(std::chrono::floor<base::Duration>(std::chrono::system_clock::now()))},
            {"teams", Json::array()}};
  for (const auto& team : call.teams()) json["teams"].push_back(snapshot_of(*team, call.world.rewritten));
  if (!call.team) {
    json["other_requests"] = Json::array();
    for (const auto& entry : call.world.directory.unassigned().contents().entries)
      json["other_requests"].push_back(render(entry, ""));
  }
  return answer(200, json);
}

net::Response show_metrics(const Call& call) {
  // Teams that are held are not closed meanwhile, so that none is counted twice or left out.
  const auto teams = call.teams();
  auto closed = call.team ? engine::Totals() : call.world.directory.totals_of_closed();
  return {.body = metrics_text(teams, std::move(closed)), .content_type = "text/plain; version=0.0.4; charset=utf-8"};
}

net::Response show_openapi(const Call&) { return {.body = std::string(documents().front().text)}; }

constexpr Route kServerRoutes[] = {{"GET", "teams", {}, list_teams},
                                   {"POST", "reset", {}, reset},
                                   {"GET", "snapshot", {}, snapshot},
                                   {"GET", "metrics", {}, show_metrics},
                                   {"GET", "openapi.json", {}, show_openapi}};

}  // namespace

std::span<const Route> server_routes() { return kServerRoutes; }

namespace {

// So often a connection on which nothing happens is tried, for a client that has gone to be noticed.
constexpr std::chrono::seconds kSilence{15};

void send_events(EventFeed& feed, const std::string& team, const net::Write& write) {
  const auto listener = feed.listen(team);
  bool there = write(": listening\n\n");
  while (there) {
    const auto event = listener->next(kSilence);
    if (!event) break;
    there = write(event->empty() ? ": nothing new\n\n" : *event);
  }
  feed.leave(listener);
}

net::Response listen(const Call& call) {
  const std::string team = call.team ? call.team->profile().id : "";
  return {.content_type = "text/event-stream",
          .headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}},
          .stream = [&feed = call.world.events, team](const net::Write& write) { send_events(feed, team, write); }};
}

constexpr Route kEventRoutes[] = {{"GET", "events", {}, listen}};

}  // namespace

std::span<const Route> event_routes() { return kEventRoutes; }

}  // namespace enrichment_mock::control
