#include "control/steering.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include "base/limits.h"
#include "base/text.h"
#include "control/render.h"

namespace enrichment_mock::control {

namespace {

using engine::CallbackState;
using runner::TeamRunner;

bool has_been(const engine::Enrichment& enrichment, std::span<const engine::Status> statuses) {
  return std::ranges::any_of(engine::history_of(enrichment), [&](const engine::HistoryEntry& entry) {
    return std::ranges::find(statuses, entry.status) != statuses.end();
  });
}

// Whether no state of the selected callbacks changes any more.
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

// `amount_for` gets the balance and returns how much to add.
template <class AmountFor>
void adjust_credits(TeamRunner& team, AmountFor amount_for) {
  const bool done = team.execute([&](engine::Team& state, const engine::Context& context) {
    const std::int64_t amount = amount_for(state.ledger().balance());
    return amount == 0 || state.adjust_credits(amount, context.now);
  });
  if (!done) throw api::ApiError{400, "add: the balance would be below 0 or above the maximum"};
}

}  // namespace

WaitEnd wait_for_status(TeamRunner& team, const engine::EnrichmentId& id, std::span<const engine::Status> statuses,
                        std::chrono::milliseconds timeout) {
  bool exists = true, reached = false;
  const bool decided = team.wait_until(timeout, [&](const engine::Team& state) {
    const auto* enrichment = state.find(id);
    exists = enrichment != nullptr;
    reached = exists && has_been(*enrichment, statuses);
    return !exists || reached || engine::is_resolved(enrichment->status);
  });
  if (!exists) throw api::no_such_enrichment();
  if (reached) return WaitEnd::reached;
  return decided ? WaitEnd::unreachable : WaitEnd::timed_out;
}

engine::EnrichmentId seed(TeamRunner& team, const engine::SeededEnrichment& wanted) {
  const auto seeded = team.execute(
      [&](engine::Team& state, const engine::Context& context) { return state.seed(context.now, wanted); });
  if (const auto* why = std::get_if<engine::Team::SeedError>(&seeded))
    throw *why == engine::Team::SeedError::id_taken ? api::conflict("There is already an enrichment with this _id")
                                                    : api::conflict("There is no credit to charge");
  return std::get<engine::EnrichmentId>(seeded);
}

void resolve(TeamRunner& team, const engine::EnrichmentId& id, scenario::Outcome outcome,
             const std::optional<std::string>& email) {
  switch (team.execute(
      [&](engine::Team& state, const engine::Context& context) { return state.force(context, id, outcome, email); })) {
    case engine::Team::ForceResult::unknown_id:
      throw api::no_such_enrichment();
    case engine::Team::ForceResult::already_resolved:
      throw api::conflict("The enrichment has resolved already");
    case engine::Team::ForceResult::no_credits:
      throw api::conflict("There is no credit left to complete it");
    case engine::Team::ForceResult::done:
      break;
  }
}

bool CallbackFilter::accepts(const engine::Callback& callback, const engine::Team& team) const {
  return (states.empty() || has(callback.state)) && is_selected(callback, team);
}

bool CallbackFilter::has(CallbackState state) const { return std::ranges::find(states, state) != states.end(); }

bool CallbackFilter::is_selected(const engine::Callback& callback, const engine::Team& team) const {
  if (!enrichment_id && !url) return true;
  const auto& enrichment = team.enrichments()[callback.enrichment];
  return (!url || has_callback_url(enrichment, *url)) &&
         (!enrichment_id || base::same_text(engine::to_text(enrichment.id), *enrichment_id));
}

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

WaitEnd wait_for_callbacks(TeamRunner& team, std::span<const CallbackTarget> any_of, const CallbackFilter& filter,
                           std::chrono::milliseconds timeout) {
  bool reached = false;
  const bool decided = team.wait_until(timeout, [&](const engine::Team& state) {
    reached = std::ranges::any_of(
        any_of, [&](const CallbackTarget& each) { return count_in(state, each.state, filter) >= each.count; });
    return reached || all_ended(state, filter);
  });
  if (reached) return WaitEnd::reached;
  return decided ? WaitEnd::unreachable : WaitEnd::timed_out;
}

std::optional<engine::Number> callback_number(std::string_view id, const engine::Team& team) {
  const auto dash = std::min(id.rfind('-'), id.size());
  const auto enrichment_id = engine::parse_id(id.substr(0, dash));
  const auto copy_text = id.substr(std::min(dash + 1, id.size()));
  std::uint32_t copy = 0;
  const auto* const end = copy_text.data() + copy_text.size();
  const auto [rest, error] = std::from_chars(copy_text.data(), end, copy);
  const bool is_number = error == std::errc() && rest == end && !copy_text.starts_with('0');
  if (!enrichment_id || !is_number) return std::nullopt;
  const auto* enrichment = team.find(*enrichment_id);
  if (!enrichment || enrichment->first_callback == engine::kNoCallback) return std::nullopt;
  const auto number = enrichment->first_callback + copy - 1;
  const auto* callback = team.callbacks().all().find(number);
  return callback && callback->enrichment == enrichment->number ? std::optional(number) : std::nullopt;
}

api::ApiError no_such_callback() { return {404, "No callback found for the given id"}; }

api::ApiError callback_is_gone() { return api::conflict("The team was reset, or the callback is no longer kept"); }

void redeliver(TeamRunner& team, engine::Number callback) {
  if (!team.redeliver(callback)) throw api::conflict("The callback is being delivered");
}

void set_balance(TeamRunner& team, std::int64_t balance) {
  adjust_credits(team, [&](std::int64_t present) { return balance - present; });
}

void add_credits(TeamRunner& team, std::int64_t amount) {
  adjust_credits(team, [&](std::int64_t) { return amount; });
}

void check_sink_name(std::string_view name) {
  if (!runner::Sink::is_name(name))
    throw api::ApiError{400, "\"" + api::clipped(name) + "\" is not a name of a sink: expected 1 to " +
                                 std::to_string(base::kMaxSinkName) + " letters, digits, dashes, underscores and dots"};
}

api::ApiError sink_is_full() {
  return {503, "The sink keeps " + std::to_string(base::kMaxSinkLists) +
                   " lists, one for each name and team, and cannot add another one; reset a team, or DELETE a name"};
}

void set_sink_script(runner::Sink& sink, std::string_view name, runner::Sink::Team team,
                     std::optional<runner::SinkScript> script) {
  if (!sink.set_script(name, team, std::move(script))) throw sink_is_full();
}

std::vector<std::shared_ptr<TeamRunner>> reset_all(runner::Directory& directory) {
  auto teams = directory.teams();
  for (const auto& team : teams) directory.reset(*team);
  directory.unassigned().clear();
  directory.sink().clear(runner::Sink::kNoTeam);
  return teams;
}

}  // namespace enrichment_mock::control
