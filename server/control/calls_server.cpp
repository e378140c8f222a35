// GET teams, POST reset, GET snapshot, PUT snapshot, GET metrics, GET openapi.json.
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "api/error.h"
#include "base/memory.h"
#include "base/undo.h"
#include "base/version.h"
#include "control/call.h"
#include "control/documents.h"
#include "control/metrics.h"
#include "control/restore.h"
#include "control/snapshot.h"
#include "control/steering.h"

namespace enrichment_mock::control {

namespace {

net::Response list_teams(const Call& call) {
  return answer(200, {{"teams", Array::of(call.teams(), [](const auto& team) { return render_team(*team); })}});
}

net::Response reset(const Call& call) {
  auto& directory = call.services.directory;
  if (call.team) directory.reset(*call.team);
  const auto teams = call.team ? call.teams() : reset_all(directory);
  return answer(200, {{"reset", Array::of(teams, [](const auto& team) { return Json(team->profile().id); })}});
}

net::Response snapshot(const Call& call) { return answer(200, snapshot_of(call.services, call.team)); }

// The body of PUT snapshot, which may be larger than others.
void check_size(const net::Request& request) {
  if (request.body_fault == net::BodyFault::too_large)
    throw api::ApiError{413, "The snapshot is larger than " + std::to_string(kMaxSnapshot / base::kMegabyte) + " MB"};
  if (request.body_fault == net::BodyFault::no_room)
    throw api::ApiError{
        503, "Other large snapshots are being received; send this one again in a moment", {{"Retry-After", "1"}}};
}

net::Response put_snapshot(const Call& call) {
  if (!call.team)
    refuse(
        "the header x-api-key is missing; expected the key of the team that continues with the snapshot (?team=ID "
        "chooses a team of the snapshot)");
  check_size(call.request);
  Body body(call.request, json_text::Syntax::strict, json_text::kMaxWrittenDepth,
            &call.services.directory.waits_are_cancelled());
  const auto snapshot = read_snapshot(body.root());
  body.finish();
  const auto id = call.query.filled("team");
  const auto* chosen = find_team(*snapshot, id);
  if (!chosen) refuse(no_such_team(*snapshot, id));
  auto world = read_team(*chosen, *snapshot, *call.team);
  body.finish();
  const Object restored{{"team", call.team->profile().id},
                        {"from", chosen->id},
                        {"now", time_text(world->now)},
                        {"enrichments", world->team.enrichments().size()},
                        {"callbacks", world->team.callbacks().all().size()},
                        {"requests", world->journal.entries.size()}};
  call.services.directory.put_back(*call.team, *std::move(world));
  return answer(200, {{"restored", restored}});
}

net::Response show_metrics(const Call& call) {
  auto [teams, closed] =
      call.team ? runner::Directory::Snapshot{.teams = {call.team}, .closed = {}} : call.services.directory.snapshot();
  return {.body = metrics_text(teams, std::move(closed)), .content_type = "text/plain; version=0.0.4; charset=utf-8"};
}

net::Response show_openapi(const Call&) { return {.body = std::string(documents().front().text)}; }

constexpr Route kServerRoutes[] = {
    {"GET", "teams", {}, list_teams},     {"POST", "reset", {}, reset},
    {"GET", "snapshot", {}, snapshot},    {"PUT", "snapshot", {}, put_snapshot, kTakesBody, true},
    {"GET", "metrics", {}, show_metrics}, {"GET", "openapi.json", {}, show_openapi}};

}  // namespace

std::span<const Route> server_routes() { return kServerRoutes; }

namespace {

// How often a comment is sent if there are no events, in order to detect a disconnected client.
constexpr std::chrono::seconds kKeepAlive{15};

// The last event that a reconnecting client has received. Zero, which no event has, if the id is not ours.
std::optional<std::uint64_t> last_event_id(const net::Request& request) {
  const auto text = request.header("Last-Event-ID");
  if (text.empty()) return std::nullopt;
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size() ? id : 0;
}

// The first block has an id, so that a client that disconnects before the first event can continue from here.
// An event is sent once what it shows is saved.
void send_events(EventFeed& feed, runner::Commits* commits, const std::string& team,
                 std::optional<std::uint64_t> last_id, const net::Write& write) {
  const auto listener = feed.listen(team, last_id);
  const base::Undo unsubscribe([&] { feed.remove(listener); });  // on every way out
  bool connected = write(": listening\nid: " + std::to_string(listener->begins_after()) + "\n\n");
  while (connected) {
    const auto event = listener->next(kKeepAlive);
    if (!event) break;
    try {
      if (commits) commits->wait();
    } catch (const runner::NotSaved&) {  // the client connects again, and gets the event then
      break;
    }
    connected = write(event->empty() ? ": nothing new\n\n" : *event);
  }
}

net::Response listen(const Call& call) {
  const std::string team = call.team ? call.team->profile().id : "";
  constexpr const char* kType = "text/event-stream; charset=utf-8";
  const auto last_id = last_event_id(call.request);
  // X-Accel-Buffering: otherwise nginx buffers the response.
  return {.content_type = kType,
          .headers = {{"Content-Type", kType}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
          .stream = [&feed = call.services.events, commits = call.services.commits, team,
                     last_id](const net::Write& write) { send_events(feed, commits, team, last_id, write); }};
}

constexpr Route kEventRoutes[] = {{"GET", "events", {}, listen}};

}  // namespace

std::span<const Route> event_routes() { return kEventRoutes; }

}  // namespace enrichment_mock::control
