#include "runner/team_clock.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/time_text.h"
#include "base/undo.h"
#include "base/waiting.h"
#include "runner/team_runner.h"

namespace enrichment_mock::runner {

namespace {

void check_range(Instant to) {
  if (to <= base::kLastInstant) return;
  throw TimeOutOfRange("the clock would move to " + base::format_instant(to) + "; expected a time in the years " +
                       std::to_string(base::kFirstYear) + " to " + std::to_string(base::kLastYear));
}

}  // namespace

// While it exists, an advance or settle is in progress, and the events that were due are added to `list`. Under the
// runner's mutex.
class TeamClock::ListScope {
 public:
  ListScope(const TeamClock& clock, engine::Events& list) : runner_(clock.runner_), list_(list) {
    if (runner_.stopped_) throw Conflict("the emulator has been stopped");
    clock.check_not_in_progress();
    runner_.events_.start_list(list);
    runner_.update_idle_state();
  }
  ~ListScope() {
    runner_.events_.stop_list(list_);
    runner_.update_idle_state();
  }
  ListScope(const ListScope&) = delete;
  ListScope& operator=(const ListScope&) = delete;

 private:
  TeamRunner& runner_;
  engine::Events& list_;
};

// Delivers the events when it is destroyed. Declare it before the lock, so that the lock is released by then.
class TeamClock::DeliverAtEnd {
 public:
  explicit DeliverAtEnd(TeamRunner& runner) : runner_(runner) {}
  ~DeliverAtEnd() { runner_.events_.deliver(runner_.mutex_); }
  DeliverAtEnd(const DeliverAtEnd&) = delete;
  DeliverAtEnd& operator=(const DeliverAtEnd&) = delete;

