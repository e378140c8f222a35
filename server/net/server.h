// An HTTP/1.1 server, with or without TLS: one thread accepts connections, and a few threads serve those on which
// something has arrived (serving_threads.h). It uses no HTTP library, because scenarios put faults on the wire (our
// decision).
#pragma once
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "net/message.h"

namespace enrichment_mock::net {

class Identity;
class ListenAddresses;

// The server cannot listen: the address is in use, it belongs to another machine, or the host is unknown. what() names
// the host, the port and the cause.
struct BindError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Server {
 public:
  // With an identity all connections use TLS.
  Server(Handler handler, Refusal refusal, Observer observer = {}, Limits limits = {},
         std::shared_ptr<const Identity> identity = {}, CutObserver cut_observer = {});
  ~Server();  // stops

  // Starts to serve. Returns the port; port 0 means any free port. Throws BindError. Call it once. `addresses`, if
  // given, is set before the first request is handled.
  std::uint16_t start(const std::string& host, std::uint16_t port, ListenAddresses* addresses = nullptr);

  // The host that was given to start(), or 0.0.0.0 instead of "::" if there is no IPv6.
  std::string host() const;

  // Responds to the requests that have arrived, with `Connection: close`, and closes idle connections. After the grace
  // period it cuts off the rest. Returns when all threads of the server have ended. May be called more than once, and
  // on any thread except a handler's.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace enrichment_mock::net
