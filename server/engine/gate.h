// Admission control: the windows of the scenario's schedule and its rate limit, which apply before a call is handled.
// The times of the schedule count from the opening of the team.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/words.h"
#include "engine/due_queue.h"
#include "scenario/scenario.h"

namespace enrichment_mock::engine {

using base::Duration;
using base::Instant;

// One change at one instant of the schedule.
struct ScheduleMoment {
  enum class Kind : unsigned char { window_begins, window_ends, credits_added };
  std::uint32_t entry = 0;  // index in the scenario's schedule
  Kind kind = Kind::window_begins;

  friend bool operator==(const ScheduleMoment&, const ScheduleMoment&) = default;
};

inline constexpr auto kScheduleMomentWords =
    base::words<ScheduleMoment::Kind>({{ScheduleMoment::Kind::window_begins, "begins"},
                                       {ScheduleMoment::Kind::window_ends, "ends"},
                                       {ScheduleMoment::Kind::credits_added, "credits-added"}});
constexpr std::string_view to_text(ScheduleMoment::Kind kind) { return kScheduleMomentWords.text(kind); }

// The decision about a call. If both members are empty, it is handled as usual.
struct Admission {
  // The response of the open window. With a status it replaces the API's response; without one it delays or damages it.
  std::shared_ptr<const scenario::Reply> reply = {};
  Duration delay{0};                         // of this response; set by Team::admit()
  std::optional<Duration> retry_after = {};  // rate limit exceeded: team time until the next call is admitted

  bool refuses() const { return retry_after || (reply && reply->status); }
};

class Gate {
 public:
  // `scenario` must outlive this. Moments before `now` are skipped.
  Gate(const scenario::Scenario& scenario, Instant origin, Instant now);

  // How far it has come.
  struct State {
    std::uint64_t passed = 0;               // number of moments that have passed
    Instant window_begin = Instant::min();  // of the rate limit
    std::uint32_t admitted = 0;             // in the window that began then

    friend bool operator==(const State&, const State&) = default;
  };
  Gate(const scenario::Scenario& scenario, Instant origin, const State& state);
  const State& state() const { return state_; }

  // Counts the call for the rate limit, unless it is refused.
  Admission admit(Instant now, scenario::CallKind call);

  // The next moment of the schedule. pass_next() moves past it.
  std::optional<Due> next() const;
  ScheduleMoment next_moment() const { return moments_[state_.passed].moment; }
  void pass_next() { ++state_.passed; }

 private:
  struct TimedMoment {
    Instant at;
    ScheduleMoment moment;
  };
  void add_moments();
  void add(const scenario::ScheduleEntry& entry, std::uint32_t number);
  std::shared_ptr<const scenario::Reply> window_reply(Instant now, scenario::CallKind call) const;
  std::optional<Duration> time_until_admitted(Instant now);

  const scenario::Scenario* scenario_;
  Instant origin_;
  std::vector<TimedMoment> moments_;  // sorted by time
  State state_;
};

}  // namespace enrichment_mock::engine
