// GET callbacks, GET callbacks/{id}, POST callbacks/{id}/redeliver.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "api/error.h"
#include "control/call.h"

namespace enrichment_mock::control {

namespace {

using engine::CallbackState;
using runner::TeamRunner;

constexpr std::array<std::string_view, 6> kStates = {"scheduled", "delivering", "retrying",
                                                     "delivered", "exhausted",  "dropped"};

CallbackState state_named(std::string_view parameter, std::string_view name) {
  const auto found = std::ranges::find(kStates, name);
  if (found == kStates.end())
    refuse("parameter \"" + std::string(parameter) + "\": no state is called \"" + api::clipped(name) + "\"" +
           scenario::did_you_mean(name, kStates));
  return static_cast<CallbackState>(found - kStates.begin());
}

// "delivered:3"; without a number, one.
struct Awaited {
  CallbackState state;
  std::size_t count = 1;
};

std::optional<Awaited> awaited_of(const Query& query) {
  const auto text = query.text("wait");
  if (!text) return std::nullopt;
  const auto colon = std::min(text->find(':'), text->size());
  Awaited awaited{state_named("wait", std::string_view(*text).substr(0, colon))};
  if (colon == text->size()) return awaited;
  const char* end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data() + colon + 1, end, awaited.count);
  if (error != std::errc() || rest != end)
    refuse("parameter \"wait\": \"" + api::clipped(*text) + "\" is no state and number such as delivered:3");
  return awaited;
}

// Those that have been forgotten count, too; of them none is open.
std::size_t count_in(const engine::Team& team, CallbackState state) {
  const auto& [delivered, exhausted, dropped] = team.callbacks().totals();
  switch (state) {
    case CallbackState::delivered:
      return delivered;
    case CallbackState::exhausted:
      return exhausted;
    case CallbackState::dropped:
      return dropped;
    case CallbackState::scheduled:
    case CallbackState::delivering:
    case CallbackState::retrying:
      break;
  }
  const auto& all = team.callbacks().all();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& each) { return each.state == state; }));
}

http::Response timed_out(TeamRunner& team, const Awaited& awaited, std::size_t found) {
  const std::string state(engine::to_text(awaited.state));
  Json body = Json::parse(
      api::error_body(408, std::to_string(found) + " of " + std::to_string(awaited.count) + " callbacks were " + state +
                               " when the time was over" +
                               (team.clock().manual ? "; the team's clock stands still, see POST clock/advance" : "")));
  body["open"] = render(team.open());
  return answer(408, body);
}

http::Response list_callbacks(const Call& call) {
  Page page = Page::of(call.query);
  const auto state_text = call.query.text("state"), enrichment_id = call.query.text("enrichment_id"),
             url = call.query.text("url");
  const auto state = state_text ? std::optional(state_named("state", *state_text)) : std::nullopt;
  if (const auto awaited = awaited_of(call.query)) {
    TeamRunner& team = call.one_team();
    const auto timeout = timeout_of(call.query.duration("timeout"));
    const auto enough = [&](const engine::Team& each) { return count_in(each, awaited->state) >= awaited->count; };
    if (!team.wait_until(timeout, enough))
      return timed_out(team, *awaited,
                       team.inspect([&](const engine::Team& each) { return count_in(each, awaited->state); }));
  }
  const auto wanted = [&](const engine::Callback& callback, const engine::Team& each) {
    const auto& enrichment = each.enrichments()[callback.enrichment];
    return (!state || callback.state == *state) && (!url || *enrichment.callback_url == *url) &&
           (!enrichment_id || engine::to_text(enrichment.id) == *enrichment_id);
  };
  if (page.is_last) {
    page.fill_from_end(
        call, [](const engine::Team& each) -> const auto& { return each.callbacks().all(); }, wanted,
        [&](const engine::Callback& callback, const engine::Team& each) {
          return render(callback, each, call.world.rewritten);
        });
    return answer(200, {{"callbacks", std::move(page.items)}, {"next", nullptr}});
  }
  const Cursor after = Cursor::of(call.query);
  Cursor last = after;
  for (const auto& team : call.teams()) {
    const auto order = team->profile().order;
    if (order < after.team) continue;
    team->inspect([&](const engine::Team& each) {
      const auto& all = each.callbacks().all();
      for (auto callback = all.from(order == after.team ? after.number : 0); callback != all.end(); ++callback) {
        if (!wanted(*callback, each)) continue;
        if (page.full()) {
          page.next = last.text();
          return true;
        }
        page.items.push_back(render(*callback, each, call.world.rewritten));
        last = {order, callback->number + 1};
      }
      return true;
    });
    if (!page.next.is_null()) break;
  }
  return answer(200, {{"callbacks", std::move(page.items)}, {"next", std::move(page.next)}});
}

struct Found {
  std::shared_ptr<TeamRunner> team;
  engine::Number number;
};

Found find_callback(const Call& call) {
  for (auto& team : call.teams()) {
    const auto number = team->inspect([&](const engine::Team& each) -> std::optional<engine::Number> {
      for (const auto& callback : each.callbacks().all())
        if (engine::callback_id(each.enrichments()[callback.enrichment].id, callback.copy) == call.id)
          return callback.number;
      return std::nullopt;
    });
    if (number) return {team, *number};
  }
  throw api::ApiError{404, "No callback found for the given id"};
}

Json show(const Found& found, const Rewritten& rewritten) {
  return found.team->inspect([&](const engine::Team& each) {
    const auto* callback = each.callbacks().all().find(found.number);
    if (!callback) throw api::conflict("The team has been reset, or has forgotten the callback");
    return render(*callback, each, rewritten);
  });
}

http::Response show_callback(const Call& call) { return answer(200, show(find_callback(call), call.world.rewritten)); }

http::Response redeliver(const Call& call) {
  const auto found = find_callback(call);
  if (!found.team->redeliver(found.number)) throw api::conflict("The callback is being delivered right now");
  return answer(200, show(found, call.world.rewritten));
}

constexpr std::array<std::string_view, 8> kFilters = {"state",   "enrichment_id", "url",   "wait",
                                                      "timeout", "limit",         "after", "last"};
constexpr Route kRoutes[] = {{"GET", "callbacks", kFilters, list_callbacks},
                             {"GET", "callbacks/{id}", {}, show_callback},
                             {"POST", "callbacks/{id}/redeliver", {}, redeliver}};

}  // namespace

std::span<const Route> callback_routes() { return kRoutes; }

}  // namespace enrichment_mock::control
