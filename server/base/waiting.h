// How threads wait: until when, what ends a wait early, and who is told of it.
#pragma once
#include <atomic>
#include <chrono>

namespace enrichment_mock::base {

using Clock = std::chrono::steady_clock;

// That long from now; a year at most, as the clock cannot count to every number of milliseconds.
Clock::time_point deadline_in(std::chrono::milliseconds duration);

// Milliseconds until then as poll() takes them: rounded up, as a poll that ends early would only be repeated, and never
// negative.
int poll_timeout(Clock::time_point deadline);

// Tells every thread that waits in poll() that its wait is over. Raised once, never taken back. Thread-safe.
class StopSignal {
 public:
  StopSignal();  // throws std::system_error
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void raise();
  bool raised() const { return raised_; }

  // Readable once raised, for a poll() that includes other descriptors.
  int descriptor() const { return ends_[0]; }

  // Waits so long, or until the signal is raised.
  void wait_for(std::chrono::milliseconds duration) const;

 private:
  std::atomic<bool> raised_ = false;
  int ends_[2];  // of a pipe
};

// When a wait is given up: at a point in time, or before it, once one of the signals is raised. A value; the signals
// are not owned.
struct Deadline {
  Clock::time_point time{};
  const StopSignal* stop = nullptr;
  const StopSignal* cut = nullptr;
};

// Says that this thread is about to wait for something other than a processor: for a peer, for another thread, for time
// to pass, or that it will be busy for long. A bounded number of threads then lets another one take its place. Costs
// nothing on threads without a observer.
//
//   const base::Blocking blocking;
//   changed.wait(lock);
class Blocking {
 public:
  Blocking();
  ~Blocking();
  Blocking(const Blocking&) = delete;
  Blocking& operator=(const Blocking&) = delete;

  // Called on the thread itself.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void on_block() noexcept = 0;
    virtual void on_unblock() noexcept = 0;
  };

  // For this thread from now on; null: none. While one Blocking lives, others within it are not reported.
  static void set_observer(Observer* observer);
};

// The client that waits for the answer that a thread is working on. Work that may take long checks now and then whether
// it is still there.
class Caller {
 public:
  virtual ~Caller() = default;
  // Has left, or has ended its sending, which looks the same. Called on the thread that works for it.
  virtual bool has_left() const = 0;

  // While it lives, this thread works for that caller.
  class Scope {
   public:
    explicit Scope(const Caller& caller);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
  };

  // Of this thread's caller; false where there is none.
  static bool current_has_left();
};

}  // namespace enrichment_mock::base
