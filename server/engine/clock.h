// A team's clock. It reads no clock itself: the caller says what real time it is.
// Running, team time is real time × scale; manual, it stands still until moved. It never goes backwards.
#pragma once
#include <chrono>

#include "scenario/model.h"

namespace enrichment_mock::engine {

using base::Duration;
using base::Instant;
using RealTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  // Starts at settings.now, else at `wall`.
  Clock(const scenario::ClockSettings& settings, Instant wall, RealTime real);

  bool manual() const { return manual_; }
  double scale() const { return scale_; }
  Instant now(RealTime real) const;

  // When a running clock will show `at`; real times past the far future are cut to it.
  RealTime real_time_of(Instant at) const;

  // How long that takes in real time; on a manual clock, where real time counts for nothing, the same.
  Duration real_duration_of(Duration duration) const;

  // Stands still from now on, at `to` or where it is, whichever is later.
  void stop_at(Instant to, RealTime real);

  // Runs on from where it is.
  void run(double scale, RealTime real);

  // Manual only: moves on to `to`; an earlier one is ignored.
  void move_to(Instant to);

 private:
  bool manual_;
  double scale_;
  Instant base_;  // team time at origin_
  RealTime origin_;
};

}  // namespace enrichment_mock::engine
