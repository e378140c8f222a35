#include "net/listener.h"

#include <cctype>
#include <cerrno>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include "base/sockets.h"
#include "net/server.h"

namespace enrichment_mock::net {
namespace {

// More than any burst of clients that a test suite opens; the kernel cuts it to its own limit.
constexpr int kBacklog = 4096;

// How long to leave the queue alone when its next connection cannot be had.
constexpr std::chrono::milliseconds kScarce{20};

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

[[noreturn]] void fail(const std::string& host, std::uint16_t port, std::string cause) {
  if (!cause.empty()) cause[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(cause[0])));
  const bool v6 = host.find(':') != host.npos;
  throw BindError((v6 ? '[' + host + ']' : host) + ':' + std::to_string(port) + ": " + cause);
}

Addresses resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) fail(host, port, ::gai_strerror(error));
  return {found, ::freeaddrinfo};
}

// -1, and errno says why. SO_REUSEADDR lets a restarted server have its port back at once; SO_REUSEPORT would let two
// servers share one unawares.
int listen_on(const addrinfo& address) {
  const int socket = base::open_socket(address.ai_family);
  if (socket < 0) return -1;
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket, address.ai_addr, address.ai_addrlen) == 0 && ::listen(socket, kBacklog) == 0) return socket;
  const int error = errno;
  ::close(socket);
  errno = error;
  return -1;
}

std::uint16_t port_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

Listener::Listener(const std::string& host, std::uint16_t port) {
  const auto addresses = resolve(host, port);
  for (auto* address = addresses.get(); address != nullptr && socket_ < 0; address = address->ai_next) {
    socket_ = listen_on(*address);
  }
  if (socket_ < 0) fail(host, port, std::generic_category().message(errno));
  port_ = port_of(socket_);
}

Listener::~Listener() { ::close(socket_); }

int Listener::accept(const base::StopSignal& stop) const {
  for (;;) {
    const int socket = base::accept_socket(socket_);
    if (socket >= 0) return socket;
    switch (errno) {
      case EAGAIN: {
        if (stop.raised()) return -1;
        pollfd ready[] = {{socket_, POLLIN, 0}, {stop.descriptor(), POLLIN, 0}};
        ::poll(ready, 2, -1);
        break;
      }
      case EINTR:
      case ECONNABORTED:  // the client has left already
        break;
      default:  // no descriptor or memory to be had for it now
        if (stop.raised()) return -1;
        stop.wait_for(kScarce);
    }
  }
}

}  // namespace enrichment_mock::net
