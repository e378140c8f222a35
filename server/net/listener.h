// A listening TCP socket. Accepts on one thread; closed by its destructor.
#pragma once
#include <cstdint>
#include <string>

#include "base/waiting.h"

namespace enrichment_mock::net {

class Listener {
 public:
  // Binds, alone: a port that is listened on already is taken. Throws BindError.
  Listener(const std::string& host, std::uint16_t port);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const { return port_; }

  // The next connection's socket, non-blocking and the caller's to close. Once the signal is raised: those that are
  // connected already, then -1.
  int accept(const base::StopSignal& stop) const;

 private:
  int socket_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace enrichment_mock::net
