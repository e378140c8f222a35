// The calls that wait until a condition of one team holds. The team's mutex guards all of this, and is unlocked while a
// call waits.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stdexcept>

#include "runner/timer.h"

namespace enrichment_mock::runner {

// The team's state does not allow the call. what() says why.
struct Conflict : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Conflict client_disconnected();

class Commits;

// How often a long call checks whether its client is still connected.
constexpr std::chrono::milliseconds kClientCheckInterval{500};

// The longest advance and the longest wait.
constexpr std::chrono::hours kYear{365 * 24};

class Waits {
 public:
  using Lock = std::unique_lock<NotifyingMutex>;
  using Condition = std::function<bool()>;
  using Check = std::function<bool(bool is_last)>;

  // While saving fails, all waits but uninterrupted() throw NotSaved. `commits`: null if nothing is saved.
  Waits(TimeSource& time, const Commits* commits) : time_(time), commits_(commits) {}

  // The real time at which `timeout` has passed; at most a year from now.
  RealTime deadline_in(std::chrono::milliseconds timeout) const;

  // Waits until the condition holds. False: it did not hold by the deadline. Throws Conflict if meanwhile the team is
  // reset, the server stops or, if there is a deadline, the client disconnects.
  bool until(const Condition& holds, RealTime deadline, Lock& lock);

  // The same for a condition that takes long to check, or that depends on the journal. `check` is called without the
  // mutex: now, after changes of the team or of its journal, and a last time at the deadline. A call that follows a
  // change at once begins after a pause of nine times as long as the call before took, so that a busy team loses at
  // most a tenth of a processor.
  bool until_checked(const Check& check, RealTime deadline, Lock& lock);

  // As until(), but nothing else ends it: no reset, no stop, no disconnected client.
  void uninterrupted(const Condition& holds, RealTime deadline, Lock& lock);

  // The team has changed: waiting calls check their conditions.
  void notify() {
    ++changes_;
    if (waiting_ + checking_ > 0) changed_.notify_all();
  }

  // Only its journal has changed.
  void notify_recorded() {
    ++changes_;
    if (checking_ > 0) changed_.notify_all();
  }

  // Saving has begun to fail: calls that pause check that, too.
  void wake() { changed_.notify_all(); }

  // Both end all waits with Conflict. After cancel(), later calls of until() throw Conflict, too.
  void cancel();
  void reset();
  bool cancelled() const { return cancelled_; }
  std::uint64_t generation() const { return generation_; }  // how often reset() was called

 private:
  class Waiting;
  class Sleeper;
  class UnlockedBlocking;
  void check(std::uint64_t generation) const;  // throws Conflict or NotSaved

  TimeSource& time_;
  const Commits* const commits_;
  std::condition_variable_any changed_;
  std::size_t waiting_ = 0, checking_ = 0;  // calls that wait in until() or uninterrupted(), and in until_checked()
  std::uint64_t changes_ = 0;
  std::uint64_t generation_ = 0;
  bool cancelled_ = false;
};

}  // namespace enrichment_mock::runner
