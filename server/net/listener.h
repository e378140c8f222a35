// Listening TCP sockets on one port, and the addresses on which they listen.
#pragma once
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <poll.h>
#include <string>
#include <vector>

#include "base/sockets.h"
#include "base/waiting.h"

namespace enrichment_mock::net {

// Tells whether a connection to an address reaches the server of this program. Empty until the server listens.
// Thread-safe.
class ListenAddresses {
 public:
  void set(std::vector<base::Address> addresses);

  // For a server on every address (0.0.0.0, ::) these are all addresses that this machine has at the moment. To connect
  // to 0.0.0.0 or :: means to connect to the loopback address.
  bool reached_by(const base::Address& target) const;

 private:
  mutable std::mutex addresses_mutex_;  // guards addresses_
  std::vector<base::Address> addresses_;
};

// The destructor closes the sockets. accept() is for one thread.
class Listener {
 public:
  // Listens on the host's addresses. For a name these are all of its addresses that this machine has. "::" means all
  // addresses, including IPv4; without IPv6 it means 0.0.0.0. Port 0: a port that is free on all of the addresses.
  // Throws BindError if the port is in use on one of them.
  Listener(const std::string& host, std::uint16_t port);

  // The host that was given, or 0.0.0.0 instead of "::" if there is no IPv6.
  const std::string& host() const { return host_; }
  std::uint16_t port() const { return port_; }
  std::vector<base::Address> addresses() const;

  // Waits for a connection and returns its socket, which is non-blocking and owned by the caller. After the signal is
  // raised it returns the connections that are already waiting, then -1.
  int accept(const base::StopSignal& stop);

 private:
  class Socket {
   public:
    explicit Socket(int fd) : fd_(fd) {}
    ~Socket();
    Socket(Socket&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    Socket& operator=(Socket&&) = delete;
    int fd() const { return fd_; }

   private:
    int fd_;
  };

  static Socket listen_on(const base::Address& address, bool v6_only);
  void listen_on_all(const std::vector<base::Address>& addresses, std::uint16_t port);
  int accept_any();

  std::string host_;
  std::uint16_t port_ = 0;
  std::vector<Socket> sockets_;
  std::size_t last_asked_ = 0;  // the socket that accept_any() tried last
  std::vector<pollfd> polled_;  // allocated beforehand, so that accept() allocates nothing
};

}  // namespace enrichment_mock::net
