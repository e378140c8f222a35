// An HTTP/1.1 server, bare or over TLS: an acceptor, and few threads that serve the connections on which something has
// arrived (serving_threads.h). What a request is, what its limits are and how a response ends is decided here and by no
// library, so that faults can be put on the wire (our decision).
#pragma once
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "net/message.h"

namespace enrichment_mock::net {

class Identity;

// The address cannot be had: taken, not ours, or no such host. The message names host, port and cause.
struct BindError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Server {
 public:
  // With an identity all connections are TLS.
  Server(Handler handler, Refusal refusal, Observer observer = {}, Limits limits = {},
         std::shared_ptr<const Identity> identity = {}, CutObserver cut_observer = {});
  ~Server();  // stops

  // Binds and serves; returns the port (port 0: a free one). Throws BindError. Call once.
  std::uint16_t start(const std::string& host, std::uint16_t port);

  // The host that it listens on since its start: 0.0.0.0 if "::" was given where there is no IPv6.
  std::string host() const;

  // Answers what has arrived, with `Connection: close`; closes what is idle; cuts the rest after the grace period.
  // Returns when no thread of the server is left. Safe to call twice and from any thread but a handler's.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace enrichment_mock::net
