#include "control/control.h"

#include <algorithm>
#include <array>

#include "api/error.h"
#include "base/limits.h"
#include "base/suggest.h"
#include "base/time_text.h"
#include "base/version.h"
#include "base/waiting.h"
#include "control/restore.h"

namespace enrichment_mock::control {

namespace {

using net::Request;
using net::Response;

Response error_response(const api::ApiError& error) {
  return {.status = error.status, .body = api::error_body(error.status, error.message), .headers = error.headers};
}

// Whether a path matches the path of a route. `id` gets the segment that matches {id} or {name}.
bool matches(std::string_view path, std::string_view pattern, std::string& id) {
  const auto at = pattern.find('{');
  if (at == pattern.npos) return path == pattern;
  const auto before = pattern.substr(0, at), behind = pattern.substr(pattern.find('}') + 1);
  if (path.size() <= before.size() + behind.size() || !path.starts_with(before) || !path.ends_with(behind))
    return false;
  id = path.substr(before.size(), path.size() - before.size() - behind.size());
  return id.find('/') == id.npos;
}

struct Found {
  const Route* route = nullptr;  // null: there is no such call
  std::string id = {};
  std::string allowed = {};  // the methods of the path, if it has no such method
};

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    segments.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return segments;
}

// The path of a route with {id} or {name} replaced by the call's segment. Nothing: the number of segments differs.
std::optional<std::string> filled_in(std::string_view pattern, std::span<const std::string_view> segments) {
  const auto parts = segments_of(pattern);
  if (parts.size() != segments.size()) return std::nullopt;
  std::string path;
  for (std::size_t i = 0; i < parts.size(); ++i)
    path.append(i == 0 ? "" : "/").append(parts[i].starts_with('{') ? segments[i] : parts[i]);
  return path;
}

// "; did you mean …?" for a similar path; empty if there is none.
std::string suggestion_for(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  const auto segments = segments_of(path);
  std::vector<std::string> known;
  for (const auto routes : all_routes())
    for (const Route& route : routes)
      if (auto candidate = filled_in(route.path, segments)) known.push_back(*std::move(candidate));
  const std::vector<std::string_view> views(known.begin(), known.end());
  const auto near = base::nearest(path, views);
  return near ? "; did you mean " + std::string(Control::kPrefix) + api::clipped(*near) + "?" : "";
}

Found find_route(const Request& request, std::string_view path) {
  std::string allowed;
  for (const auto routes : all_routes()) {
    for (const Route& route : routes) {
      std::string id;
      if (!matches(path, route.path, id)) continue;
      const bool reads = route.method == "GET";
      if (reads ? net::is_read(request) : route.method == request.method) return {&route, std::move(id)};
      allowed.append(allowed.empty() ? "" : ", ").append(reads ? net::kReadMethods : route.method);
    }
  }
  return {.allowed = std::move(allowed)};
}

// 404 or 405.
api::ApiError no_route(const Request& request, std::string_view path, const Found& found) {
  if (!found.allowed.empty()) return api::wrong_method(request.method, request.path, found.allowed);
  auto unknown = api::no_such_route(request.method, request.path);
  unknown.message += suggestion_for(path);
  return unknown;
}

// A blank key is probably an unset variable. It must not make a call affect all teams.
void check_key(const Request& request) {
  const auto key = request.header("x-api-key");
  if (key.data() && key.find_first_not_of(" \t") == key.npos)
    refuse("the header x-api-key is blank; expected the key of a team, or no such header for all teams");
}

// The team of the call; null if the call names none.
std::shared_ptr<runner::TeamRunner> team_of(runner::Directory& directory, const Request& request,
                                            const std::optional<std::string>& id) {
  check_key(request);
  if (id) {
    if (auto team = directory.find_by_id(*id)) return team;
    throw api::ApiError{
        404, "There is no team with the id \"" + api::clipped(*id) + "\"; GET /__admin/teams lists all teams"};
  }
  const auto key = request.header("x-api-key");
  if (!key.data()) return nullptr;
  const auto opened = directory.open(key);
  if (const auto* rejected = std::get_if<scenario::KeyRejected>(&opened)) throw api::rejected_key(rejected->reason);
  if (std::holds_alternative<runner::TooManyTeams>(opened)) throw api::too_many_teams();
  return std::get<std::shared_ptr<runner::TeamRunner>>(opened);
}

// Whether a call about the team may take long even if it does not wait. What one test makes is not that much.
bool is_large(const runner::TeamRunner& team) {
  constexpr std::size_t kMost = 200, kMostJournal = 128 * base::kKilobyte;
  return team.journal().bytes() > kMostJournal || team.read([](const engine::Team& state) {
    return state.enrichments().size() > kMost || state.callbacks().all().size() > kMost;
  });
}

std::vector<std::string_view> parameters_of(const Route& route) {
  std::vector<std::string_view> known(route.parameters.begin(), route.parameters.end());
  known.push_back("team");
  return known;
}

}  // namespace

