// The interface between the HTTP server and its handler: requests and responses as values, and their limits.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/waiting.h"

namespace enrichment_mock::net {

using base::same_text;

// Why a request has no body. The handler decides about the response, because the emulated API checks the key and the
// route first. The connection is closed after the response. no_room: see Limits::large_bodies.
enum class BodyFault { none, too_large, no_room };

// One request as it was sent: nothing is percent-decoded. The views are valid during the handler's call.
struct Request {
  std::string_view method;
  std::string_view target;  // path and query
  std::string_view path;    // up to the first '?'
  std::string_view query;   // after it
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;
  BodyFault body_fault = BodyFault::none;

  // The value of the first header of that name, ignoring letter case. If there is none, data() is nullptr.
  std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (same_text(key, name)) return value;
    return {};
  }
};

// GET or HEAD. The response to HEAD is the response to GET without the body.
inline bool is_read(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }
inline constexpr std::string_view kReadMethods = "GET, HEAD";

// How a response ends on the wire.
struct Ending {
  enum class Kind {
    complete,   // all of it is sent
    reset,      // nothing is sent; the connection is reset (TCP RST)
    empty,      // nothing is sent; the connection is closed
    truncated,  // the head and `body_bytes` of the body are sent; the connection is closed
    stalled,   // the same, but the connection is closed after `stall`, or when the peer disconnects or the server stops
    dribbled,  // all of it is sent, byte by byte, evenly over the time `over`; if the server stops, the rest at once
  };
  Kind kind = Kind::complete;
  std::size_t body_bytes = 0;
  std::chrono::milliseconds stall{0}, over{0};

  // Whether the connection can be used for another request.
  bool is_complete() const { return kind == Kind::complete || kind == Kind::dribbled; }
};

// Sends the next bytes of a streamed response. False: the peer is gone, or is too slow.
using Write = std::function<bool(std::string_view bytes)>;

struct Response;

// What a response waits for before it is sent. No thread waits meanwhile. Thread-safe.
class Barrier {
 public:
  virtual ~Barrier() = default;
  // True: the response need not wait. False: it waits, and will be resumed once, on any thread, possibly before this
  // returns.
  virtual bool passes(const base::Resumer::Waiting& response) = 0;
  // Called when the response waits no longer: it may replace it.
  virtual void finish(Response& response) const = 0;
};

struct Response {
  int status = 200;
  std::string body = {};
  std::string_view content_type = "application/json; charset=utf-8";  // empty: none
  std::vector<std::pair<std::string, std::string>> headers = {};      // Content-Type here replaces content_type
  // Real time before the first byte. Ends early if the server stops or the client resets the connection. A client that
  // closes the connection does not end it: the server cannot tell it from a client that has only finished sending.
  std::chrono::milliseconds delay{0};
  // For a response with a delay: set to true if the client has not closed the connection when the delay ends. May be
  // null.
  std::shared_ptr<std::atomic<bool>> awaited = {};
  Ending ending = {};
  // If it is raised while the response is delayed, stalled or dribbled, the connection is closed and nothing more is
  // sent. May be null.
  std::shared_ptr<const base::StopSignal> cut = {};
  // If set, the response has no Content-Length. This function sends more of it after `body`; when it returns, the
  // connection is closed.
  std::function<void(const Write&)> stream = {};
  // The response is not sent before it passes the barrier. Null: it is sent at once. The barrier outlives the server.
  Barrier* barrier = nullptr;
  std::uint64_t ticket = 0;  // for the barrier
  // For the observer; never sent.
  std::string log_tag = {};
  std::string_view refusal_reason = {};  // why the handler was not called, or could not respond
};

struct Limits {
  std::size_t head = 16 * 1024;    // bytes of request line and headers: 431
  std::size_t line = 8 * 1024;     // bytes of the request line (414) and of a header line (431)
  std::size_t headers = 100;       // more of them: 431
  std::size_t body = 1024 * 1024;  // bytes after de-chunking: BodyFault::too_large
  // The same for one request, if it may have a larger body. Called before such a body is read, on several threads.
  std::function<std::size_t(const Request&)> large_body = {};
  std::size_t large_bodies = 1024 * 1024 * 1024;  // bytes of all bodies above `body` that are read at the same time
  std::size_t connections = 4096;                 // beyond that: 503, then closed
  std::chrono::milliseconds idle{60'000};         // between requests
  std::chrono::milliseconds receive{
      10'000};  // for a request's head and body, plus a second for each 16 KB of the body: 408
  std::chrono::milliseconds send{10'000};  // without the client reading any of its response
  std::chrono::milliseconds grace{500};    // after this time stop() cuts off the connections that are left
};

// Makes the response to a request. Called on several threads at the same time. May block if it announces that
// (base::Blocking), so that other connections do not wait for it. Work that may take long is announced, too
// (base::Blocking::expect_long_work()). If it throws, the response is 500.
using Handler = std::function<Response(const Request&)>;

// Makes the response to a request that does not reach the handler (400, 408, 414, 417, 431, 501, 503, 505), and after
// an exception of the handler (500). `reason` says what is wrong, in words for the client.
using Refusal = std::function<Response(int status, std::string_view reason)>;

// Called after each response was sent or abandoned. `request` has only the parts that were parsed.
using Observer = std::function<void(const Request&, const Response&, std::chrono::microseconds since_first_byte)>;

// Called when a connection is closed because its client is too slow. `what` says at what, in words for a log.
using CutObserver = std::function<void(const Request&, std::string_view what)>;

}  // namespace enrichment_mock::net
