// GET callbacks, GET callbacks/{id}, POST callbacks/{id}/redeliver.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "api/error.h"
#include "base/text.h"
#include "control/call.h"

namespace enrichment_mock::control {

namespace {

using engine::CallbackState;
using runner::TeamRunner;

CallbackState state_named(std::string_view parameter, std::string_view name) {
  if (const auto state = engine::kCallbackStateWords.value(name)) return *state;
  refuse("parameter \"" + std::string(parameter) + "\": there is no state \"" + api::clipped(name) + "\"" +
         json_text::did_you_mean(name, engine::kCallbackStateWords.words));
}

// What a call waits for: "delivered:3", or "delivered" for one callback.
struct WaitTarget {
  CallbackState state;
  std::size_t count = 1;
};

WaitTarget read_wait_target(std::string_view text) {
  const auto colon = std::min(text.find(':'), text.size());
  WaitTarget awaited{state_named("wait", text.substr(0, colon))};
  if (colon == text.size()) return awaited;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, awaited.count);
  if (error != std::errc() || rest != end)
    refuse("parameter \"wait\": \"" + api::clipped(text) +
           "\" is not valid: expected a state with a number, such as delivered:3");
  return awaited;
}

// A wait ends when any of these is reached. Empty: do not wait.
std::vector<WaitTarget> wait_targets_of(const Query& query) {
  std::vector<WaitTarget> all;
  for (const auto& text : query.list("wait")) all.push_back(read_wait_target(text));
  return all;
}

// Which callbacks a list shows and a wait counts.
struct CallbackFilter {
  std::vector<CallbackState> states;
  std::optional<std::string> enrichment_id, url;

  bool accepts(const engine::Callback& callback, const engine::Team& team) const {
    return (states.empty() || has(callback.state)) && is_selected(callback, team);
  }
  bool has(CallbackState state) const { return std::ranges::find(states, state) != states.end(); }
  bool is_selected(const engine::Callback& callback, const engine::Team& team) const {
    if (!enrichment_id && !url) return true;
    const auto& enrichment = team.enrichments()[callback.enrichment];
    return (!url || has_callback_url(enrichment, *url)) &&
           (!enrichment_id || base::same_text(engine::to_text(enrichment.id), *enrichment_id));
  }
};

CallbackFilter filter_of(const Query& query, const std::vector<WaitTarget>& awaited) {
  CallbackFilter filter{.states = {}, .enrichment_id = query.filled("enrichment_id"), .url = query.filled("url")};
  std::string names;
  for (const auto& name : query.list("state")) {
    filter.states.push_back(state_named("state", name));
    names += (names.empty() ? "" : " or ") + name;
  }
  for (const auto& each : awaited)
    if (!filter.states.empty() && !filter.has(each.state))
      refuse("parameter \"state\": " + names + " does not include " + std::string(engine::to_text(each.state)) +
             ", the state of the wait");
  return filter;
}

// Without a filter, callbacks that are no longer kept count, too. None of them is open.
std::size_t count_in(const engine::Team& team, CallbackState state, const CallbackFilter& filter) {
  const auto& [delivered, exhausted, dropped] = team.callbacks().totals();
  const auto& all = team.callbacks().all();
  const auto counted = [&] {
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& each) {
      return each.state == state && filter.is_selected(each, team);
    }));
  };
  if (filter.enrichment_id || filter.url) return counted();
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
  return counted();
}

// "0 of 1 callbacks were delivered, 1 of 2 callbacks were exhausted"
std::string counts_text(TeamRunner& team, const std::vector<WaitTarget>& awaited, const CallbackFilter& filter) {
  std::string found;
  for (const auto& each : awaited) {
    const auto count =
        team.catch_up_and_read([&](const engine::Team& state) { return count_in(state, each.state, filter); });
    found.append(found.empty() ? "" : ", ").append(std::to_string(count) + " of " + std::to_string(each.count));
    found.append(" callbacks were ").append(engine::to_text(each.state));
  }
  return found;
}

net::Response timed_out(TeamRunner& team, const std::vector<WaitTarget>& awaited, const CallbackFilter& filter) {
  Object body = api::error_json(
      kTimedOut, counts_text(team, awaited, filter) + " when the timeout was reached" + manual_clock_hint(team));
  body.add("open", render(open_work_of(team)));
  return answer(kTimedOut, body);
}

// Whether no state of the selected callbacks changes any more. That is certain only for the callbacks of one enrichment
// that has resolved: any other filter may select callbacks of later lookups.
bool all_ended(const engine::Team& team, const CallbackFilter& filter) {
  const auto id = filter.enrichment_id ? engine::parse_id(*filter.enrichment_id) : std::nullopt;
  const auto* enrichment = id ? team.find(*id) : nullptr;
  if (!enrichment || !engine::is_resolved(enrichment->status)) return false;
  const auto& all = team.callbacks().all();
  for (auto number = enrichment->first_callback; number < all.end_number(); ++number) {
    const auto* callback = all.find(number);
    if (!callback || callback->enrichment != enrichment->number) break;
    if (engine::is_open(callback->state)) return false;
  }
  return true;
}