bool Control::shows_no_state(const Request& request) {
  if (!request.path.starts_with(kPrefix)) return false;
  const auto path = request.path.substr(kPrefix.size());
  return path == "health" || path == "ready" || path == "openapi.json";
}

Response Control::handle(const Request& request) {
  const auto path = request.path.substr(kPrefix.size());
  try {
    return dispatch(request, path);
  } catch (const api::ApiError& error) {
    return error_response(error);
  } catch (const base::Stopped& stopped) {
    return error_response(api::conflict(stopped.what()));
  } catch (const runner::Conflict& conflict) {
    return error_response(api::conflict(conflict.what()));
  } catch (const runner::TimeOutOfRange& beyond) {
    return error_response(api::malformed_body(beyond.what()));
  }
}

Response Control::dispatch(const Request& request, std::string_view path) {
  if (path == "health" || path == "ready") {
    if (!net::is_read(request)) throw api::wrong_method(request.method, request.path, net::kReadMethods);
    const Query none(request.query, {});
    return path == "health" ? health() : ready();
  }
  const auto found = find_route(request, path);
  if (found.route && found.route->checks == CallChecks::none)
    return found.route->handler({services_, request, Query({}, {}), nullptr, found.id});
  if (const auto why = refusal(request, guard_)) throw *why;
  if (!found.route) throw no_route(request, path, found);
  const Query query(request.query, parameters_of(*found.route));
  if (!net::is_read(request) && found.route->checks == CallChecks::all) expect_no_body(request);
  base::Blocking::expect_long_work();  // already to find the team, whose mutex another call may hold
  const auto team_id = found.route->team_by_key_only ? std::nullopt : query.text("team");
  const Call call{services_, request, query, team_of(services_.directory, request, team_id), found.id};
  std::optional<base::Blocking> busy;
  if (!call.team || is_large(*call.team)) busy.emplace();
  auto response = found.route->handler(call);
  if (!net::is_read(request) && response.status < 400) publish_event(call);
  return response;
}

std::size_t Control::body_limit(const Request& request) const {
  const bool may_be_large = request.method == "PUT" && request.path == "/__admin/snapshot" &&
                            !request.header("x-api-key").empty() && !refusal(request, guard_);
  return may_be_large ? kMaxSnapshot : 0;
}

void Control::publish_event(const Call& call) {
  Object event{{"method", call.request.method},
               {"path", call.team ? call.team->masker().hide(call.request.path) : std::string(call.request.path)}};
  const bool about_all = !call.team && call.id.empty();
  if (about_all) return services_.events.publish_to_all("control", event);
  if (!call.team) return services_.events.publish("control", "", event);
  const auto& team_id = call.team->profile().id;
  event.add("team", team_id);
  services_.events.publish("control", team_id, event);
}

Response Control::health() const {
  const auto uptime =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_);
  return answer(200, {{"status", "ok"},
                      {"version", base::version()},
                      {"uptime", base::format_duration(uptime)},
                      {"started", time_text(started_at_)}});
}

Response Control::ready() const {
  if (draining_) return answer(503, {{"status", "draining"}});
  try {
    if (services_.commits) services_.commits->check();
  } catch (const runner::NotSaved& error) {
    return answer(503, {{"status", "not-saving"}, {"error", error.what()}});
  }
  return answer(200, {{"status", "ready"}});
}

}  // namespace enrichment_mock::control
