#include "base/sockets.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <ifaddrs.h>
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

int arrival_processor([[maybe_unused]] int socket) {
#ifdef SO_INCOMING_CPU
  int processor = -1;
  socklen_t size = sizeof processor;
  if (::getsockopt(socket, SOL_SOCKET, SO_INCOMING_CPU, &processor, &size) == 0) return processor;
#endif
  return -1;
}

std::string Address::text() const {
  char host[NI_MAXHOST] = "?";
  getnameinfo(reinterpret_cast<const sockaddr*>(&storage), length, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  return host;
}

std::uint16_t Address::port() const {
  return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(storage).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

std::optional<AddressBytes> bytes_of(const sockaddr_storage& address) {
  AddressBytes bytes{};
  if (address.ss_family == AF_INET6) {
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, bytes.size());
    return bytes;
  }
  if (address.ss_family != AF_INET) return std::nullopt;
  bytes[10] = bytes[11] = 0xff;
  std::memcpy(bytes.data() + 12, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
  return bytes;
}

bool is_of_this_machine(const AddressBytes& address) {
  constexpr AddressBytes kLoopback4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};  // 127.0.0.0/8
  constexpr AddressBytes kLoopback6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (address == kLoopback6 || std::equal(address.begin(), address.begin() + 13, kLoopback4.begin())) return true;
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(found, &::freeifaddrs);
  for (const ifaddrs* each = found; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    sockaddr_storage own{};
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    std::memcpy(&own, each->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    if (bytes_of(own) == address) return true;
  }
  return false;
}

Address peer_of(int socket) {
  Address peer{.length = sizeof peer.storage};
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer.storage), &peer.length) != 0) return {};
  return peer;
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
