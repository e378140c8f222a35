// A time source that a test sets: nothing waits in real time. advance() also wakes threads that have just continued by
// themselves, so the mutexes and conditions of waiting threads must outlive each call of it.
#pragma once
#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "runner/timer.h"

namespace enrichment_mock::support {

class FakeTime final : public runner::TimeSource {
 public:
  FakeTime() { waiting_.reserve(64); }  // as real waiting, it allocates nothing

  runner::RealTime now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }

  runner::Instant wall() const override {
    return runner::Instant{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}} +
           std::chrono::duration_cast<engine::Duration>(now().time_since_epoch());
  }

  void wait_until(std::condition_variable_any& changed, std::unique_lock<runner::NotifyingMutex>& lock,
                  runner::RealTime until) override {
    std::uint64_t number = 0;
    {
      std::lock_guard guard(mutex_);
      if (now_ >= until) return;
      number = ++waits_;
      waiting_.push_back({number, &changed, lock.mutex()});
      waiters_changed_.notify_all();
    }
    changed.wait(lock);
    std::lock_guard guard(mutex_);
    std::erase_if(waiting_, [&](const Waiter& waiter) { return waiter.number == number; });
  }

  // Moves the time and wakes all waiting threads.
  void advance(std::chrono::microseconds by) {
    std::vector<Waiter> waiting;
    {
      std::lock_guard lock(mutex_);
      now_ += by;
      waiting = waiting_;
    }
    for (const auto& waiter : waiting) {
      const std::lock_guard lock(*waiter.mutex);  // so that no thread is between reading the time and waiting
      waiter.changed->notify_all();
    }
  }

  // Blocks until that many threads wait.
  void await_waiters(std::size_t count) {
    std::unique_lock lock(mutex_);
    waiters_changed_.wait(lock, [&] { return waiting_.size() >= count; });
  }

 private:
  struct Waiter {
    std::uint64_t number;
    std::condition_variable_any* changed;
    runner::NotifyingMutex* mutex;
  };
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable waiters_changed_;
  runner::RealTime now_{};
  std::uint64_t waits_ = 0;
  std::vector<Waiter> waiting_;
};

}  // namespace enrichment_mock::support
