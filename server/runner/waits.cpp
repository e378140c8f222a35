#include "runner/waits.h"

#include <algorithm>
#include <optional>

#include "base/waiting.h"
#include "runner/commits.h"

namespace enrichment_mock::runner {

Conflict client_disconnected() { return Conflict("the client has disconnected"); }

namespace {

// Between two checks of a busy team, in addition to the time that depends on how long a check takes.
constexpr std::chrono::milliseconds kLeastPause{1};
constexpr int kPausePerCheck = 9;

}  // namespace

// Announces a wait while the mutex is unlocked, since that may start a thread.
class Waits::UnlockedBlocking {
 public:
  explicit UnlockedBlocking(Lock& lock) {
    lock.unlock();
    blocking_.emplace();
    lock.lock();
  }

 private:
  std::optional<base::Blocking> blocking_;
};

// Counts one waiting call, so that no call is woken for nothing.
class Waits::Waiting {
 public:
  explicit Waiting(std::size_t& count) : count_(count) { ++count_; }
  ~Waiting() { --count_; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  std::size_t& count_;
};

// One call that waits, perhaps several times. Its members throw Conflict or NotSaved if the call must end.
class Waits::Sleeper {
 public:
  Sleeper(Waits& waits, Lock& lock)
      : waits_(waits), lock_(lock), generation_(waits.generation_), next_client_check_(next_check()) {
    check();
  }

  void check() const { waits_.check(generation_); }

  // Sleeps until the condition holds. False: it did not hold by the deadline.
  bool sleep(const Condition& holds, RealTime deadline) {
    std::optional<UnlockedBlocking> blocking;
    for (;;) {
      check();
      if (holds()) return true;
      if (waits_.time_.now() >= deadline) return false;
      if (!blocking) {
        blocking.emplace(lock_);
        continue;
      }
      if (deadline == RealTime::max()) {
        waits_.changed_.wait(lock_);
        continue;
      }
      waits_.time_.wait_until(waits_.changed_, lock_, std::min(deadline, next_client_check_));
      if (waits_.time_.now() >= next_client_check_) check_client();
    }
  }

 private:
  RealTime next_check() const { return waits_.time_.now() + kClientCheckInterval; }

  void check_client() {
    lock_.unlock();
    const bool disconnected = base::Caller::current_has_left();
    lock_.lock();
    if (disconnected) throw client_disconnected();
    next_client_check_ = next_check();
  }

  Waits& waits_;
  Lock& lock_;
  const std::uint64_t generation_;
  RealTime next_client_check_;
};

RealTime Waits::deadline_in(std::chrono::milliseconds timeout) const {
  return time_.now() + std::min<std::chrono::milliseconds>(timeout, kYear);
}

void Waits::check(std::uint64_t generation) const {
  if (generation != generation_) throw Conflict("the team has been reset");
  if (cancelled_) throw Conflict("the emulator is stopping");
  if (commits_) commits_->check();
}

bool Waits::until(const Condition& holds, RealTime deadline, Lock& lock) {
  const Waiting waiting(waiting_);
  return Sleeper(*this, lock).sleep(holds, deadline);
}

bool Waits::until_checked(const Check& check, RealTime deadline, Lock& lock) {
  Sleeper sleeper(*this, lock);
  std::optional<base::Blocking> blocking;
  for (bool is_last = false;;) {
    is_last = is_last || time_.now() >= deadline;
    const auto seen = changes_;
    const auto begin = time_.now();
    lock.unlock();
    const bool holds = check(is_last);
    const auto end = time_.now();
    if (!holds && !is_last && !blocking) blocking.emplace();
    lock.lock();
    sleeper.check();
    if (holds || is_last) return holds;
    const auto pause = std::max<RealTime::duration>(kPausePerCheck * (end - begin), kLeastPause);
    {
      const Waiting waiting(checking_);
      is_last = !sleeper.sleep([&] { return changes_ != seen; }, deadline);
    }
    if (!is_last) sleeper.sleep([] { return false; }, std::min(end + pause, deadline));
  }
}

void Waits::uninterrupted(const Condition& holds, RealTime deadline, Lock& lock) {
  if (holds() || time_.now() >= deadline) return;
  const UnlockedBlocking blocking(lock);
  const Waiting waiting(waiting_);
  while (!holds() && time_.now() < deadline) {
    if (deadline == RealTime::max())
      changed_.wait(lock);
    else
      time_.wait_until(changed_, lock, deadline);
  }
}

void Waits::cancel() {
  cancelled_ = true;
  changed_.notify_all();  // calls that pause are not counted
}

void Waits::reset() {
  ++generation_;
  changed_.notify_all();
}

}  // namespace enrichment_mock::runner
