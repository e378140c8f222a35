// GET teams, POST reset, GET snapshot, GET metrics, GET openapi.json.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>

#include "base/memory.h"
#include "base/undo.h"
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
  return answer(200, {{"teams", Array::of(call.teams(), [](const auto& team) { return render_team(*team); })}});
}

net::Response reset(const Call& call) {
  Array list;
  for (const auto& team : call.teams()) {
    call.services.directory.reset(*team);
    list.add(team->profile().id);
  }
  if (!call.team) {
    call.services.directory.unassigned().clear();
    call.services.directory.sink().clear(runner::Sink::kNoTeam);
  }
  base::return_free_memory();
  return answer(200, {{"reset", list}});
}

// The records of a team for a snapshot, read in slices of one generation.
class Records {
 public:
  Records(const Rewritten& rewritten, const KeyMasker& keys) : rewritten_(rewritten), keys_(keys) {}

  // False: the team was reset in the meantime.
  bool read(TeamRunner& team) {
    return team.read_in_slices(0, [this](const engine::Team& state, engine::Number begin) {
      const auto next = next_slice(state, begin);
      return next || ++part_ == kParts ? next : std::optional<engine::Number>(0);
    });
  }

  Json scenario, differences;
  std::uint64_t seed = 0;
  Array enrichments, callbacks, ledger;

 private:
  static constexpr int kParts = 4;

  // Adds a slice and returns where the next slice begins. Nothing: the part is complete.
  std::optional<engine::Number> next_slice(const engine::Team& state, engine::Number begin) {
    switch (part_) {
      case 0:
        scenario = render_scenario(state, keys_);
        seed = state.seed();
        differences = Array::of(engine::differences(state.scenario().expect, state),
                                [](const auto& each) { return Json(each.text); });
        ends_ = {state.enrichments().end_number(), state.callbacks().all().end_number(),
                 state.ledger().forgotten() + state.ledger().movements().size()};
        return std::nullopt;
      case 1:
        return add_slice(state.enrichments(), begin, ends_[0], [&](const engine::Enrichment& enrichment) {
          enrichments.add(render(enrichment, state, keys_));
        });
      case 2:
        return add_slice(state.callbacks().all(), begin, ends_[1], [&](const engine::Callback& callback) {
          callbacks.add(render(callback, state, rewritten_, keys_));
        });
      default:
        return add_movements(state.ledger(), begin);
    }
  }

  std::optional<engine::Number> add_movements(const engine::Ledger& movements, engine::Number begin) {
    const auto first = movements.forgotten();
    auto number = std::max(begin, first);
    for (const auto end = std::min(ends_[2], number + kSlice); number < end; ++number)
      ledger.add(render(movements.movements()[number - first]));
    return number < ends_[2] ? std::optional(number) : std::nullopt;
  }

  const Rewritten& rewritten_;
  const KeyMasker& keys_;
  int part_ = 0;
  std::array<engine::Number, 3> ends_{};
};

// Each record shows one moment, but the records of a busy team may show different moments.
Object snapshot_of(TeamRunner& team, const Rewritten& rewritten) {
  for (;;) {
    Object json = render_team(team);
    json.add("clock", render(team.clock().view()));
    const auto contents = team.journal().contents();
    const auto keys = team.masker();
    const auto render_each = [&](const auto& entry) { return render_call(*entry, &team, keys); };
    json.add("requests", Array::of(contents.entries, render_each));
    json.add("requests_evicted", contents.evicted);
    Records records(rewritten, keys);
    if (!records.read(team)) continue;  // start again: these records are from before a reset
    json.add("scenario", records.scenario);
    json.add("seed", records.seed);
    json.add("enrichments", records.enrichments);
    json.add("callbacks", records.callbacks);
    json.add("ledger", records.ledger);
    json.add("differences", records.differences);
    json.add("open", render(open_work_of(team)));
    return json;
  }
}

net::Response snapshot(const Call& call) {
  Object json{{"version", base::version()},
              {"time", time_text(std::chrono::floor<base::Duration>(std::chrono::system_clock::now()))}};
  const auto render_snapshot = [&](const auto& team) { return snapshot_of(*team, call.services.rewritten); };
  json.add("teams", Array::of(call.teams(), render_snapshot));
  if (!call.team) {
    const auto contents = call.services.directory.unassigned().contents();
    const auto keys = call.services.directory.library()->masker();
    const auto render_each = [&](const auto& entry) { return render(*entry, "", keys); };
    json.add("other_requests", Array::of(contents.entries, render_each));
  }
  return answer(200, json);
}

net::Response show_metrics(const Call& call) {
  auto [teams, closed] =
      call.team ? runner::Directory::Snapshot{.teams = {call.team}, .closed = {}} : call.services.directory.snapshot();
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
void send_events(EventFeed& feed, const std::string& team, std::optional<std::uint64_t> last_id,
                 const net::Write& write) {
  const auto listener = feed.listen(team, last_id);
  const base::Undo unsubscribe([&] { feed.remove(listener); });  // on every way out
  bool connected = write(": listening\nid: " + std::to_string(listener->begins_after()) + "\n\n");
  while (connected) {
    const auto event = listener->next(kKeepAlive);
    if (!event) break;
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
          .stream = [&feed = call.services.events, team, last_id](const net::Write& write) {
            send_events(feed, team, last_id, write);
          }};
}

constexpr Route kEventRoutes[] = {{"GET", "events", {}, listen}};

}  // namespace

std::span<const Route> event_routes() { return kEventRoutes; }

}  // namespace enrichment_mock::control
