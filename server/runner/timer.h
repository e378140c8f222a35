// Real time: what it is, waiting for it, and being woken at it.
#pragma once
#include <atomic>
#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include "engine/clock.h"

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
  // Like condition_variable::wait_until: returns when notified, at `until`, or for no reason.
  virtual void wait_until(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, RealTime until) = 0;
};

class SystemTime final : public TimeSource {
 public:
  RealTime now() const override;
  Instant wall() const override;
  void wait_until(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, RealTime until) override;
};

// Something that can be woken. The timer holds it weakly.
class Sleeper {
 public:
  virtual ~Sleeper() = default;
  // Called on the timer's thread, with none of its locks held.
  virtual void wake() = 0;

 private:
  friend class Timer;
  static constexpr RealTime::rep kUnarmed = std::numeric_limits<RealTime::rep>::max();
  std::atomic<RealTime::rep> armed_at_ = kUnarmed;  // the earliest wake that the timer knows of
};

// One thread that wakes sleepers at the real times that they asked for. It sleeps without cost while nothing is due.
// Thread-safe.
class Timer {
 public:
  explicit Timer(TimeSource& time);
  ~Timer();  // stops

  // Wakes `sleeper` at `at`, or earlier if that was asked for before. Costs next to nothing in the latter case.
  void arm(const std::shared_ptr<Sleeper>& sleeper, RealTime at);

  // No sleeper is woken once this has returned. Not from two threads at once.
  void stop();

 private:
  struct Alarm {
    RealTime at;
    std::weak_ptr<Sleeper> sleeper;
    friend bool operator>(const Alarm& a, const Alarm& b) { return a.at > b.at; }
  };
  void run();
  static void ring(const Alarm& alarm);

  TimeSource& time_;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::priority_queue<Alarm, std::vector<Alarm>, std::greater<>> alarms_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace enrichment_mock::runner
