// An HTTP/1.1 server, bare or over TLS: few threads serve the connections that have something to say
// (serving_threads.h), each through a buffered stream, with cpp-httplib's request processing in between. Ours are
// sockets, time, limits, what a request is and how a response ends; cpp-httplib's are dispatching and writing
// responses.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "net/message.h"

namespace enrichment_mock::net {
class Identity;
}

namespace enrichment_mock::net {

struct Limits {
  std::size_t head = 16 * 1024;               // bytes of request line and headers: 431
  std::size_t line = 8 * 1024;                // bytes of the request line (414) and of a header line (431)
  std::size_t headers = 100;                  // 431
  std::size_t body = 1024 * 1024;             // bytes after de-chunking: BodyFault::too_large
  std::size_t connections = 4096;             // past that: 503 and closed
  std::chrono::milliseconds idle{60'000};     // between requests
  std::chrono::milliseconds receive{10'000};  // from a request's first byte to its last: 408
  std::chrono::milliseconds send{10'000};
  std::chrono::milliseconds grace{500};  // stop() cuts what is not answered by then
};

// Answers a request. Called on many threads at once. May block, and says so before (base::Blocking): nobody else waits
// for it then. An exception is answered with 500.
using Handler = std::function<Response(const Request&)>;

// Writes the answer to a request that never reaches the handler (400, 408, 414, 417, 431, 501, 503, 505), or whose
// handler threw (500). `reason` says what is wrong with it, in words for the client.
using Refusal = std::function<Response(int status, std::string_view reason)>;

// Told of each response once it was written or given up. `request` is empty but for what was understood of it.
using Observer = std::function<void(const Request&, const Response&, std::chrono::microseconds since_first_byte)>;

// The address cannot be had: taken, not ours, or no such host. The message names host, port and cause.
struct BindError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Server {
 public:
  // With an identity all connections are TLS.
  Server(Handler handler, Refusal refusal, Observer observer = {}, Limits limits = {},
         std::shared_ptr<const Identity> identity = {});
  ~Server();  // stops

  // Binds and serves; returns the port (port 0: a free one). Throws BindError. Call once.
  std::uint16_t start(const std::string& host, std::uint16_t port);

  // Answers what has arrived, with `Connection: close`; closes what is idle; cuts the rest after the grace period.
  // Returns when no thread of the server is left. Safe to call twice and from any thread but a handler's.
  void stop();

 private:
  class Client;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace enrichment_mock::net
