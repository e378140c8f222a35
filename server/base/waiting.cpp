#include "base/waiting.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace enrichment_mock::base {
namespace {

thread_local Blocking::Observer* observer = nullptr;
thread_local int depth = 0;
thread_local const Caller* current_caller = nullptr;

}  // namespace

Clock::time_point deadline_in(std::chrono::milliseconds duration) {
  constexpr auto kLongest = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::years(1));
  return Clock::now() + std::min(duration, kLongest);
}

int poll_timeout(Clock::time_point deadline) {
  using std::chrono::milliseconds;
  constexpr milliseconds kLongest(std::numeric_limits<int>::max());
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::clamp(left, milliseconds(0), kLongest).count());
}

StopSignal::StopSignal() {
  if (::pipe(ends_) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  for (int end : ends_) ::fcntl(end, F_SETFD, FD_CLOEXEC);
}

StopSignal::~StopSignal() {
  for (int end : ends_) ::close(end);
}

void StopSignal::raise() {
  if (raised_.exchange(true)) return;
  while (::write(ends_[1], "", 1) < 0 && errno == EINTR) {
  }
}

void StopSignal::wait_for(std::chrono::milliseconds duration) const {
  const auto deadline = deadline_in(duration);
  pollfd stop{descriptor(), POLLIN, 0};
  while (!raised() && Clock::now() < deadline) ::poll(&stop, 1, poll_timeout(deadline));
}

Blocking::Blocking() {
  if (observer && depth++ == 0) observer->on_block();
}

Blocking::~Blocking() {
  if (observer && --depth == 0) observer->on_unblock();
}

void Blocking::expect_long_work() {
  if (observer) observer->on_long_work();
}

void Blocking::set_observer(Observer* to) { observer = to; }

Caller::Scope::Scope(const Caller& caller) { current_caller = &caller; }

Caller::Scope::~Scope() { current_caller = nullptr; }

bool Caller::current_has_left() { return current_caller && current_caller->has_left(); }

const Caller* Caller::current() { return current_caller; }

}  // namespace enrichment_mock::base
