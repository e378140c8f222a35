// cpp-httplib's part: dispatching a request and writing its response. All that it gets to see of a request is "GET /",
// so that it has nothing to interpret: no compression, ranges, forms, multipart, percent-decoding; and neither its
// readers nor any regular expression ever meet what a client sent.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "net/httplib_compat.h"
#include "net/message.h"

namespace enrichment_mock::net {

// A request that is answered.
class Exchange {
 public:
  virtual ~Exchange() = default;

  // The response, as a reference that lives until it is written.
  virtual const Response& answer() = 0;
  // Asked after answer().
  virtual bool closes_connection() const = 0;
  virtual bool goes_on() const = 0;  // the response has no length

  // The next bytes of the response. False: they are not taken.
  virtual bool write(std::string_view bytes) = 0;
};

// Thread-safe.
class Processor : private CompatServer {
 public:
  Processor();

  // False: the response got lost on the way.
  bool process(Exchange& exchange);
};

}  // namespace enrichment_mock::net
