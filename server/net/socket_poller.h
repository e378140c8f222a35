// Reports which of many sockets have something to receive, with epoll or, on other systems and with
// ENRICHMENT_MOCK_PLAIN_POSIX, kqueue. Thread-safe, except wait(), which is for one thread at a time.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/waiting.h"

namespace enrichment_mock::net {

class SocketPoller {
 public:
  // Something has arrived at the socket with that id. Reported once for each arrival, even if not all of it is received
  // (edge-triggered).
  struct Event {
    std::uint64_t id = 0;
    bool ended = false;  // the peer has finished sending, or is gone
  };

  SocketPoller();  // throws std::system_error
  ~SocketPoller();
  SocketPoller(const SocketPoller&) = delete;
  SocketPoller& operator=(const SocketPoller&) = delete;

  // Watches a socket until it is closed; also reports what arrived before. False: the system has no resources for it.
  bool watch(int socket, std::uint64_t id);

  // Waits for events, and returns how many it has stored. 0: at the deadline, or after wake(). Polls for `polling`
  // before the thread sleeps, also beyond the deadline.
  std::size_t wait(std::span<Event> events, base::Clock::time_point deadline,
                   std::chrono::microseconds polling = std::chrono::microseconds(0));

  // Ends the wait() in progress, or else the next one.
  void wake();

 private:
  int queue_ = -1;
  int wake_pipe_[2] = {-1, -1};  // a pipe; writing to it ends wait()
};

}  // namespace enrichment_mock::net
