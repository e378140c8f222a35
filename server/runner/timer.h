// Real time: what it is, waiting for it, and being woken at it.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>

#include "engine/clock.h"
#include "runner/notifying_mutex.h"
#include "runner/warning_limiter.h"

namespace enrichment_mock::runner {

using engine::Instant;
using engine::RealTime;

// What time it really is, and a wait for it: the one place that reads the system's clocks. Tests put a clock of their
// own in its place, so that nothing really waits. Thread-safe.
class TimeSource {
 public:
  virtual ~TimeSource() = default;
  virtual RealTime now() const = 0;
  virtual Instant wall() const = 0;
  // Like condition_variable_any::wait_until: returns when notified, at `until`, or for no reason.
  virtual void wait_until(std::condition_variable_any& changed, std::unique_lock<NotifyingMutex>& lock,
                          RealTime until) = 0;
};

class SystemTime final : public TimeSource {
 public:
  RealTime now() const override;
  Instant wall() const override;
  void wait_until(std::condition_variable_any& changed, std::unique_lock<NotifyingMutex>& lock,
                  RealTime until) override;
};

// Something that can be woken, by one timer. The timer holds it weakly.
class Sleeper {
 public:
  Sleeper();
  virtual ~Sleeper() = default;
  // Called on the timer's thread, with none of its locks held. It must not wait for anything, nor take long: all other
  // sleepers wait for it. If it throws, it is called again after a while.
  virtual void wake() = 0;

 private:
  friend class Timer;
  using Alarms = std::multimap<RealTime, std::weak_ptr<Sleeper>>;
  static constexpr RealTime::rep kUnarmed = std::numeric_limits<RealTime::rep>::max();
  std::atomic<RealTime::rep> armed_at_ = kUnarmed;  // the wake that the timer knows of; changed under its mutex
  // Its place among the timer's alarms, made beforehand: arming allocates nothing, so it never fails. Under the timer's
  // mutex.
  Alarms::node_type unarmed_;
  Alarms::iterator armed_;  // if unarmed_ is empty
};

// One thread that wakes sleepers at the real times that they asked for, in their order. It sleeps without cost while
// nothing is due. Thread-safe.
class Timer {
 public:
  // `warn` is told if a wake fails, now and then if it fails again and again.
  explicit Timer(
      TimeSource& time, std::function<void(std::string_view)> warn = [](std::string_view) {});
  ~Timer();  // stops

  // Wakes `sleeper` at `at`, or earlier if that was asked for before. Costs next to nothing in the latter case.
  void arm(const std::shared_ptr<Sleeper>& sleeper, RealTime at) noexcept;

  // No sleeper is woken once this has returned. Not from two threads at once.
  void stop();

  static constexpr std::chrono::milliseconds kAfterFailure{100};

 private:
  void run();
  std::shared_ptr<Sleeper> take_first();  // under mutex_
  void ring(const std::shared_ptr<Sleeper>& sleeper) noexcept;
  void tell_of_failure(const char* why) noexcept;

  TimeSource& time_;
  const std::function<void(std::string_view)> warn_;
  WarningLimiter failures_;  // the thread's own
  NotifyingMutex mutex_;     // guards all below
  std::condition_variable_any changed_;
  Sleeper::Alarms alarms_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace enrichment_mock::runner
