// What time it really is, and waiting for it: the one place that reads the system's clocks. Tests put a clock of
// their own in its place, so that nothing waits in earnest.
#pragma once
#include <condition_variable>
#include <mutex>

#include "engine/clock.h"

namespace enrichment_mock::runner {

using engine::Instant;
using engine::RealTime;

class TimeSource {
 public:
  virtual ~TimeSource() = default;
  virtual RealTime now() const = 0;
  virtual Instant wall() const = 0;
  // Like condition_variable::wait_until: returns when notified, at `until`, or for no reason.
  virtual void wait_until(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, RealTime until) = 0;
};

class SystemTime final : public TimeSource {
 public:
  RealTime now() const override;
  Instant wall() const override;
  void wait_until(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, RealTime until) override;
};

}  // namespace enrichment_mock::runner
