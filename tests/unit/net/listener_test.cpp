#include "net/listener.h"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "base/waiting.h"
#include "support/http_test_server.h"
#include "support/raw_socket.h"

namespace enrichment_mock::net {
namespace {

using namespace std::chrono_literals;

// Connections to 127.0.0.1 that are begun without waiting for any of them.
class Burst {
 public:
  Burst(std::uint16_t port, std::size_t count) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (std::size_t i = 0; i < count; ++i) {
      sockets_.push_back(::socket(AF_INET, SOCK_STREAM, 0));
      ::fcntl(sockets_.back(), F_SETFL, O_NONBLOCK);
      ::connect(sockets_.back(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
  }
  ~Burst() {
    for (const int socket : sockets_) ::close(socket);
  }
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;

  // How many are connected by then.
  std::size_t established(base::Clock::time_point deadline) const {
    return static_cast<std::size_t>(std::count_if(sockets_.begin(), sockets_.end(), [&](int socket) {
      pollfd connected{socket, POLLOUT, 0};
      return ::poll(&connected, 1, base::poll_timeout(deadline)) == 1 && connected.revents == POLLOUT;
    }));
  }

 private:
  std::vector<int> sockets_;
};

// To which the kernel cuts every backlog.
std::size_t longest_backlog() {
  std::size_t length = 128;
  std::ifstream("/proc/sys/net/core/somaxconn") >> length;
  return length;
}

// Leaves this process no descriptor but those that it has, for as long as this lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::dup(0);
    ::close(next);
    const rlimit none{static_cast<rlim_t>(next), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_CASE("a thousand clients connect at the same moment, before any of them is accepted") {
  support::allow_sockets(1000);
  const Listener listener("127.0.0.1", 0);
  const auto count = std::min<std::size_t>(1000, longest_backlog());
  const Burst clients(listener.port(), count);
  CHECK(clients.established(base::deadline_in(60s)) == count);
}

TEST_CASE("a connection for which there is no descriptor stays waiting") {
  const Listener listener("127.0.0.1", 0);
  base::StopSignal stop;
  stop.raise();
  auto client = support::RawSocket(listener.port());
  {
    const NoDescriptors scarcity;
    CHECK(listener.accept(stop) == -1);
  }
  const int socket = listener.accept(stop);
  CHECK(socket >= 0);
  ::close(socket);
}

}  // namespace
}  // namespace enrichment_mock::net
