#include "callbacks/cutoff.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace enrichment_mock::callbacks {

Wait wait_for(int fd, short events, const Cutoff& cutoff) {
  pollfd polled[2] = {{.fd = fd, .events = events, .revents = 0},
                      {.fd = cutoff.stop_fd, .events = POLLIN, .revents = 0}};
  for (;;) {
    // Rounded up: a poll that ends before the deadline would only be repeated.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(cutoff.deadline - Clock::now()).count();
    if (left <= 0) return Wait::timed_out;
    const int count = poll(polled, 2, static_cast<int>(std::min<long long>(left, INT_MAX)));
    if (count < 0 && errno != EINTR) return Wait::stopped;
    if (count <= 0) continue;
    return polled[1].revents != 0 ? Wait::stopped : Wait::ready;
  }
}

StopSignal::StopSignal() {
  if (pipe(ends_) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  for (const int end : ends_) fcntl(end, F_SETFD, FD_CLOEXEC);
}

StopSignal::~StopSignal() {
  for (const int end : ends_) close(end);
}

void StopSignal::raise() {
  const char byte = 0;
  while (write(ends_[1], &byte, 1) < 0 && errno == EINTR) {
  }
}

}  // namespace enrichment_mock::callbacks