// Waits. Nothing: a target was reached; otherwise the response to a wait that failed.
std::optional<net::Response> wait_for(const Call& call, const std::vector<WaitTarget>& awaited,
                                      const CallbackFilter& filter, std::chrono::milliseconds timeout) {
  TeamRunner& team = call.one_team();
  bool reached = false;
  const auto is_decided = [&](const engine::Team& state) {
    reached = std::ranges::any_of(
        awaited, [&](const WaitTarget& each) { return count_in(state, each.state, filter) >= each.count; });
    return reached || all_ended(state, filter);
  };
  const bool decided = team.wait_until(timeout, is_decided);
  if (reached) return std::nullopt;
  if (!decided) return timed_out(team, awaited, filter);
  throw api::conflict(counts_text(team, awaited, filter) + ", and the enrichment has no callback that is still open");
}

net::Response list_callbacks(const Call& call) {
  Page page = Page::of(call.query);
  const auto after = Cursor::of(call.query);
  const auto awaited = wait_targets_of(call.query);
  const auto filter = filter_of(call.query, awaited);
  const auto timeout = timeout_of(call.query.duration("timeout"));
  if (!awaited.empty())
    if (auto response = wait_for(call, awaited, filter, timeout)) return *std::move(response);
  const auto wanted = [&](const engine::Callback& callback, const engine::Team& each) {
    return filter.accepts(callback, each);
  };
  const auto show_one = [&](const engine::Callback& callback, const engine::Team& each, const KeyMasker& keys) {
    return render(callback, each, call.services.rewritten, keys);
  };
  if (page.is_last)
    page.fill_from_end(call, callbacks_of, wanted, show_one);
  else
    page.fill(call, after, callbacks_of, wanted, show_one);
  return answer(200, {{"callbacks", page.items}, {"next", page.next}});
}

struct FoundCallback {
  std::shared_ptr<TeamRunner> team;
  engine::Number number;
};

// "<enrichment id>-<copy, from 1>"
struct CallbackId {
  engine::EnrichmentId enrichment;
  std::uint32_t copy;
};

std::optional<CallbackId> parse_callback_id(std::string_view text) {
  const auto dash = std::min(text.rfind('-'), text.size());
  const auto enrichment = engine::parse_id(text.substr(0, dash));
  const auto number = text.substr(std::min(dash + 1, text.size()));
  std::uint32_t copy = 0;
  const auto [rest, error] = std::from_chars(number.data(), number.data() + number.size(), copy);
  const bool whole = error == std::errc() && rest == number.data() + number.size() && !number.starts_with('0');
  return enrichment && whole ? std::optional(CallbackId{*enrichment, copy - 1}) : std::nullopt;
}

// Nothing: the team has no such callback.
std::optional<engine::Number> number_of(const CallbackId& id, const engine::Team& team) {
  const auto* enrichment = team.find(id.enrichment);
  if (!enrichment || enrichment->first_callback == engine::kNoCallback) return std::nullopt;
  const auto number = enrichment->first_callback + id.copy;
  const auto* callback = team.callbacks().all().find(number);
  return callback && callback->enrichment == enrichment->number ? std::optional(number) : std::nullopt;
}

FoundCallback find_callback(const Call& call) {
  if (const auto id = parse_callback_id(call.id))
    for (auto& team : call.teams())
      if (const auto number = team->catch_up_and_read([&](const engine::Team& each) { return number_of(*id, each); }))
        return {team, *number};
  throw api::ApiError{404, "No callback found for the given id"};
}

Object show(const FoundCallback& found, const Rewritten& rewritten) {
  const auto keys = found.team->masker();
  return found.team->catch_up_and_read([&](const engine::Team& each) {
    const auto* callback = each.callbacks().all().find(found.number);
    if (!callback) throw api::conflict("The team was reset, or the callback is no longer kept");
    return render(*callback, each, rewritten, keys);
  });
}

net::Response show_callback(const Call& call) {
  return answer(200, show(find_callback(call), call.services.rewritten));
}

net::Response redeliver(const Call& call) {
  const auto found = find_callback(call);
  if (!found.team->redeliver(found.number)) throw api::conflict("The callback is being delivered");
  return answer(200, show(found, call.services.rewritten));
}

constexpr std::array<std::string_view, 8> kCallbackFilters = {"state",   "enrichment_id", "url",   "wait",
                                                              "timeout", "limit",         "after", "last"};
constexpr Route kCallbackRoutes[] = {{"GET", "callbacks", kCallbackFilters, list_callbacks},
                                     {"GET", "callbacks/{id}", {}, show_callback},
                                     {"POST", "callbacks/{id}/redeliver", {}, redeliver}};

}  // namespace

std::span<const Route> callback_routes() { return kCallbackRoutes; }

}  // namespace enrichment_mock::control
