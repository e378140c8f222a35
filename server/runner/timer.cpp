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

Sleeper::Sleeper() {
  Alarms alarms;
  alarms.emplace();
  unarmed_ = alarms.extract(alarms.begin());
}

Timer::Timer(TimeSource& time, std::function<void(std::string_view)> warn)
    : time_(time), warn_(std::move(warn)), thread_([this] { run(); }) {}

Timer::~Timer() { stop(); }

// Whoever finds a sleeper armed early enough need not do anything: what they have changed is seen by its wake().
void Timer::arm(const std::shared_ptr<Sleeper>& sleeper, RealTime at) noexcept {
  const RealTime::rep wanted = at.time_since_epoch().count();
  if (sleeper->armed_at_ <= wanted) return;
  std::lock_guard lock(mutex_);
  if (sleeper->armed_at_ <= wanted) return;
  auto alarm = sleeper->unarmed_ ? std::move(sleeper->unarmed_) : alarms_.extract(sleeper->armed_);
  alarm.key() = at;
  alarm.mapped() = sleeper;
  sleeper->armed_ = alarms_.insert(std::move(alarm));
  sleeper->armed_at_ = wanted;
  if (sleeper->armed_ == alarms_.begin()) changed_.notify_one();
}

void Timer::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

// Null: it is gone.
std::shared_ptr<Sleeper> Timer::take_first() {
  auto alarm = alarms_.extract(alarms_.begin());
  auto sleeper = alarm.mapped().lock();
  if (!sleeper) return nullptr;
  sleeper->unarmed_ = std::move(alarm);
  sleeper->armed_at_ = Sleeper::kUnarmed;
  return sleeper;
}

void Timer::ring(const std::shared_ptr<Sleeper>& sleeper) noexcept {
  try {
    return sleeper->wake();
  } catch (const std::exception& error) {
    tell_of_failure(error.what());
  } catch (...) {
    tell_of_failure("unknown");
  }
  arm(sleeper, time_.now() + kAfterFailure);
}

void Timer::tell_of_failure(const char* why) noexcept {
  try {
    if (const auto unsaid = failures_.record(time_.now()))
      warn_("what a team had due came late: " + std::string(why) +
            (*unsaid > 0 ? " (and " + std::to_string(*unsaid) + " times more since the last warning)" : ""));
  } catch (...) {  // no memory to say so
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
      auto sleeper = take_first();
      lock.unlock();
      if (sleeper) ring(sleeper);
      sleeper.reset();
      lock.lock();
    }
  }
}

}  // namespace enrichment_mock::runner
