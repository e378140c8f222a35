#include "runner/waits.h"

#include <algorithm>

#include "base/waiting.h"

namespace enrichment_mock::runner {

Conflict client_disconnected() { return Conflict("the client has disconnected"); }

// Counts one waiting call, so that notify() does nothing if no call waits.
class Waits::Waiting {
 public:
  explicit Waiting(Waits& waits) : waits_(waits) { ++waits_.waiting_; }
  ~Waiting() { --waits_.waiting_; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  Waits& waits_;
};

RealTime Waits::deadline_in(std::chrono::milliseconds timeout) const {
  return time_.now() + std::min<std::chrono::milliseconds>(timeout, kYear);
}

void Waits::check(std::uint64_t generation) const {
  if (generation != generation_) throw Conflict("the team has been reset");
  if (cancelled_) throw Conflict("the emulator is stopping");
}

bool Waits::until(const Condition& holds, RealTime deadline, Lock& lock) {
  const Waiting waiting(*this);
  const auto generation = generation_;
  auto next_client_check = time_.now() + kClientCheckInterval;
  for (;;) {
    check(generation);
    if (holds()) return true;
    if (time_.now() >= deadline) return false;
    if (deadline == RealTime::max()) {
      changed_.wait(lock);
      continue;
    }
    time_.wait_until(changed_, lock, std::min(deadline, next_client_check));
    if (time_.now() < next_client_check) continue;
    lock.unlock();
    const bool disconnected = base::Caller::current_has_left();
    lock.lock();
    if (disconnected) throw client_disconnected();
    next_client_check = time_.now() + kClientCheckInterval;
  }
}

void Waits::uninterrupted(const Condition& holds, RealTime deadline, Lock& lock) {
  const Waiting waiting(*this);
  while (!holds() && time_.now() < deadline) {
    if (deadline == RealTime::max())
      changed_.wait(lock);
    else
      time_.wait_until(changed_, lock, deadline);
  }
}

void Waits::cancel() {
  cancelled_ = true;
  notify();
}

void Waits::reset() {
  ++generation_;
  notify();
}

}  // namespace enrichment_mock::runner
