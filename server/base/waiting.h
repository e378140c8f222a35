// Waiting threads: deadlines, signals that end a wait early, and observers that are notified of a wait.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <stdexcept>

namespace enrichment_mock::base {

using Clock = std::chrono::steady_clock;

// The time that long from now. At most a year: the clock cannot represent every number of milliseconds.
Clock::time_point deadline_in(std::chrono::milliseconds duration);

// Milliseconds until the deadline, for poll(). Never negative, and rounded up, because a poll that ends early would
// only be repeated.
int poll_timeout(Clock::time_point deadline);

// Ends the wait of every thread that waits in poll(). Once raised, it stays raised. Thread-safe.
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

  // Waits for that long, or until the signal is raised.
  void wait_for(std::chrono::milliseconds duration) const;

 private:
  std::atomic<bool> raised_ = false;
  int ends_[2];  // both ends of a pipe
};

// Continues responses that have waited without a thread.
class Resumer {
 public:
  struct Waiting {
    std::uint64_t ticket = 0;  // for what the response waits
    Resumer* resumer = nullptr;
    std::uint64_t response = 0;
  };
  virtual ~Resumer() = default;
  // These responses, which are all of this resumer, need not wait any longer.
  virtual void resume(std::span<const Waiting> over) noexcept = 0;
};

// When a wait ends unsuccessfully: at a point in time, or earlier, if one of the signals is raised. It does not own the
// signals.
struct Deadline {
  Clock::time_point time{};
  const StopSignal* stop = nullptr;
  const StopSignal* cut = nullptr;
};

// Ends long work early, because the program is about to stop.
struct Stopped : std::runtime_error {
  Stopped() : runtime_error("the emulator is stopping") {}
};

// While it exists, this thread may be blocked: it waits for a peer, for another thread or for time to pass, or it is
// busy for a long time. The observer of the thread is notified; a thread pool then lets another thread take its place.
// Costs nothing on threads without an observer.
//
//   const base::Blocking blocking;
//   changed.wait(lock);
class Blocking {
 public:
  Blocking();
  ~Blocking();
  Blocking(const Blocking&) = delete;
  Blocking& operator=(const Blocking&) = delete;

  // Its functions are called on the thread itself.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void on_block() noexcept = 0;
    virtual void on_unblock() noexcept = 0;
    virtual void on_long_work() noexcept = 0;
  };

  // What this thread does next may take long, but probably does not. Costs less than a Blocking: the observer only
  // looks more often whether the thread makes progress. If it waits, it still has to announce that.
  static void expect_long_work();

  // Sets the observer of this thread; null: none. Nested Blocking objects are reported once.
  static void set_observer(Observer* observer);
};

// The client that waits for the response to the request that this thread handles. Long work checks now and then whether
// it is still there.
class Caller {
 public:
  virtual ~Caller() = default;
  // Whether it has closed the connection, or its sending side, which looks the same. Called on the thread that handles
  // the request.
  virtual bool has_left() const = 0;

  // The number of its connection: no other connection of this server has it. 0: unknown. And since when it is there, in
  // real time.
  virtual std::uint64_t number() const { return 0; }
  virtual std::chrono::system_clock::time_point since() const { return {}; }

  // Whether it had closed the connection, or its sending side, before its request was read. Costs nothing.
  virtual bool had_left() const { return false; }

  // While it exists, this thread handles a request of that caller.
  class Scope {
   public:
    explicit Scope(const Caller& caller);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
  };

  // Whether the caller of this thread has left; false if there is none.
  static bool current_has_left();

  // The caller of this thread; null if there is none.
  static const Caller* current();
};

}  // namespace enrichment_mock::base
