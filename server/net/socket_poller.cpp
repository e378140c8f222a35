#include "net/socket_poller.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#if defined(__linux__) && !defined(ENRICHMENT_MOCK_PLAIN_POSIX)
#define ENRICHMENT_MOCK_EPOLL
#include <sys/epoll.h>
#else
#include <sys/event.h>
#endif

namespace enrichment_mock::net {

namespace {

constexpr std::uint64_t kWakeId = ~std::uint64_t{0};
constexpr std::size_t kMaxEvents = 64;

#ifdef ENRICHMENT_MOCK_EPOLL

int open_queue() { return ::epoll_create1(EPOLL_CLOEXEC); }

bool watch_in(int queue, int descriptor, std::uint64_t id) {
  epoll_event event{.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data = {.u64 = id}};
  return ::epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

std::size_t wait_in(int queue, std::span<SocketPoller::Event> events, int timeout) {
  std::array<epoll_event, kMaxEvents> ready;
  const int count = ::epoll_wait(queue, ready.data(), static_cast<int>(std::min(events.size(), kMaxEvents)), timeout);
  for (int i = 0; i < count; ++i) {
    const auto& [flags, data] = ready[static_cast<std::size_t>(i)];
    events[static_cast<std::size_t>(i)] = {data.u64, (flags & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0};
  }
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

#else

int open_queue() {
  const int queue = ::kqueue();
  if (queue >= 0) ::fcntl(queue, F_SETFD, FD_CLOEXEC);
  return queue;
}

bool watch_in(int queue, int descriptor, std::uint64_t id) {
  struct kevent change;
#ifdef __linux__
  // libkqueue does not notice that a socket was closed: it would report the old socket's end for the new one.
  EV_SET(&change, descriptor, EVFILT_READ, EV_DELETE, 0, 0, nullptr);
  ::kevent(queue, &change, 1, nullptr, 0, nullptr);
#endif
  EV_SET(&change, descriptor, EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, reinterpret_cast<void*>(id));
  return ::kevent(queue, &change, 1, nullptr, 0, nullptr) == 0;
}

std::size_t wait_in(int queue, std::span<SocketPoller::Event> events, int timeout) {
  std::array<struct kevent, kMaxEvents> ready;
  const timespec limit{timeout / 1000, (timeout % 1000) * 1'000'000L};
  const int count =
      ::kevent(queue, nullptr, 0, ready.data(), static_cast<int>(std::min(events.size(), kMaxEvents)), &limit);
  for (int i = 0; i < count; ++i) {
    const auto& event = ready[static_cast<std::size_t>(i)];
    events[static_cast<std::size_t>(i)] = {reinterpret_cast<std::uint64_t>(event.udata), (event.flags & EV_EOF) != 0};
  }
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

#endif

}  // namespace

SocketPoller::SocketPoller() : queue_(open_queue()) {
  if (queue_ < 0 || ::pipe(wake_pipe_) != 0) throw std::system_error(errno, std::generic_category(), "epoll");
  for (const int end : wake_pipe_) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
  if (!watch_in(queue_, wake_pipe_[0], kWakeId)) throw std::system_error(errno, std::generic_category(), "epoll");
}

SocketPoller::~SocketPoller() {
  for (const int descriptor : {wake_pipe_[0], wake_pipe_[1], queue_}) ::close(descriptor);
}

bool SocketPoller::watch(int socket, std::uint64_t id) { return watch_in(queue_, socket, id); }

std::size_t SocketPoller::wait(std::span<Event> events, base::Clock::time_point deadline,
                               std::chrono::microseconds polling) {
  std::size_t count = 0;
  if (polling.count() > 0) {
    const auto end = base::Clock::now() + polling;
    do count = wait_in(queue_, events, 0);
    while (count == 0 && base::Clock::now() < end);
  }
  if (count == 0) count = wait_in(queue_, events, base::poll_timeout(deadline));
  for (std::size_t i = 0; i < count; ++i) {
    if (events[i].id != kWakeId) continue;
    char ignored[64];
    while (::read(wake_pipe_[0], ignored, sizeof ignored) > 0) {
    }
    std::copy(events.begin() + static_cast<std::ptrdiff_t>(i) + 1, events.begin() + static_cast<std::ptrdiff_t>(count),
              events.begin() + static_cast<std::ptrdiff_t>(i));
    return count - 1;
  }
  return count;
}

void SocketPoller::wake() {
  const char byte = 0;
  [[maybe_unused]] const auto written = ::write(wake_pipe_[1], &byte, 1);  // if the pipe is full, wait() ends anyway
}

}  // namespace enrichment_mock::net
