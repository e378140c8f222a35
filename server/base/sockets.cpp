#include "base/sockets.h"

#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#ifdef __linux__
#include <sys/ioctl.h>
#endif

namespace enrichment_mock::base {

namespace {

void enable(int socket, int level, int option) {
  const int on = 1;
  ::setsockopt(socket, level, option, &on, sizeof on);
}

}  // namespace

#if defined(__linux__) && !defined(ENRICHMENT_MOCK_PLAIN_POSIX)

int open_socket(int family) { return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

int accept_socket(int listener) { return ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC); }

#else

namespace {

int set_private(int socket, int flags) {
  if (socket < 0) return socket;
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  ::fcntl(socket, F_SETFL, flags);
  return socket;
}

}  // namespace

int open_socket(int family) { return set_private(::socket(family, SOCK_STREAM, 0), O_NONBLOCK); }

// Clears the flags, because on some systems the connection inherits the flags of the listener.
int accept_socket(int listener) { return set_private(::accept(listener, nullptr, nullptr), 0); }

#endif

#ifdef MSG_NOSIGNAL
const int kSendFlags = MSG_NOSIGNAL;
#else
const int kSendFlags = 0;
#endif

void set_send_options(int socket) {
  enable(socket, IPPROTO_TCP, TCP_NODELAY);
#ifdef SO_NOSIGPIPE
  enable(socket, SOL_SOCKET, SO_NOSIGPIPE);
#endif
}

std::size_t unacknowledged_bytes(int socket) {
  int bytes = 0;
#if defined(__linux__)
  if (::ioctl(socket, TIOCOUTQ, &bytes) != 0) return 0;
#elif defined(SO_NWRITE)
  socklen_t size = sizeof bytes;
  if (::getsockopt(socket, SOL_SOCKET, SO_NWRITE, &bytes, &size) != 0) return 0;
#endif
  return static_cast<std::size_t>(bytes);
}

std::string Address::text() const {
  char host[NI_MAXHOST] = "?";
  getnameinfo(reinterpret_cast<const sockaddr*>(&storage), length, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  return host;
}

std::vector<Address> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);

  std::vector<Address> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    Address address{.length = each->ai_addrlen};
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    addresses.push_back(address);
  }
  return addresses;
}

}  // namespace enrichment_mock::base
