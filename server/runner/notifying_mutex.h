// A mutex for threads that must not wait for it: if such a thread does not get it, it is notified once the mutex is
// free. A thread that locks it repeatedly can see whether others wait.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace enrichment_mock::runner {

class NotifyingMutex {
 public:
  // `on_free` is called without the mutex, on the thread that has just unlocked it. It must not throw.
  explicit NotifyingMutex(std::function<void()> on_free = {}) : on_free_(std::move(on_free)) {}

  void lock() {
    if (mutex_.try_lock()) return;
    ++waiting_;
    if (!try_lock_for_a_while()) mutex_.lock();
    --waiting_;
  }
  bool try_lock() { return mutex_.try_lock(); }

  void unlock() {
    mutex_.unlock();
    if (notify_.exchange(false)) on_free_();
  }

  // Never waits. False: another thread has the mutex, and calls `on_free` after it has unlocked it.
  bool try_lock_or_notify() {
    if (mutex_.try_lock()) return true;
    // Sets the flag before the second attempt: either that succeeds, or the owner sees the flag after it has unlocked.
    notify_.exchange(true);
    return mutex_.try_lock();
  }

  // The number of threads that wait for it, or that have only just got it.
  std::size_t waiting() const { return waiting_; }

 private:
  // A command of a team takes a few microseconds, and less time than to sleep until the mutex is free and to be woken.
  bool try_lock_for_a_while() {
    static const bool only_one_processor = std::thread::hardware_concurrency() == 1;
    if (only_one_processor) return false;
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(10);
    do {
      if (mutex_.try_lock()) return true;
    } while (std::chrono::steady_clock::now() < end);
    return false;
  }

  std::mutex mutex_;
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<bool> notify_ = false;
  const std::function<void()> on_free_;
};

}  // namespace enrichment_mock::runner
