// Real time: the interface to the system's clocks, and a timer thread.
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

// Reads the system's clocks and waits. Nothing else does, so that tests can replace the time and never really wait.
// Thread-safe.
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

// Receives the calls of one timer, which holds it by a weak pointer.
class TimerListener {
 public:
  TimerListener();
  virtual ~TimerListener() = default;
  // Called on the timer's thread, without a lock. It must not block or take long, because all other listeners wait
  // for it. If it throws, the timer calls it again after kRetryAfterFailure.
  virtual void on_timer() = 0;

 private:
  friend class Timer;
  using Alarms = std::multimap<RealTime, std::weak_ptr<TimerListener>>;
  static constexpr RealTime::rep kUnarmed = std::numeric_limits<RealTime::rep>::max();
  std::atomic<RealTime::rep> armed_at_ = kUnarmed;  // the time of its alarm; changes under the timer's mutex
  // Its entry in the timer's alarms. It is allocated beforehand, so that arming never fails. Under the timer's mutex.
  Alarms::node_type unarmed_;
  Alarms::iterator armed_;  // valid while unarmed_ is empty
};

// A thread that calls each listener at the real time for which it is armed, in the order of these times. Thread-safe.
class Timer {
 public:
  // `warn` is called if a listener throws, at most once per WarningLimiter::kInterval.
  explicit Timer(
      TimeSource& time, std::function<void(std::string_view)> warn = [](std::string_view) {});
  ~Timer();  // stops

  // Calls `listener` at `at`, or earlier if it is already armed for an earlier time; this case is very cheap.
  void arm(const std::shared_ptr<TimerListener>& listener, RealTime at) noexcept;

  // After it returns, no listener is called. Must not be called on two threads at the same time.
  void stop();

  static constexpr std::chrono::milliseconds kRetryAfterFailure{100};

 private:
  void run();
  std::shared_ptr<TimerListener> take_first();  // under mutex_
  void call_listener(const std::shared_ptr<TimerListener>& listener) noexcept;
  void warn_of_failure(const char* why) noexcept;

  TimeSource& time_;
  const std::function<void(std::string_view)> warn_;
  WarningLimiter failures_;  // used by the timer's thread only
  NotifyingMutex mutex_;     // guards all below
  std::condition_variable_any changed_;
  TimerListener::Alarms alarms_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace enrichment_mock::runner
