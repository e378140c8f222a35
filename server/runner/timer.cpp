#include "runner/timer.h"

#include "base/threads.h"

namespace enrichment_mock::runner {

RealTime SystemTime::now() const { return std::chrono::steady_clock::now(); }

Instant SystemTime::wall() const { return std::chrono::floor<engine::Duration>(std::chrono::system_clock::now()); }

void SystemTime::wait_until(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, RealTime until) {
  changed.wait_until(lock, until);
}

Timer::Timer(TimeSource& time) : time_(time), thread_([this] { run(); }) {}

Timer::~Timer() { stop(); }

void Timer::arm(const std::shared_ptr<Sleeper>& sleeper, RealTime at) {
  const RealTime::rep wanted = at.time_since_epoch().count();
  RealTime::rep armed = sleeper->armed_at_.load();
  do {
    if (armed <= wanted) return;
  } while (!sleeper->armed_at_.compare_exchange_weak(armed, wanted));
  std::lock_guard lock(mutex_);
  const bool first = alarms_.empty() || at < alarms_.top().at;
  alarms_.push({at, sleeper});
  if (first) changed_.notify_one();
}

void Timer::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

// An alarm that is no longer the sleeper's earliest is out of date: that one has woken it, or will. A change
// of the sleeper's plans once it is unarmed arms it anew; what was changed before is seen by wake().
void Timer::ring(const Alarm& alarm) {
  const auto sleeper = alarm.sleeper.lock();
  if (!sleeper) return;
  RealTime::rep armed = alarm.at.time_since_epoch().count();
  if (sleeper->armed_at_.compare_exchange_strong(armed, Sleeper::kUnarmed)) sleeper->wake();
}

void Timer::run() {
  base::name_this_thread("timer");
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (alarms_.empty()) {
      changed_.wait(lock);
    } else if (const Alarm next = alarms_.top(); time_.now() < next.at) {
      time_.wait_until(changed_, lock, next.at);
    } else {
      alarms_.pop();
      lock.unlock();
      ring(next);
      lock.lock();
    }
  }
}

}  // namespace enrichment_mock::runner
