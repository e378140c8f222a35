// One control call on its way to its handler: what it asks, of which team, with what at hand.
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

// What all calls share.
struct World {
  runner::Directory& directory;
  EventFeed& events;
  std::function<scenario::LoadResult(std::string_view text)> load;  // a scenario, with the options' overrides
  Rewritten rewritten = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
};

struct Call {
  World& world;
  const net::Request& request;
  const Query& query;
  std::shared_ptr<runner::TeamRunner> team;  // null: the whole server is meant
  std::string id = {};                       // from the path

  // The team that the call is about. Throws 400 when it names none.
  runner::TeamRunner& one_team() const;

  // That team, or all.
  std::vector<std::shared_ptr<runner::TeamRunner>> teams() const;
};

using Handler = net::Response (*)(const Call&);

constexpr bool kTakesBody = true;

// A path below /__admin/, in which {id} stands for one segment, and the query parameters that it knows beside `team`.
// Whoever sends a body to a call that takes none has something in mind that would not happen.
struct Route {
  std::string_view method, path;
  std::span<const std::string_view> parameters;
  Handler handler;
  bool takes_body = false;
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
std::array<std::span<const Route>, 9> all_routes();

// Real time that a call may wait for something, from its parameter or field `timeout`; 5 s if it says nothing.
std::chrono::milliseconds timeout_of(const std::optional<base::Duration>& given);

// A position in a list that goes through teams one after the other: "<team's order>.<number>".
struct Cursor {
  std::uint64_t team = 0, number = 0;
  static Cursor of(const Query& query);  // `after`; the beginning when there is none
  std::string text() const;
};

// A page of a list: at most `limit` items, and where it goes on; or the last so many, behind which nothing comes.
struct Page {
  std::size_t limit = 100;
  bool is_last = false;
  Array items = {};
  Json next = {};

  static Page of(const Query& query);  // with its `limit` or its `last`, 1 to 1000
  bool full() const { return items.size() == limit; }

  // Fills it with what the call's teams have, in their order, from the cursor on: `of_team` gives all that a team has,
  // an engine::RecordStore, and `show` the JSON of one, with the team's keys masked. Teams are read in slices.
  template <class OfTeam, class Wanted, class Show>
  void fill(const Call& call, const Cursor& after, OfTeam of_team, Wanted wanted, Show show) {
    Cursor last = after;
    for (const auto& team : call.teams()) {
      const auto order = team->profile().order;
      if (order < after.team) continue;
      const auto keys = team->masker();
      const auto take = [&](const auto& record, const engine::Team& state) {
        if (!wanted(record, state)) return Goes::on;
        if (full()) {
          next = Json(last.text());
          return Goes::no_further;
        }
        items.add(show(record, state, keys));
        last = {order, record.number + 1};
        return Goes::on;
      };
      for_each_from(order == after.team ? after.number : 0, *team, of_team, take);
      if (!next.is_null()) return;
    }
  }

  // The same with the last of what they have.
  template <class OfTeam, class Wanted, class Show>
  void fill_from_end(const Call& call, OfTeam of_team, Wanted wanted, Show show) {
    const auto teams = call.teams();
    std::vector<Json> latest_first;
    for (auto team = teams.rbegin(); team != teams.rend() && latest_first.size() < limit; ++team) {
      const auto keys = (*team)->masker();
      const auto take = [&](const auto& record, const engine::Team& state) {
        if (wanted(record, state)) latest_first.push_back(show(record, state, keys));
        return latest_first.size() == limit ? Goes::no_further : Goes::on;
      };
      for_each_from_end(**team, of_team, take);
    }
    for (auto each = latest_first.rbegin(); each != latest_first.rend(); ++each) items.add(*each);
  }
};

}  // namespace enrichment_mock::control
