// A team's clock. It does not read the real time: the caller passes it. If it runs, team time is real time × scale. If
// it is manual, it stops until it is moved. It never goes backwards.
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

  // Continues from team time `now`, which it showed at `wall_then`. If the real time has gone back since, it continues
  // from `now`.
  Clock(bool manual, bool always_real, double scale, Instant now, Instant wall_then, Instant wall, RealTime real);

  bool manual() const { return manual_; }
  // Whether it has always run as fast as real time.
  bool always_real() const { return always_real_; }
  double scale() const { return scale_; }
  Instant now(RealTime real) const;

  // When a running clock will show `at`. At most a year ahead.
  RealTime real_time_of(Instant at) const;

  // How long that takes in real time. On a manual clock: the same duration.
  Duration real_duration_of(Duration duration) const;

  // How much a running clock moves in that real time. On a manual clock: the same duration.
  Duration scaled(Duration real) const;

  // Makes it manual, at `to` or at its present time if that is later.
  void stop_at(Instant to, RealTime real);

  // Makes it run from its present time.
  void run(double scale, RealTime real);

  // Manual only: moves it to `to`. An earlier time is ignored.
  void move_to(Instant to);

 private:
  bool manual_;
  bool always_real_;
  double scale_;
  Instant base_;  // team time at origin_
  RealTime origin_;
};

}  // namespace enrichment_mock::engine
