// TeamRunner's advance and settle: the calls that move a team's time, or wait for it.
#include <algorithm>
#include <utility>

#include "base/caller.h"
#include "runner/team_runner.h"

namespace enrichment_mock::runner {

namespace {
constexpr std::chrono::milliseconds kBetweenLooks{500};  // for whether anybody still waits for the answer
}  // namespace

// Holds the team's one place for an advance or settle, and collects what fires meanwhile. Under mutex_.
struct TeamRunner::Claim {
  Claim(TeamRunner& owner, std::vector<FiredEntry>& fired) : team(owner), recorder(fired) {
    if (team.stopped_) throw Conflict("the emulator has been stopped");
    team.check_unclaimed();
    team.recorder_ = &fired;
  }
  // After a reset the place may be somebody else's.
  ~Claim() {
    if (team.recorder_ == &recorder) team.recorder_ = nullptr;
  }
  TeamRunner& team;
  std::vector<FiredEntry>& recorder;
};

// Tells the audience in the end, once the lock is released.
struct TeamRunner::Telling {
  explicit Telling(TeamRunner& owner) : team(owner) {}
  ~Telling() { team.tell(); }
  Telling(const Telling&) = delete;
  Telling& operator=(const Telling&) = delete;
  TeamRunner& team;
};

void TeamRunner::check_unclaimed() const {
  if (recorder_) throw Conflict("another advance or settle of this team is under way");
}

void TeamRunner::check_manual() const {
  if (!clock_.manual()) throw Conflict("only a manual clock can be advanced; this team's clock is running");
}

std::vector<FiredEntry> TeamRunner::advance(Duration by) {
  std::vector<FiredEntry> fired;
  const Telling telling(*this);
  std::unique_lock lock(mutex_);
  check_manual();
  const Claim claim(*this, fired);
  const Instant target = clock_.now(around_.time.now()) + std::min<Duration>(by, kYear);
  fire_until(
      target, [] { return false; }, RealTime::max(), lock);
  clock_.move_to(target);
  return fired;
}

std::vector<FiredEntry> TeamRunner::advance_to_next() {
  std::vector<FiredEntry> fired;
  const Telling telling(*this);
  std::unique_lock lock(mutex_);
  check_manual();
  const Claim claim(*this, fired);
  // Something that is only put off has not fired yet.
  while (fired.empty()) {
    const auto due = team_.next_due();
    if (!due) break;
    fire_until(
        *due, [] { return false; }, RealTime::max(), lock);
  }
  return fired;
}

SettleResult TeamRunner::settle(std::chrono::milliseconds timeout) {
  SettleResult result;
  const Telling telling(*this);
  std::unique_lock lock(mutex_);
  const RealTime deadline = deadline_in(timeout);
  const Claim claim(*this, result.fired);
  const auto settled = [this] { return team_.settled(); };
  result.complete =
      clock_.manual() ? fire_until(Instant::max(), settled, deadline, lock) : await(deadline, lock, settled);
  result.now = clock_.now(around_.time.now());
  result.open = open_lookups();
  return result;
}

// One thing after the other, and never while a delivery is under way, up to the limit or until it is `enough`. False:
// the deadline came first. The lock is released now and then, so that a long way does not keep the team's other calls
// waiting.
template <class Enough>
bool TeamRunner::fire_until(Instant limit, Enough enough, RealTime deadline, std::unique_lock<std::mutex>& lock) {
  constexpr int kEntriesAtOnce = 64;
  const auto generation = generation_;
  for (int entries = 1;; ++entries) {
    if (entries % kEntriesAtOnce == 0) {
      lock.unlock();
      tell();
      lock.lock();
    }
    if (generation != generation_) throw Conflict("the team has been reset");
    if (!await(deadline, lock, [&] { return team_.callbacks().delivering_count() == 0; })) return false;
    if (waiting_ > 0) changed_.notify_all();
    const auto due = team_.next_due();
    if (!due || *due > limit || enough()) return true;
    if (deadline != RealTime::max() && around_.time.now() >= deadline) return false;
    clock_.move_to(*due);
    team_.keep_news(around_.audience && around_.audience->present());
    auto fired = team_.fire_next(*due);
    if (!fired) continue;  // it was put off
    record(*fired);
    if (auto* attempt = std::get_if<engine::DueAttempt>(&fired->what)) {
      auto outgoing = launch(std::move(*attempt));
      lock.unlock();
      deliver(std::move(outgoing));
      lock.lock();
    }
  }
}

RealTime TeamRunner::deadline_in(std::chrono::milliseconds timeout) const {
  return around_.time.now() + std::min<std::chrono::milliseconds>(timeout, kYear);
}

// False: the deadline came first. Where there is none, it does not matter who still waits for it.
bool TeamRunner::await(RealTime deadline, std::unique_lock<std::mutex>& lock, const std::function<bool()>& holds) {
  const auto generation = generation_;
  auto next_look = around_.time.now() + kBetweenLooks;
  for (;;) {
    if (generation != generation_) throw Conflict("the team has been reset");
    if (!holds_up_ || stopped_) throw Conflict("the emulator is stopping");
    if (holds()) return true;
    if (around_.time.now() >= deadline) return false;
    if (deadline == RealTime::max()) {
      changed_.wait(lock);
      continue;
    }
    around_.time.wait_until(changed_, lock, std::min(deadline, next_look));
    if (around_.time.now() < next_look) continue;
    lock.unlock();
    const bool left = base::Caller::of_this_thread_has_left();
    lock.lock();
    if (left) throw Conflict("nobody waits for this any more: the client has left");
    next_look = around_.time.now() + kBetweenLooks;
  }
}

std::vector<OpenLookup> TeamRunner::open() {
  std::lock_guard lock(mutex_);
  return open_lookups();
}

std::vector<OpenLookup> TeamRunner::open_lookups() const {
  using Why = OpenLookup::Why;
  std::vector<OpenLookup> open;
  for (const auto& enrichment : team_.enrichments()) {
    if (engine::is_resolved(enrichment.status)) continue;
    const bool timed = enrichment.due != engine::kNever;
    open.push_back({enrichment.id, timed ? Why::pending : enrichment.polls_left > 0 ? Why::polls : Why::forever});
  }
  for (const auto& callback : team_.callbacks().all())
    if (engine::is_open(callback.state)) open.push_back({team_.enrichments()[callback.enrichment].id, Why::delivering});
  return open;
}

std::string_view to_text(OpenLookup::Why why) {
  switch (why) {
    case OpenLookup::Why::forever:
      return "forever";
    case OpenLookup::Why::polls:
      return "polls";
    case OpenLookup::Why::pending:
      return "pending";
    case OpenLookup::Why::delivering:
      return "delivering";
  }
  return "";
}

}  // namespace enrichment_mock::runner
