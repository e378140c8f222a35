#include "engine/gate.h"

#include <algorithm>

namespace enrichment_mock::engine {

Gate::Gate(const scenario::Scenario& scenario, Instant origin, Instant now) : scenario_(&scenario), origin_(origin) {
  add_moments();
  const auto first = std::ranges::lower_bound(moments_, now, {}, &TimedMoment::at);
  state_.passed = static_cast<std::uint64_t>(first - moments_.begin());
}

Gate::Gate(const scenario::Scenario& scenario, Instant origin, const State& state)
    : scenario_(&scenario), origin_(origin), state_(state) {
  add_moments();
  state_.passed = std::min<std::uint64_t>(state_.passed, moments_.size());
}

void Gate::add_moments() {
  for (std::uint32_t i = 0; i < scenario_->schedule.size(); ++i) add(scenario_->schedule[i], i);
  std::ranges::stable_sort(moments_, {}, &TimedMoment::at);
}

void Gate::add(const scenario::ScheduleEntry& entry, std::uint32_t number) {
  using Kind = ScheduleMoment::Kind;
  const bool window = entry.response != nullptr;
  moments_.push_back({origin_ + entry.at, {number, window ? Kind::window_begins : Kind::credits_added}});
  if (entry.until) moments_.push_back({origin_ + *entry.until, {number, Kind::window_ends}});
}

std::optional<Due> Gate::next() const {
  if (state_.passed == moments_.size()) return std::nullopt;
  return Due{moments_[state_.passed].at, 0, moments_[state_.passed].moment.entry};
}

Admission Gate::admit(Instant now, scenario::CallKind call) {
  Admission admission{.reply = window_reply(now, call)};
  if (!admission.refuses()) admission.retry_after = time_until_admitted(now);
  return admission;
}

std::shared_ptr<const scenario::Reply> Gate::window_reply(Instant now, scenario::CallKind call) const {
  for (const auto& entry : scenario_->schedule) {
    const bool open = origin_ + entry.at <= now && (!entry.until || now < origin_ + *entry.until);
    if (entry.response && open && (!entry.on || *entry.on == call)) return entry.response;
  }
  return nullptr;
}

std::optional<Duration> Gate::time_until_admitted(Instant now) {
  const auto& limit = scenario_->rate_limit;
  if (!limit) return std::nullopt;
  if (state_.window_begin == Instant::min() || now >= state_.window_begin + limit->per) {
    state_.window_begin = now;
    state_.admitted = 0;
  }
  if (state_.admitted == limit->requests) return state_.window_begin + limit->per - now;
  ++state_.admitted;
  return std::nullopt;
}

}  // namespace enrichment_mock::engine
