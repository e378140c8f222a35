#include "net/wire.h"

#include <cerrno>
#include <poll.h>
#include <span>
#include <sys/socket.h>

#include "base/sockets.h"
#include "base/waiting.h"

namespace enrichment_mock::net {
namespace {

// As poll() does; whoever minds is told only if there is something to wait for.
int wait_for(std::span<pollfd> polled, Clock::time_point deadline) {
  const auto count = static_cast<nfds_t>(polled.size());
  if (const int ready = ::poll(polled.data(), count, 0); ready != 0) return ready;
  const base::Blocking blocking;
  return ::poll(polled.data(), count, base::poll_timeout(deadline));
}

bool worth_waiting() { return errno == EAGAIN || errno == EINTR; }

}  // namespace

Wire::Wire(int socket, const base::StopSignal& stop) : socket_(socket), stop_(stop) {
  base::make_ready_to_send(socket);
}

ssize_t Wire::receive_now(char* to, std::size_t size) {
  ssize_t count;
  do {
    count = ::recv(socket_, to, size, MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  may_have_more_ = count == static_cast<ssize_t>(size);
  return count;
}

Wire::Received Wire::receive_first(char* to, std::size_t size) {
  const ssize_t count = receive_now(to, size);
  if (count > 0) return {.size = static_cast<std::size_t>(count)};
  return {.late = count < 0 && worth_waiting()};
}

bool Wire::await_bytes(Clock::time_point deadline) {
  for (;;) {
    pollfd ready[] = {{socket_, POLLIN, 0}, {stop_.descriptor(), POLLIN, 0}};
    const int count = wait_for(ready, deadline);
    if (count < 0 && errno == EINTR) continue;
    return count > 0 && ready[0].revents != 0;
  }
}

Wire::Received Wire::receive(char* to, std::size_t size, Clock::time_point deadline) {
  for (;;) {
    const ssize_t count = receive_now(to, size);
    if (count > 0) return {.size = static_cast<std::size_t>(count)};
    if (count == 0 || !worth_waiting()) return {};
    if (!await(POLLIN, deadline)) return {.late = true};
  }
}

bool Wire::send(std::string_view bytes, std::chrono::milliseconds timeout) {
  Clock::time_point deadline{};  // asked of the clock only when the peer is slow
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), base::kSendFlags | MSG_DONTWAIT);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    if (!worth_waiting()) return false;
    if (deadline == Clock::time_point{}) deadline = base::deadline_in(timeout);
    if (!await(POLLOUT, deadline)) return false;
  }
  return true;
}

void Wire::finish(Clock::time_point deadline) {
  if (resets_) return;
  ::shutdown(socket_, SHUT_WR);
  idle(deadline);
}

void Wire::idle(Clock::time_point deadline) {
  char ignored[4096];
  while (Clock::now() < deadline && Wire::await_bytes(deadline)) {
    const ssize_t count = ::recv(socket_, ignored, sizeof ignored, MSG_DONTWAIT);
    if (count == 0 || (count < 0 && !worth_waiting())) return;
  }
}

void Wire::hold(Clock::time_point deadline) {
  const base::Blocking blocking;
  pollfd polled[] = {{socket_, 0, 0}, {stop_.descriptor(), POLLIN, 0}};
  while (!stop_.raised() && Clock::now() < deadline) {
    if (::poll(polled, 2, base::poll_timeout(deadline)) <= 0 || polled[0].revents == 0) continue;
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(socket_, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return;
    polled[0].fd = -1;  // some systems say so of a peer, too, that has only ended its sending
  }
}

bool Wire::peer_has_ended() const {
#ifdef POLLRDHUP
  pollfd polled{socket_, POLLRDHUP, 0};
  return ::poll(&polled, 1, 0) > 0;
#else
  char next;
  const auto size = ::recv(socket_, &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
#endif
}

void Wire::reset_on_close() {
  const linger at_once{1, 0};
  resets_ = ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0;
}

bool Wire::await(short events, Clock::time_point deadline) const {
  pollfd ready[] = {{socket_, events, 0}};
  return wait_for(ready, deadline) != 0;
}

}  // namespace enrichment_mock::net