 private:
  TeamRunner& runner_;
};

ClockView TeamClock::view_under_lock() const {
  const auto& clock = runner_.clock_;
  return {clock.manual(), clock.scale(), clock.now(runner_.services_.time.now()), clock.always_real()};
}

ClockView TeamClock::view() const {
  std::lock_guard lock(runner_.mutex_);
  // A time that was shown is saved, so that the clock never goes back behind it.
  if (!runner_.clock_.manual()) runner_.changes_.mark();
  runner_.announce_changes();
  return view_under_lock();
}

Instant TeamClock::now() const { return view().now; }

void TeamClock::check_not_in_progress() const {
  if (runner_.events_.has_list()) throw Conflict("another advance or settle of this team is in progress");
}

void TeamClock::check_manual() const {
  if (!runner_.clock_.manual()) throw Conflict("only a manual clock can be advanced; this team's clock is running");
}

ClockView TeamClock::stop(std::optional<Instant> at) {
  TeamRunner::CommandScope scope(runner_);
  check_not_in_progress();
  const RealTime real = runner_.services_.time.now();
  runner_.changes_.mark();
  runner_.clock_.stop_at(at.value_or(runner_.clock_.now(real)), real);
  scope.catch_up();
  return view_under_lock();
}

ClockView TeamClock::run(double scale) {
  TeamRunner::CommandScope scope(runner_);
  check_not_in_progress();
  runner_.changes_.mark();
  runner_.clock_.run(scale, runner_.services_.time.now());
  scope.catch_up();
  return view_under_lock();
}

SettleResult TeamClock::advance(Duration by, std::chrono::milliseconds timeout) {
  SettleResult result;
  const DeliverAtEnd deliver_at_end(runner_);
  Waits::Lock lock(runner_.mutex_);
  check_manual();
  const RealTime deadline = runner_.waits_.deadline_in(timeout);
  const ListScope list_scope(*this, result.fired);
  const Instant target = view_under_lock().now + std::min<Duration>(by, kYear);
  check_range(target);
  result.complete = fire_until(
      target, [] { return false; }, deadline, lock);
  if (result.complete) runner_.clock_.move_to(target);
  runner_.changes_.mark();
  runner_.announce_changes();
  return with_state(std::move(result));
}

SettleResult TeamClock::advance_to_next(std::chrono::milliseconds timeout) {
  SettleResult result;
  const DeliverAtEnd deliver_at_end(runner_);
  Waits::Lock lock(runner_.mutex_);
  check_manual();
  const RealTime deadline = runner_.waits_.deadline_in(timeout);
  const ListScope list_scope(*this, result.fired);
  // A due event may only be put off to a later time: then nothing has fired yet.
  while (result.fired.empty() && result.complete) {
    const auto due = runner_.team_.next_due();
    if (!due) break;
    check_range(*due);
    result.complete = fire_until(
        *due, [] { return false; }, deadline, lock);
  }
  return with_state(std::move(result));
}

// Adds the time and the open work. Under the runner's mutex.
SettleResult TeamClock::with_state(SettleResult result) const {
  result.now = view_under_lock().now;
  result.open = open_work_of(runner_.team_);
  return result;
}

SettleResult TeamClock::settle(std::chrono::milliseconds timeout) {
  SettleResult result;
  const DeliverAtEnd deliver_at_end(runner_);
  Waits::Lock lock(runner_.mutex_);
  const RealTime deadline = runner_.waits_.deadline_in(timeout);
  const ListScope list_scope(*this, result.fired);
  const auto settled = [this] { return runner_.team_.settled(); };
  result.complete = runner_.clock_.manual() ? fire_until(base::kLastInstant, settled, deadline, lock)
                                            : runner_.waits_.until(settled, deadline, lock);
  const auto next = runner_.team_.next_due();
  if (runner_.clock_.manual() && result.complete && next && !settled()) check_range(*next);
  return with_state(std::move(result));
}

// Delivers the events so far, and lets other calls of the team proceed. Throws Conflict if the client has disconnected.
void TeamClock::unlock_briefly(Waits::Lock& lock, RealTime& next_client_check) {
  const TimeSource& time = runner_.services_.time;
  lock.unlock();
  runner_.events_.deliver(runner_.mutex_);
  const bool is_check_due = time.now() >= next_client_check;
  const bool disconnected = is_check_due && base::Caller::current_has_left();
  lock.lock();
  if (disconnected) throw client_disconnected();
  if (is_check_due) next_client_check = time.now() + kClientCheckInterval;
}

// Fires one event at a time, and none during a delivery, until no event is due by the limit or `enough` holds. False:
// the deadline came first. Lets other calls of the team proceed after every kEventsAtOnce events.
bool TeamClock::fire_until(Instant limit, const Waits::Condition& enough, RealTime deadline, Waits::Lock& lock) {
  constexpr int kEventsAtOnce = 64;
  const TimeSource& time = runner_.services_.time;
  const auto generation = runner_.waits_.generation();
  const Waits::Condition nothing_under_way = [this] { return runner_.team_.callbacks().delivering_count() == 0; };
  auto next_client_check = time.now() + kClientCheckInterval;
  std::optional<base::Blocking> blocking;  // once for all deliveries
  for (int events = 1;; ++events) {
    if (events % kEventsAtOnce == 0) unlock_briefly(lock, next_client_check);
    if (generation != runner_.waits_.generation()) throw Conflict("the team has been reset");
    if (!runner_.due_.empty()) {
      auto outgoing = runner_.launch_next();
      lock.unlock();
      const base::Undo locks_again([&lock] { lock.lock(); });  // also if it throws: the callers change the team then
      if (!blocking) blocking.emplace();
      runner_.deliver(std::move(outgoing));
      continue;
    }
    if (!runner_.waits_.until(nothing_under_way, deadline, lock)) return false;
    runner_.waits_.notify();
    const auto due = runner_.team_.next_due();
    if (!due || *due > limit || enough()) return true;
    if (deadline != RealTime::max() && time.now() >= deadline) return false;
    runner_.clock_.move_to(*due);
    runner_.fire_next(*due, engine::FireWhat::everything);
  }
}

}  // namespace enrichment_mock::runner
