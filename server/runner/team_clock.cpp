#include "runner/team_clock.h"

#include <algorithm>
#include <string>

#include "base/limits.h"
#include "base/time_text.h"
#include "base/waiting.h"
#include "runner/team_runner.h"

namespace enrichment_mock::runner {

namespace {

void check_range(Instant to) {
  if (to <= base::kLastInstant) return;
  throw BeyondTime("the clock would move to " + base::format_instant(to) + "; expected a time in the years " +
                   std::to_string(base::kFirstYear) + " to " + std::to_string(base::kLastYear));
}

}  // namespace

// Holds the team's one place for an advance or settle, and lists what falls due meanwhile. Under the runner's mutex.
class TeamClock::Listing {
 public:
  Listing(const TeamClock& clock, engine::Events& list) : runner_(clock.runner_), list_(list) {
    if (runner_.stopped_) throw Conflict("the emulator has been stopped");
    clock.check_free();
    runner_.events_.start_list(list);
    runner_.note_idleness();
  }
  ~Listing() {
    runner_.events_.stop_list(list_);
    runner_.note_idleness();
  }
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;

 private:
  TeamRunner& runner_;
  engine::Events& list_;
};

// Delivers the events in the end, once the lock that is taken after it is released.
class TeamClock::Delivery {
 public:
  explicit Delivery(TeamRunner& runner) : runner_(runner) {}
  ~Delivery() { runner_.events_.deliver(runner_.mutex_); }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

 private:
  TeamRunner& runner_;
};

ClockView TeamClock::view_under_lock() const {
  const auto& clock = runner_.clock_;
  return {clock.manual(), clock.scale(), clock.now(runner_.services_.time.now())};
}

ClockView TeamClock::view() const {
  std::lock_guard lock(runner_.mutex_);
  return view_under_lock();
}

Instant TeamClock::now() const { return view().now; }

void TeamClock::check_free() const {
  if (runner_.events_.has_list()) throw Conflict("another advance or settle of this team is under way");
}

void TeamClock::check_manual() const {
  if (!runner_.clock_.manual()) throw Conflict("only a manual clock can be advanced; this team's clock is running");
}

ClockView TeamClock::stop(std::optional<Instant> at) {
  TeamRunner::Turn turn(runner_);
  check_free();
  const RealTime real = runner_.services_.time.now();
  runner_.clock_.stop_at(at.value_or(runner_.clock_.now(real)), real);
  turn.catch_up();
  return view_under_lock();
}

ClockView TeamClock::run(double scale) {
  TeamRunner::Turn turn(runner_);
  check_free();
  runner_.clock_.run(scale, runner_.services_.time.now());
  turn.catch_up();
  return view_under_lock();
}

SettleResult TeamClock::advance(Duration by, std::chrono::milliseconds timeout) {
  SettleResult result;
  const Delivery delivery(runner_);
  Waits::Lock lock(runner_.mutex_);
  check_manual();
  const RealTime deadline = runner_.waits_.deadline_in(timeout);
  const Listing listing(*this, result.fired);
  const Instant target = view_under_lock().now + std::min<Duration>(by, kYear);
  check_range(target);
  result.complete = fire_until(
      target, [] { return false; }, deadline, lock);
  if (result.complete) runner_.clock_.move_to(target);
  return finished(std::move(result));
}

SettleResult TeamClock::advance_to_next(std::chrono::milliseconds timeout) {
  SettleResult result;
  const Delivery delivery(runner_);
  Waits::Lock lock(runner_.mutex_);
  check_manual();
  const RealTime deadline = runner_.waits_.deadline_in(timeout);
  const Listing listing(*this, result.fired);
  // Something that is only put off has not fired yet.
  while (result.fired.empty() && result.complete) {
    const auto due = runner_.team_.next_due();
    if (!due) break;
    check_range(*due);
    result.complete = fire_until(
        *due, [] { return false; }, deadline, lock);
  }
  return finished(std::move(result));
}

// Under the runner's mutex.
SettleResult TeamClock::finished(SettleResult result) const {
  result.now = view_under_lock().now;
  result.open = open_work_of(runner_.team_);
  return result;
}

SettleResult TeamClock::settle(std::chrono::milliseconds timeout) {
  SettleResult result;
  const Delivery delivery(runner_);
  Waits::Lock lock(runner_.mutex_);
  const RealTime deadline = runner_.waits_.deadline_in(timeout);
  const Listing listing(*this, result.fired);
  const auto settled = [this] { return runner_.team_.settled(); };
  result.complete = runner_.clock_.manual() ? fire_until(base::kLastInstant, settled, deadline, lock)
                                            : runner_.waits_.until(settled, deadline, lock);
  const auto next = runner_.team_.next_due();
  if (runner_.clock_.manual() && result.complete && next && !settled()) check_range(*next);
  return finished(std::move(result));
}

// One thing after the other, and never while a delivery is under way, up to the limit or until it is `enough`. False:
// the deadline came first. The lock is released now and then, so that a long way does not keep the team's other calls
// waiting.
bool TeamClock::fire_until(Instant limit, const Waits::Condition& enough, RealTime deadline, Waits::Lock& lock) {
  constexpr int kEntriesAtOnce = 64;
  const TimeSource& time = runner_.services_.time;
  const auto generation = runner_.waits_.generation();
  const Waits::Condition nothing_under_way = [this] { return runner_.team_.callbacks().delivering_count() == 0; };
  auto next_look = time.now() + kBetweenLooks;
  for (int entries = 1;; ++entries) {
    if (entries % kEntriesAtOnce == 0) {
      lock.unlock();
      runner_.events_.deliver(runner_.mutex_);
      const bool looks = time.now() >= next_look;
      const bool left = looks && base::Caller::of_this_thread_has_left();
      lock.lock();
      if (left) throw client_has_left();
      if (looks) next_look = time.now() + kBetweenLooks;
    }
    if (generation != runner_.waits_.generation()) throw Conflict("the team has been reset");
    if (!runner_.due_.empty()) {
      auto outgoing = runner_.launch_next();
      lock.unlock();
      runner_.deliver(std::move(outgoing));
      lock.lock();
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
