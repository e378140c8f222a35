// A mutex that a thread which must not wait can pass by: it is called back once the mutex is free. One that takes it
// again and again can let others go first.
#pragma once
#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>

namespace enrichment_mock::runner {

class PassableMutex {
 public:
  // `call_back` is called outside the mutex, by a thread that has just unlocked it. It must not throw.
  explicit PassableMutex(std::function<void()> call_back = {}) : call_back_(std::move(call_back)) {}

  void lock() {
    if (mutex_.try_lock()) return;
    ++waiting_;
    mutex_.lock();
    --waiting_;
  }
  bool try_lock() { return mutex_.try_lock(); }

  // A thread that passes by says so first and tries once more then: either it gets the mutex, or the thread that has it
  // sees `passed_by_` after it has unlocked.
  void unlock() {
    mutex_.unlock();
    if (passed_by_.exchange(false)) call_back_();
  }

  // Never waits. False: another thread has the mutex, and calls `call_back` once it has unlocked it.
  bool try_lock_or_be_called() {
    if (mutex_.try_lock()) return true;
    passed_by_.exchange(true);
    return mutex_.try_lock();
  }

  // Threads that wait for it, or have just got it.
  std::size_t waiting() const { return waiting_; }

 private:
  std::mutex mutex_;
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<bool> passed_by_ = false;
  const std::function<void()> call_back_;
};

}  // namespace enrichment_mock::runner
