// What passes between a server and the code that it calls: requests and responses as values, and the limits of both.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/waiting.h"

namespace enrichment_mock::net {

// For names of headers and for many of their values.
using base::same_text;

// Why a request came without its body. The handler decides what that amounts to, since the emulated API checks
// the key and the route first; the connection is closed after its answer.
enum class BodyFault { none, too_large };

// One request, as it was sent: nothing is percent-decoded. Every view lives as long as the handler's call.
struct Request {
  std::string_view method;
  std::string_view target;  // path and query
  std::string_view path;    // up to the first '?'
  std::string_view query;   // after it
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;
  BodyFault body_fault = BodyFault::none;

  // The first header of that name in any letter case; an unset view (data() == nullptr) when there is none.
  std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (same_text(key, name)) return value;
    return {};
  }
};

// GET, and HEAD, which is answered as GET is, without the body.
inline bool is_read(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }
inline constexpr std::string_view kReadMethods = "GET, HEAD";

// How a response ends on the wire.
struct Ending {
  enum class Kind {
    complete,   // as written
    reset,      // nothing is sent, a TCP reset
    empty,      // nothing is sent, an orderly close
    truncated,  // head and `body_bytes` of the body, then an orderly close
    stalled,    // the same, then silence for `stall`, or until the peer leaves or the server stops
  };
  Kind kind = Kind::complete;
  std::size_t body_bytes = 0;
  std::chrono::milliseconds stall{0};
};

// Sends more of a response that goes on. False: the peer is gone, or does not take the bytes in time.
using Write = std::function<bool(std::string_view bytes)>;

struct Response {
  int status = 200;
  std::string body = {};
  std::string_view content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers = {};  // Content-Type here replaces content_type
  // Real time before the first byte. Cut short by stop(), and by a client that resets the connection. One that just
  // closes it looks like one that has ended its sending and waits for its answer, so that for it the time passes.
  std::chrono::milliseconds delay{0};
  Ending ending = {};
  // Raised during the delay or a stall: the connection is closed, and nothing more is sent. May be null.
  std::shared_ptr<const base::StopSignal> cut = {};
  // Set: the response has no length; it goes on behind the body for as long as this runs, and ends with the connection.
  std::function<void(const Write&)> stream = {};
  // For the observer, never sent.
  std::string log_tag = {};
  std::string_view refused_for = {};  // why no handler was asked, or none could answer
};

struct Limits {
  std::size_t head = 16 * 1024;            // bytes of request line and headers: 431
  std::size_t line = 8 * 1024;             // bytes of the request line (414) and of a header line (431)
  std::size_t headers = 100;               // 431
  std::size_t body = 1024 * 1024;          // bytes after de-chunking: BodyFault::too_large
  std::size_t connections = 4096;          // past that: 503 and closed
  std::chrono::milliseconds idle{60'000};  // between requests
  std::chrono::milliseconds receive{
      10'000};                             // a request's head and its body, which has a second more for each 16 KB: 408
  std::chrono::milliseconds send{10'000};  // without the client taking anything of its response
  std::chrono::milliseconds grace{500};    // stop() cuts what is not answered by then
};

// Answers a request. Called on many threads at once. May block, and says so before (base::Blocking): nobody else waits
// for it then. An exception is answered with 500.
using Handler = std::function<Response(const Request&)>;

// Writes the answer to a request that never reaches the handler (400, 408, 414, 417, 431, 501, 503, 505), or whose
// handler threw (500). `reason` says what is wrong with it, in words for the client.
using Refusal = std::function<Response(int status, std::string_view reason)>;

// Told of each response once it was written or given up. `request` is empty except for what was understood of it.
using Observer = std::function<void(const Request&, const Response&, std::chrono::microseconds since_first_byte)>;

// Told when a client is too slow and its connection is ended for that. `what` says at what, in words for a log.
using CutObserver = std::function<void(const Request&, std::string_view what)>;

}  // namespace enrichment_mock::net
