// Listening TCP sockets at one port. Accepts on one thread; closed by its destructor.
#pragma once
#include <cstddef>
#include <cstdint>
#include <poll.h>
#include <string>
#include <vector>

#include "base/sockets.h"
#include "base/waiting.h"

namespace enrichment_mock::net {

class Listener {
 public:
  // Binds, alone: a port that is listened on already is taken. A name is listened on at all of its addresses that this
  // machine has, and it fails if one of them is taken. "::" is every address, those of IPv4 included; where there is no
  // IPv6, it is 0.0.0.0. Port 0: one that is free at all of them. Throws BindError.
  Listener(const std::string& host, std::uint16_t port);

  // As it was given, or 0.0.0.0 in place of "::".
  const std::string& host() const { return host_; }
  std::uint16_t port() const { return port_; }

  // The next connection's socket, non-blocking and the caller's to close. Once the signal is raised: those that are
  // connected already, then -1.
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
  std::size_t turn_ = 0;         // which socket was asked last
  std::vector<pollfd> awaited_;  // made beforehand, so that accepting allocates nothing
};

}  // namespace enrichment_mock::net
