#include "engine/clock.h"

#include <algorithm>
#include <cmath>

#include "base/limits.h"

namespace enrichment_mock::engine {

namespace {
using base::kLastInstant;

constexpr double kYear = 365.0 * 86400 * 1e6;  // microseconds
}  // namespace

Clock::Clock(const scenario::ClockSettings& settings, Instant wall, RealTime real)
    : manual_(settings.manual),
      always_real_(!settings.manual && settings.scale == 1),
      scale_(settings.scale),
      base_(settings.now.value_or(wall)),
      origin_(real) {}

Clock::Clock(bool manual, bool always_real, double scale, Instant now, Instant wall_then, Instant wall, RealTime real)
    : manual_(manual), always_real_(always_real), scale_(scale), base_(now), origin_(real) {
  if (manual || wall < wall_then) return;
  const double passed = std::min(static_cast<double>((wall - wall_then).count()), kYear) * scale;
  base_ += Duration(static_cast<Duration::rep>(std::min(passed, static_cast<double>((kLastInstant - now).count()))));
}

Instant Clock::now(RealTime real) const {
  if (manual_) return base_;
  const auto elapsed = std::chrono::duration_cast<Duration>(real - origin_);
  if (scale_ == 1) return base_ + elapsed;
  return base_ + Duration(static_cast<Duration::rep>(static_cast<double>(elapsed.count()) * scale_));
}

RealTime Clock::real_time_of(Instant at) const {
  const double ahead = static_cast<double>((at - base_).count()) / scale_;
  return origin_ + Duration(static_cast<Duration::rep>(std::ceil(std::min(ahead, kYear))));
}

Duration Clock::real_duration_of(Duration duration) const {
  if (manual_) return duration;
  return Duration(static_cast<Duration::rep>(std::ceil(static_cast<double>(duration.count()) / scale_)));
}

Duration Clock::scaled(Duration real) const {
  if (manual_) return real;
  return Duration(static_cast<Duration::rep>(static_cast<double>(real.count()) * scale_));
}

void Clock::stop_at(Instant to, RealTime real) {
  base_ = std::max(now(real), to);
  manual_ = true;
  always_real_ = false;
}

void Clock::run(double scale, RealTime real) {
  base_ = now(real);
  origin_ = real;
  scale_ = scale;
  always_real_ = always_real_ && scale == 1 && !manual_;
  manual_ = false;
}

void Clock::move_to(Instant to) {
  base_ = std::max(base_, to);
  always_real_ = false;
}

}  // namespace enrichment_mock::engine
