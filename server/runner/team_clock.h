// Controls one team's clock: shows it, stops it, lets it run, and moves a manual clock forward, so that everything due
// on the way happens in order. A part of TeamRunner; it uses the runner's mutex. Thread-safe. One advance or settle at
// a time: another one throws Conflict.
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
  bool always_real = false;  // it has always run as fast as real time, since the opening or the last reset of the team
};

// The clock would pass the last year of team time. what() names the valid range.
struct TimeOutOfRange : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct SettleResult {
  bool complete = true;  // false: the timeout ended the call
  Instant now{};
  engine::Events fired = {};
  std::vector<engine::OpenWork> open = {};
};

class TeamClock {
 public:
  explicit TeamClock(TeamRunner& runner) : runner_(runner) {}

  ClockView view() const;
  Instant now() const;

  // Stops the clock at the later of `at` and now. Everything due up to then happens, except callbacks. Throws Conflict
  // while an advance or settle is in progress, like run().
  ClockView stop(std::optional<Instant> at);
  // Lets the clock run from its present time.
  ClockView run(double scale);

  // Moves a manual clock forward by `by`, at most a year. Everything due on the way happens, one delivery at a time,
  // and each result is awaited. Other calls continue meanwhile and see the time of the present event. Returns what
  // happened; a callback is listed when its attempt has ended.
  // Throws Conflict if the clock is running, if another advance or settle is in progress, if the runner has stopped, or
  // if the client disconnects. Throws TimeOutOfRange before anything happens.
  engine::Events advance(Duration by) { return advance(by, kYear).fired; }
  // The same with a limit in real time. If it is reached, the clock keeps the time that it has reached.
  SettleResult advance(Duration by, std::chrono::milliseconds timeout);
  // The same up to the next instant at which something is due. If nothing is due, the clock does not move.
  engine::Events advance_to_next() { return advance_to_next(kYear).fired; }
  SettleResult advance_to_next(std::chrono::milliseconds timeout);

  // Continues until no timed lookup and no callback is open. A manual clock moves forward; on a running clock the call
  // waits. Throws Conflict like advance, except that the clock may be running. Throws TimeOutOfRange after everything
  // due within the range has happened. `timeout` is real time.
  SettleResult settle(std::chrono::milliseconds timeout);

 private:
  class ListScope;
  class DeliverAtEnd;

  ClockView view_under_lock() const;
  // Under the runner's mutex:
  void check_not_in_progress() const;
  void check_manual() const;
  SettleResult with_state(SettleResult result) const;
  void unlock_briefly(Waits::Lock& lock, RealTime& next_client_check);
  bool fire_until(Instant limit, const Waits::Condition& enough, RealTime deadline, Waits::Lock& lock);

  TeamRunner& runner_;
};

}  // namespace enrichment_mock::runner
