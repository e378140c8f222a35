// The calls that wait for something about one team. Each waits with the team's mutex, which guards all of this and is
// released while it waits.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stdexcept>

#include "runner/timer.h"

namespace enrichment_mock::runner {

// A call that the team's state does not allow; what() says why.
struct Conflict : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Conflict client_has_left();

// How often a call that takes long looks whether anybody still waits for its answer.
constexpr std::chrono::milliseconds kBetweenLooks{500};

// No advance and no wait is longer.
constexpr std::chrono::hours kYear{365 * 24};

class Waits {
 public:
  using Lock = std::unique_lock<NotifyingMutex>;
  using Condition = std::function<bool()>;

  explicit Waits(TimeSource& time) : time_(time) {}

  // That long from now in real time, a year at most.
  RealTime deadline_in(std::chrono::milliseconds timeout) const;

  // Waits until the condition holds. False: the deadline came first. Throws Conflict when the team is reset, the server
  // stops or, if there is a deadline, the client has left meanwhile.
  bool until(const Condition& holds, RealTime deadline, Lock& lock);

  // The same, whatever happens, for one that ends by itself.
  void uninterrupted(const Condition& holds, RealTime deadline, Lock& lock);

  // Something about the team has changed: waiting calls look again.
  void notify() {
    if (waiting_ > 0) changed_.notify_all();
  }

  // Ends all waits with Conflict, from here on and, by reset(), those of now.
  void cancel();
  void reset();
  bool cancelled() const { return cancelled_; }
  std::uint64_t generation() const { return generation_; }  // the number of resets

 private:
  class Waiting;
  void check(std::uint64_t generation) const;  // throws Conflict

  TimeSource& time_;
  std::condition_variable_any changed_;
  std::size_t waiting_ = 0;
  std::uint64_t generation_ = 0;
  bool cancelled_ = false;
};

}  // namespace enrichment_mock::runner
