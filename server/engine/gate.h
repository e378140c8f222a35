// What a call meets before it is looked at: the windows of the scenario's schedule, and its rate limit. The schedule's
// times count from the team's opening.
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

// Something of the schedule that happens at one instant.
struct ScheduleMoment {
  enum class Kind : unsigned char { window_begins, window_ends, credits_added };
  std::uint32_t entry = 0;  // its place in the scenario's schedule
  Kind kind = Kind::window_begins;

  friend bool operator==(const ScheduleMoment&, const ScheduleMoment&) = default;
};

inline constexpr auto kScheduleMomentWords =
    base::words<ScheduleMoment::Kind>({{ScheduleMoment::Kind::window_begins, "begins"},
                                       {ScheduleMoment::Kind::window_ends, "ends"},
                                       {ScheduleMoment::Kind::credits_added, "credits-added"}});
constexpr std::string_view to_text(ScheduleMoment::Kind kind) { return kScheduleMomentWords.text(kind); }

// What the gate says to a call. Neither: it may pass.
struct Admission {
  // Of the window that is open. With a status it is sent in place of the API's answer, without one it disturbs that.
  std::shared_ptr<const scenario::Reply> reply = {};
  std::optional<Duration> retry_after = {};  // there were too many: team time until the next may come

  bool refuses() const { return retry_after || (reply && reply->status); }
};

class Gate {
 public:
  // `scenario` outlives this. Moments before `now` have passed.
  Gate(const scenario::Scenario& scenario, Instant origin, Instant now);

  // Counts the call, unless it is refused.
  Admission admit(Instant now, scenario::CallKind call);

  // The next moment, and passing it.
  std::optional<Due> next() const;
  ScheduleMoment next_moment() const { return moments_[passed_].moment; }
  void pass_next() { ++passed_; }

 private:
  struct Dated {
    Instant at;
    ScheduleMoment moment;
  };
  void add(const scenario::ScheduleEntry& entry, std::uint32_t number);
  std::shared_ptr<const scenario::Reply> window_reply(Instant now, scenario::CallKind call) const;
  std::optional<Duration> time_until_admitted(Instant now);

  const scenario::Scenario* scenario_;
  Instant origin_;
  std::vector<Dated> moments_;  // by time
  std::size_t passed_ = 0;      // of them
  Instant window_begin_ = Instant::min();
  std::uint32_t admitted_ = 0;  // in the window that began then
};

}  // namespace enrichment_mock::engine
