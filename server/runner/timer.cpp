#include "runner/timer.h"

namespace enrichment_mock::runner {

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

void Timer::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (alarms_.empty()) {
      changed_.wait(lock);
    } else if (const Alarm next = alarms_.top(); time_.now() < next.at) {
      time_.wait_until(changed_, lock, next.at);
    } else {
      alarms_.pop();
      lock.unlock();
      // Whoever changes the sleeper's plans from here on finds it unarmed and arms it anew; what was changed before
      // is seen by wake().
      if (const auto sleeper = next.sleeper.lock()) {
        sleeper->armed_at_ = Sleeper::kUnarmed;
        sleeper->wake();
      }
      lock.lock();
    }
  }
}

}  // namespace enrichment_mock::runner
