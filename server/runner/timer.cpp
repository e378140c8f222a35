#include "runner/timer.h"

#include <exception>
#include <string>
#include <utility>

#include "base/threads.h"

namespace enrichment_mock::runner {

RealTime SystemTime::now() const { return std::chrono::steady_clock::now(); }

Instant SystemTime::wall() const { return std::chrono::floor<engine::Duration>(std::chrono::system_clock::now()); }

void SystemTime::wait_until(std::condition_variable_any& changed, std::unique_lock<NotifyingMutex>& lock,
                            RealTime until) {
  changed.wait_until(lock, until);
}

TimerListener::TimerListener() {
  Alarms alarms;
  alarms.emplace();
  unarmed_ = alarms.extract(alarms.begin());
}

Timer::Timer(TimeSource& time, std::function<void(std::string_view)> warn)
    : time_(time), warn_(std::move(warn)), thread_([this] { run(); }) {}

Timer::~Timer() { stop(); }

// If the listener is already armed for an earlier time, nothing is to be done: on_timer() will see the caller's change.
void Timer::arm(const std::shared_ptr<TimerListener>& listener, RealTime at) noexcept {
  const RealTime::rep wanted = at.time_since_epoch().count();
  if (listener->armed_at_ <= wanted) return;
  std::lock_guard lock(mutex_);
  if (listener->armed_at_ <= wanted) return;
  auto alarm = listener->unarmed_ ? std::move(listener->unarmed_) : alarms_.extract(listener->armed_);
  alarm.key() = at;
  alarm.mapped() = listener;
  listener->armed_ = alarms_.insert(std::move(alarm));
  listener->armed_at_ = wanted;
  if (listener->armed_ == alarms_.begin()) changed_.notify_one();
}

void Timer::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

// Null: the listener no longer exists.
std::shared_ptr<TimerListener> Timer::take_first() {
  auto alarm = alarms_.extract(alarms_.begin());
  auto listener = alarm.mapped().lock();
  if (!listener) return nullptr;
  listener->unarmed_ = std::move(alarm);
  listener->armed_at_ = TimerListener::kUnarmed;
  return listener;
}

void Timer::call_listener(const std::shared_ptr<TimerListener>& listener) noexcept {
  try {
    return listener->on_timer();
  } catch (const std::exception& error) {
    warn_of_failure(error.what());
  } catch (...) {
    warn_of_failure("unknown");
  }
  arm(listener, time_.now() + kRetryAfterFailure);
}

void Timer::warn_of_failure(const char* why) noexcept {
  try {
    if (const auto unreported = failures_.record(time_.now()))
      warn_("what is due in a team is delayed: " + std::string(why) +
            (*unreported > 0 ? " (and " + std::to_string(*unreported) + " more times since the last warning)" : ""));
  } catch (...) {  // no memory for the warning
  }
}

void Timer::run() {
  base::name_this_thread("timer");
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (alarms_.empty()) {
      changed_.wait(lock);
    } else if (const RealTime next = alarms_.begin()->first; time_.now() < next) {
      time_.wait_until(changed_, lock, next);
    } else {
      auto listener = take_first();
      lock.unlock();
      if (listener) call_listener(listener);
      listener.reset();
      lock.lock();
    }
  }
}

}  // namespace enrichment_mock::runner
