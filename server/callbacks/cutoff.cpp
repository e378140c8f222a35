#include "callbacks/cutoff.h"

#include <cerrno>
#include <poll.h>

namespace enrichment_mock::callbacks {

Wait wait_for(int fd, short events, const Cutoff& cutoff) {
  pollfd polled[] = {{.fd = fd, .events = events, .revents = 0},
                     {.fd = cutoff.stop_fd, .events = POLLIN, .revents = 0},
                     {.fd = cutoff.cut_fd, .events = POLLIN, .revents = 0}};
  for (;;) {
    const int left = base::poll_timeout(cutoff.deadline);
    if (left == 0) return Wait::timed_out;
    const int count = poll(polled, 3, left);
    if (count < 0 && errno != EINTR) return Wait::stopped;
    if (count <= 0) continue;
    return polled[1].revents != 0 || polled[2].revents != 0 ? Wait::stopped : Wait::ready;
  }
}

}  // namespace enrichment_mock::callbacks
