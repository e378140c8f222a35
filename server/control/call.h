// A control call, its routes, and the pages of lists.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/event_feed.h"
#include "control/input.h"
#include "control/render.h"
#include "control/slices.h"
#include "net/message.h"
#include "runner/directory.h"
#include "scenario/loader.h"

namespace enrichment_mock::control {

// The parts of the server that all calls use.
struct Services {
  runner::Directory& directory;
  EventFeed& events;
  std::function<scenario::LoadResult(std::string_view text)> load;  // loads a scenario, with the options' overrides
  Rewritten rewritten = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
  runner::Commits* commits = nullptr;  // null: nothing is saved
};

struct Call {
  Services& services;
  const net::Request& request;
  const Query& query;
  std::shared_ptr<runner::TeamRunner> team;  // null: the call covers all teams
  std::string id = {};                       // from the path

  // The team of the call. Throws 400 if the call names no team.
  runner::TeamRunner& one_team() const;

  // The team of the call, or all teams.
  std::vector<std::shared_ptr<runner::TeamRunner>> teams() const;
};

using Handler = net::Response (*)(const Call&);

// What is checked before the handler is called.
enum class CallChecks {
  all,  // a call that takes no body refuses one, because the client expects an effect that the call does not have
  all_but_body,  // the same for a call that takes a body
  none,          // anyone may call it, with any query and body; it belongs to no team
};
constexpr CallChecks kTakesBody = CallChecks::all_but_body, kFromAnyone = CallChecks::none;

// A path below /__admin/, in which {id} or {name} matches one segment, and its query parameters in addition to `team`.
struct Route {
  std::string_view method, path;
  std::span<const std::string_view> parameters;
  Handler handler;
  CallChecks checks = CallChecks::all;
  bool team_by_key_only = false;  // `team` names something else
};

// The routes of each file of handlers.
std::span<const Route> request_routes();     // calls_requests.cpp: the journal
std::span<const Route> enrichment_routes();  // calls_enrichments.cpp
std::span<const Route> callback_routes();    // calls_callbacks.cpp
std::span<const Route> credit_routes();      // calls_credits.cpp: credits and the ledger
std::span<const Route> script_routes();      // calls_script.cpp: scenarios and rules
std::span<const Route> clock_routes();       // calls_clock.cpp: clock, advance, settle
std::span<const Route> server_routes();      // calls_server.cpp: teams, reset, snapshot, metrics, openapi.json
std::span<const Route> verify_routes();      // calls_verify.cpp
std::span<const Route> event_routes();       // calls_events.cpp
std::span<const Route> sink_routes();        // calls_sink.cpp: the receiver of callbacks
std::array<std::span<const Route>, 10> all_routes();

// The status of a wait that times out. Not 408: several HTTP clients repeat a request by themselves if they get that.
inline constexpr int kTimedOut = 422;

// Why the wait did not succeed, if the reason may be the clock: "; the team's clock is manual, see POST clock/advance".
// Empty for a running clock.
std::string manual_clock_hint(runner::TeamRunner& team);

// The maximum real time that a call waits, from its parameter or field `timeout`. Default: 5 s.
std::chrono::milliseconds timeout_of(const std::optional<base::Duration>& given);

// A position in a list that contains one team after the other: "<team's order>.<number>".
struct Cursor {
  std::uint64_t team = 0, number = 0;
  static Cursor of(const Query& query);  // from `after`; default: the beginning
  std::string text() const;
};

// A page of a list: at most `limit` items and the cursor of the next page; or the last items of the list.
struct Page {
  std::size_t limit = 100;
  bool is_last = false;
  Array items = {};
  Json next = {};

  static Page of(const Query& query);  // from `limit` or `last`, 1 to 1000
  bool full() const { return items.size() == limit; }

  // Adds the records of the call's teams, in order, from the cursor on. `of_team` returns the engine::RecordStore of a
  // team; `show` returns the JSON of a record, with the team's keys masked. It gets the record, the engine::Team, the
  // runner::TeamRunner and the KeyMasker. Teams are read in slices.
  template <class OfTeam, class Wanted, class Show>
  void fill(const Call& call, const Cursor& after, OfTeam of_team, Wanted wanted, Show show) {
    Cursor last = after;
    for (const auto& team : call.teams()) {
      const auto order = team->profile().order;
      if (order < after.team) continue;
      const auto keys = team->masker();
      SliceSize slice;
      const auto take = [&](const auto& record, const engine::Team& state) {
        if (!wanted(record, state)) return Visit::next;
        if (full()) {
          next = Json(last.text());
          return Visit::stop;
        }
        const Json shown = show(record, state, *team, keys);
        items.add(shown);
        last = {order, record.number + 1};
        return slice.add(shown);
      };
      for_each_from(order == after.team ? after.number : 0, *team, of_team, take);
      if (!next.is_null()) return;
    }
  }

  // The same with the last records.
  template <class OfTeam, class Wanted, class Show>
  void fill_from_end(const Call& call, OfTeam of_team, Wanted wanted, Show show) {
    const auto teams = call.teams();
    std::vector<Json> latest_first;
    for (auto team = teams.rbegin(); team != teams.rend() && latest_first.size() < limit; ++team) {
      const auto keys = (*team)->masker();
      SliceSize slice;
      const auto take = [&](const auto& record, const engine::Team& state) {
        if (!wanted(record, state)) return Visit::next;
        latest_first.push_back(show(record, state, **team, keys));
        const auto visit = slice.add(latest_first.back());
        return latest_first.size() == limit ? Visit::stop : visit;
      };
      for_each_from_end(**team, of_team, take);
    }
    for (auto each = latest_first.rbegin(); each != latest_first.rend(); ++each) items.add(*each);
  }
};

}  // namespace enrichment_mock::control
