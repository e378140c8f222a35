#include "base/stop_signal.h"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <system_error>
#include <unistd.h>

#include "base/deadline.h"

namespace enrichment_mock::base {

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

}  // namespace enrichment_mock::base
