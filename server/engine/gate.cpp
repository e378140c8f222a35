#include "engine/gate.h"

#include <algorithm>

namespace enrichment_mock::engine {

Gate::Gate(const scenario::Scenario& scenario, Instant origin, Instant now) : scenario_(&scenario), origin_(origin) {
  for (std::uint32_t i = 0; i < scenario.schedule.size(); ++i) add(scenario.schedule[i], i);
  std::ranges::stable_sort(moments_, {}, &TimedMoment::at);
  const auto first = std::ranges::lower_bound(moments_, now, {}, &TimedMoment::at);
  passed_ = static_cast<std::size_t>(first - moments_.begin());
}

void Gate::add(const scenario::ScheduleEntry& entry, std::uint32_t number) {
  using Kind = ScheduleMoment::Kind;
  const bool window = entry.response != nullptr;
  moments_.push_back({origin_ + entry.at, {number, window ? Kind::window_begins : Kind::credits_added}});
  if (entry.until) moments_.push_back({origin_ + *entry.until, {number, Kind::window_ends}});
}

std::optional<Due> Gate::next() const {
  if (passed_ == moments_.size()) return std::nullopt;
  return Due{moments_[passed_].at, 0, moments_[passed_].moment.entry};
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
  if (window_begin_ == Instant::min() || now >= window_begin_ + limit->per) {
    window_begin_ = now;
    admitted_ = 0;
  }
  if (admitted_ == limit->requests) return window_begin_ + limit->per - now;
  ++admitted_;
  return std::nullopt;
}

}  // namespace enrichment_mock::engine
