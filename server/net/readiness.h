// Tells which of many sockets have something to be received: epoll, or kqueue where there is none. Thread-safe, but for
// wait(), which is for one thread at a time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/waiting.h"

namespace enrichment_mock::net {

class Readiness {
 public:
  // Something has arrived at the socket that was watched under that name. Told once for each arrival, not again for
  // what is left of it.
  struct Event {
    std::uint64_t name = 0;
    bool ended = false;  // the peer sends no more, or is gone
  };

  Readiness();  // throws std::system_error
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  // From now on, until it is closed; what has arrived before is told, too. False: the system has no room for it.
  bool watch(int socket, std::uint64_t name);

  // Events, as many as there is room for; none: the deadline came first, or somebody called wake().
  std::size_t wait(std::span<Event> events, base::Clock::time_point deadline);

  // Ends the wait() that is under way, or else the next one.
  void wake();

 private:
  int queue_ = -1;
  int bell_[2] = {-1, -1};  // a pipe that is watched, too
};

}  // namespace enrichment_mock::net
