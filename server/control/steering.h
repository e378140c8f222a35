// What control calls and the C++ library do with enrichments, callbacks, credits and the sink: they wait for them and
// change them. The callers convert arguments and results.
//
// Waits take real time, and throw runner::Conflict like TeamRunner::wait_until(). What the state does not allow
// is an api::ApiError: 404 if there is no such enrichment or callback, 409 for anything else unless stated otherwise.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/error.h"
#include "runner/directory.h"
#include "runner/sink.h"
#include "runner/team_runner.h"

namespace enrichment_mock::control {

// How a wait ends. unreachable: what it waits for can no longer happen.
enum class WaitEnd { reached, timed_out, unreachable };

// Waits until the enrichment has, or has had, one of the statuses.
WaitEnd wait_for_status(runner::TeamRunner& team, const engine::EnrichmentId& id,
                        std::span<const engine::Status> statuses, std::chrono::milliseconds timeout);

// Adds an enrichment. 409: the id is in use, or there is no credit to charge.
engine::EnrichmentId seed(runner::TeamRunner& team, const engine::SeededEnrichment& wanted);

// Resolves a lookup now, see engine::Team::force. 409: it has resolved already, or there is no credit left.
void resolve(runner::TeamRunner& team, const engine::EnrichmentId& id, scenario::Outcome outcome,
             const std::optional<std::string>& email);

// Which callbacks a list shows and a wait counts. Parts that are absent or empty accept every callback.
struct CallbackFilter {
  std::vector<engine::CallbackState> states = {};
  std::optional<std::string> enrichment_id = {}, url = {};

  bool accepts(const engine::Callback& callback, const engine::Team& team) const;
  bool has(engine::CallbackState state) const;
  bool is_selected(const engine::Callback& callback, const engine::Team& team) const;  // whatever its state is
};

// That many selected callbacks have this state.
struct CallbackTarget {
  engine::CallbackState state = engine::CallbackState::delivered;
  std::size_t count = 1;
};

// How many selected callbacks have this state. Without a filter, callbacks that are no longer kept count, too.
std::size_t count_in(const engine::Team& team, engine::CallbackState state, const CallbackFilter& filter);

// Waits until one of the targets is reached. Unreachable: the filter selects the callbacks of one enrichment, and it
// has resolved and none of them is open. Any other filter may select callbacks of later lookups.
WaitEnd wait_for_callbacks(runner::TeamRunner& team, std::span<const CallbackTarget> any_of,
                           const CallbackFilter& filter, std::chrono::milliseconds timeout);

// The callback with the id "<enrichment id>-<copy, from 1>". Nothing: the team has none.
std::optional<engine::Number> callback_number(std::string_view id, const engine::Team& team);

api::ApiError no_such_callback();  // 404
api::ApiError callback_is_gone();  // 409: there was such a callback a moment ago

// Sends a callback again at once, and returns when that attempt has ended. 409: an attempt of it is in progress.
void redeliver(runner::TeamRunner& team, engine::Number callback);

// The maximum balance that a test can set.
inline constexpr std::int64_t kMaxBalance = 1'000'000'000'000'000;

// Both throw api::ApiError 400 if the balance would be below 0 or too large. `amount` may be negative.
void set_balance(runner::TeamRunner& team, std::int64_t balance);
void add_credits(runner::TeamRunner& team, std::int64_t amount);

void check_sink_name(std::string_view name);  // throws api::ApiError 400
api::ApiError sink_is_full();                 // 503

// See runner::Sink::set_script. Throws sink_is_full().
void set_sink_script(runner::Sink& sink, std::string_view name, runner::Sink::Team team,
                     std::optional<runner::SinkScript> script);

// Resets all teams, and clears the journal and the sink of what belongs to no team. Returns the teams.
std::vector<std::shared_ptr<runner::TeamRunner>> reset_all(runner::Directory& directory);

}  // namespace enrichment_mock::control
