#include "net/listener.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include "net/server.h"

namespace enrichment_mock::net {
namespace {

// Enough for the burst of connections that a test suite opens. The kernel reduces it to its own limit.
constexpr int kBacklog = 4096;

// How long to wait after a connection could not be accepted.
constexpr std::chrono::milliseconds kRetryDelay{20};

// For port 0: how often another port is tried because the port is in use on one of the addresses.
constexpr int kMaxTries = 20;

// The address that cannot be used, and why.
struct BindFailure {
  base::Address address;
  int error;
};

[[noreturn]] void fail(const std::string& host, std::uint16_t port, std::string cause) {
  if (!cause.empty()) cause[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(cause[0])));
  const bool v6 = host.find(':') != host.npos;
  throw BindError((v6 ? '[' + host + ']' : host) + ':' + std::to_string(port) + ": " + cause);
}

std::vector<base::Address> addresses_of(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) fail(host, port, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);

  std::vector<base::Address> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    base::Address address{.length = each->ai_addrlen};
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    // /etc/hosts may list an address twice.
    if (std::ranges::find(addresses, address.text(), &base::Address::text) == addresses.end())
      addresses.push_back(address);
  }
  return addresses;
}

bool is_every_address_of_v6(const base::Address& address) {
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address.storage);
  return address.storage.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
}

in_port_t& port_in(sockaddr_storage& address) {
  return address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                       : reinterpret_cast<sockaddr_in&>(address).sin_port;
}

base::Address address_of(int socket) {
  base::Address address{.length = sizeof address.storage};
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address.storage), &address.length);
  return address;
}

constexpr base::AddressBytes kEvery6 = {};                                          // ::
constexpr base::AddressBytes kEvery4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};  // 0.0.0.0

bool is_ipv4(const base::AddressBytes& address) {
  return std::equal(kEvery4.begin(), kEvery4.end() - 4, address.begin());
}

// Where a connection to that address leads.
base::AddressBytes destination_of(base::AddressBytes address) {
  if (address == kEvery6) address.back() = 1;
  if (address != kEvery4) return address;
  address[12] = 127;
  address.back() = 1;
  return address;
}

// A name may have addresses of other machines, or of a family that this machine does not support.
bool is_not_of_this_machine(int error) { return error == EADDRNOTAVAIL || error == EAFNOSUPPORT; }

void set_option(int socket, int level, int option, int value) {
  ::setsockopt(socket, level, option, &value, sizeof value);
}

}  // namespace

void ListenAddresses::set(std::vector<base::Address> addresses) {
  const std::lock_guard lock(addresses_mutex_);
  addresses_ = std::move(addresses);
}

bool ListenAddresses::reached_by(const base::Address& target) const {
  const auto bytes = base::bytes_of(target.storage);
  if (!bytes) return false;
  const auto destination = destination_of(*bytes);
  bool on_every_address = false;
  {
    const std::lock_guard lock(addresses_mutex_);
    for (const auto& own : addresses_) {
      if (own.port() != target.port()) continue;
      const auto listens_on = base::bytes_of(own.storage);
      if (listens_on == destination) return true;
      on_every_address |= listens_on == kEvery6 || (listens_on == kEvery4 && is_ipv4(destination));
    }
  }
  return on_every_address && base::is_of_this_machine(destination);
}

Listener::Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

// SO_REUSEADDR lets a restarted server use its port again at once. SO_REUSEPORT is not set, because two servers could
// then share a port by mistake.
Listener::Socket Listener::listen_on(const base::Address& address, bool v6_only) {
  Socket socket(base::open_socket(address.storage.ss_family));
  const int fd = socket.fd();
  if (fd < 0) throw BindFailure{address, errno};
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.storage.ss_family == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, v6_only ? 1 : 0);
  const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::bind(fd, where, address.length) != 0 || ::listen(fd, kBacklog) != 0) throw BindFailure{address, errno};
  return socket;
}

void Listener::listen_on_all(const std::vector<base::Address>& addresses, std::uint16_t port) {
  sockets_.clear();
  port_ = port;
  std::optional<BindFailure> foreign_address;
  for (base::Address address : addresses) {
    port_in(address.storage) = htons(port_);
    try {
      sockets_.push_back(listen_on(address, addresses.size() > 1));
      port_ = address_of(sockets_.back().fd()).port();
    } catch (const BindFailure& failure) {
      if (!is_not_of_this_machine(failure.error)) throw;
      foreign_address = failure;
    }
  }
  if (sockets_.empty() && foreign_address) throw *foreign_address;
  polled_.resize(sockets_.size() + 1);
}

Listener::Listener(const std::string& host, std::uint16_t port) : host_(host) {
  auto addresses = addresses_of(host, port);
  for (int tries = 1;; ++tries) {
    try {
      listen_on_all(addresses, port);
      return;
    } catch (const BindFailure& failure) {
      const bool is_taken_on_other_address = port == 0 && failure.error == EADDRINUSE && !sockets_.empty();
      if (is_taken_on_other_address && tries < kMaxTries) continue;
      if (is_not_of_this_machine(failure.error) && addresses.size() == 1 && is_every_address_of_v6(addresses.front())) {
        host_ = "0.0.0.0";
        addresses = addresses_of(host_, port);
        continue;
      }
      const std::string at = addresses.size() > 1 ? " (" + failure.address.text() + ")" : "";
      fail(host, port, std::generic_category().message(failure.error) + at);
    }
  }
}

std::vector<base::Address> Listener::addresses() const {
  std::vector<base::Address> addresses;
  for (const auto& socket : sockets_) addresses.push_back(address_of(socket.fd()));
  return addresses;
}

// Begins with the socket after the last one, so that a busy socket does not delay the others. -1: errno says why;
// EAGAIN: no connection is waiting.
int Listener::accept_any() {
  int error = EAGAIN;
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    last_asked_ = (last_asked_ + 1) % sockets_.size();
    const int socket = base::accept_socket(sockets_[last_asked_].fd());
    if (socket >= 0) return socket;
    if (errno != EAGAIN) error = errno;
  }
  errno = error;
  return -1;
}

int Listener::accept(const base::StopSignal& stop) {
  for (;;) {
    const int socket = accept_any();
    if (socket >= 0) return socket;
    switch (errno) {
      case EAGAIN: {
        if (stop.raised()) return -1;
        polled_[0] = {stop.descriptor(), POLLIN, 0};
        for (std::size_t i = 0; i < sockets_.size(); ++i) polled_[i + 1] = {sockets_[i].fd(), POLLIN, 0};
        ::poll(polled_.data(), static_cast<nfds_t>(polled_.size()), -1);
        break;
      }
      case EINTR:
      case ECONNABORTED:  // the client has already disconnected
        break;
      default:  // no descriptor or no memory
        if (stop.raised()) return -1;
        stop.wait_for(kRetryDelay);
    }
  }
}

}  // namespace enrichment_mock::net
