// Drives one team's clock: shows it, stops it, lets it run, and moves a manual one on, so that what falls due on the
// way happens in its order. A part of TeamRunner, under whose mutex it works. Thread-safe; one advance or settle at a
// time.
#pragma once
#include <chrono>
#include <optional>
#include <stdexcept>
#include <vector>

#include "engine/clock.h"
#include "engine/event.h"
#include "engine/open_work.h"
#include "runner/waits.h"

namespace enrichment_mock::runner {

using engine::Duration;

class TeamRunner;

struct ClockView {
  bool manual = false;
  double scale = 1;
  Instant now{};
};

// The clock would have to pass the last year that team time has. The message names the range.
struct BeyondTime : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct SettleResult {
  bool complete = true;  // false: the timeout came first
  Instant now{};
  engine::Events fired = {};
  std::vector<engine::OpenWork> open = {};
};

class TeamClock {
 public:
  explicit TeamClock(TeamRunner& runner) : runner_(runner) {}

  ClockView view() const;
  Instant now() const;

  // Stops it at `at` or where it is, whichever is later; fires what falls due up to there, except callbacks. Throws
  // Conflict while an advance or settle is under way, as does run().
  ClockView stop(std::optional<Instant> at);
  // Lets it run on from where it is.
  ClockView run(double scale);

  // Moves a manual clock on by `by`, at most a year at a time, and fires all that falls due on the way, one delivery at
  // a time, each result awaited. Other calls go on meanwhile and see the time of what is firing. Returns what fell due;
  // a callback is listed when its attempt has ended. Throws Conflict: the clock is running, another advance or settle
  // is under way, the runner has stopped, the client that waits has left. Throws BeyondTime, and moves nothing.
  engine::Events advance(Duration by) { return advance(by, kYear).fired; }
  // At most for so long, in real time: the clock then stays where it has come to.
  SettleResult advance(Duration by, std::chrono::milliseconds timeout);
  // The same, up to the next thing that falls due, and all of that instant; nothing, if there is none.
  engine::Events advance_to_next() { return advance_to_next(kYear).fired; }
  SettleResult advance_to_next(std::chrono::milliseconds timeout);

  // Goes on until no timed lookup and no callback remains: a manual clock is moved on, a running one is waited for.
  // Throws Conflict and BeyondTime like advance, but works on running clocks, too, and all that falls due before has
  // happened then. `timeout` is real time.
  SettleResult settle(std::chrono::milliseconds timeout);

 private:
  class Listing;
  class Delivery;

  ClockView view_under_lock() const;
  void check_free() const;  // under the runner's mutex, as the next
  void check_manual() const;
  SettleResult finished(SettleResult result) const;
  bool fire_until(Instant limit, const Waits::Condition& enough, RealTime deadline, Waits::Lock& lock);

  TeamRunner& runner_;
};

}  // namespace enrichment_mock::runner
