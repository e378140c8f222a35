// GET callbacks, GET callbacks/{id}, POST callbacks/{id}/redeliver.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "api/error.h"
#include "control/call.h"
#include "control/steering.h"

namespace enrichment_mock::control {

namespace {

using engine::CallbackState;
using runner::TeamRunner;

CallbackState state_named(std::string_view parameter, std::string_view name) {
  if (const auto state = engine::kCallbackStateWords.value(name)) return *state;
  refuse("parameter \"" + std::string(parameter) + "\": there is no state \"" + api::clipped(name) + "\"" +
         json_text::did_you_mean(name, engine::kCallbackStateWords.words));
}

CallbackTarget read_wait_target(std::string_view text) {
  const auto colon = std::min(text.find(':'), text.size());
  CallbackTarget awaited{state_named("wait", text.substr(0, colon))};
  if (colon == text.size()) return awaited;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, awaited.count);
  if (error != std::errc() || rest != end)
    refuse("parameter \"wait\": \"" + api::clipped(text) +
           "\" is not valid: expected a state with a number, such as delivered:3");
  return awaited;
}

// A wait ends when any of these is reached. Empty: do not wait.
std::vector<CallbackTarget> wait_targets_of(const Query& query) {
  std::vector<CallbackTarget> all;
  for (const auto& text : query.list("wait")) all.push_back(read_wait_target(text));
  return all;
}

CallbackFilter filter_of(const Query& query, const std::vector<CallbackTarget>& awaited) {
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

// "0 of 1 callbacks were delivered, 1 of 2 callbacks were exhausted"
std::string counts_text(TeamRunner& team, const std::vector<CallbackTarget>& awaited, const CallbackFilter& filter) {
  std::string found;
  for (const auto& each : awaited) {
    const auto count =
        team.catch_up_and_read([&](const engine::Team& state) { return count_in(state, each.state, filter); });
    found.append(found.empty() ? "" : ", ").append(std::to_string(count) + " of " + std::to_string(each.count));
    found.append(" callbacks were ").append(engine::to_text(each.state));
  }
  return found;
}

net::Response timed_out(TeamRunner& team, const std::vector<CallbackTarget>& awaited, const CallbackFilter& filter) {
  Object body = api::error_json(
      kTimedOut, counts_text(team, awaited, filter) + " when the timeout was reached" + manual_clock_hint(team));
  body.add("open", render(open_work_of(team)));
  return answer(kTimedOut, body);
}

// Waits. Nothing: a target was reached; otherwise the response to a wait that failed.
std::optional<net::Response> wait_for(const Call& call, const std::vector<CallbackTarget>& awaited,
                                      const CallbackFilter& filter, std::chrono::milliseconds timeout) {
  TeamRunner& team = call.one_team();
  switch (wait_for_callbacks(team, awaited, filter, timeout)) {
    case WaitEnd::reached:
      return std::nullopt;
    case WaitEnd::timed_out:
      return timed_out(team, awaited, filter);
    case WaitEnd::unreachable:
      break;
  }
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
  const auto show_one = [&](const engine::Callback& callback, const engine::Team& each, const TeamRunner& team,
                            const KeyMasker& keys) {
    return render(callback, each, team.journal(), call.services.rewritten, keys);
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

FoundCallback find_callback(const Call& call) {
  for (auto& team : call.teams())
    if (const auto number =
            team->catch_up_and_read([&](const engine::Team& each) { return callback_number(call.id, each); }))
      return {team, *number};
  throw no_such_callback();
}

Object show(const FoundCallback& found, const Rewritten& rewritten) {
  const auto keys = found.team->masker();
  return found.team->catch_up_and_read([&](const engine::Team& each) {
    const auto* callback = each.callbacks().all().find(found.number);
    if (!callback) throw callback_is_gone();
    return render(*callback, each, found.team->journal(), rewritten, keys);
  });
}

net::Response show_callback(const Call& call) {
  return answer(200, show(find_callback(call), call.services.rewritten));
}

net::Response redeliver(const Call& call) {
  const auto found = find_callback(call);
  control::redeliver(*found.team, found.number);
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
