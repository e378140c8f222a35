// Requests and responses as values. Nothing here knows cpp-httplib.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

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
  std::string_view header(std::string_view name) const;
};

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

// Where a response that goes on is written to.
class Stream {
 public:
  virtual ~Stream() = default;
  // False: the peer is gone, or does not take the bytes in time.
  virtual bool write(std::string_view bytes) = 0;
};

struct Response {
  int status = 200;
  std::string body = {};
  std::string_view content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers = {};  // Content-Type here replaces content_type
  // Real time before the first byte. Cut short by stop(), and by a client that resets the connection. One that just
  // closes it looks like one that has ended its sending and waits for its answer, so that for it the time passes.
  std::chrono::milliseconds delay{0};
  Ending ending = {};
  // Set: the response has no length; it goes on behind the body for as long as this runs, and ends with the connection.
  std::function<void(Stream&)> stream = {};
  std::string log_tag = {};  // handed to the observer, never sent
};

}  // namespace enrichment_mock::net
