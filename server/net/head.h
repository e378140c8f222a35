// What the head of a request says: its parts, where its bytes end, or why it cannot be served. Judged here once and by
// us alone (cpp-httplib never sees it), after RFC 9112 and strictly where two readers could disagree, so that nothing
// can be smuggled past a proxy. Pure functions.
#pragma once
#include <cstddef>
#include <string_view>

#include "net/message.h"
#include "net/server.h"

namespace enrichment_mock::net {

// Why a request is not served. `reason` is a literal, in words for the client.
struct Fault {
  int status = 0;  // 0: none
  std::string_view reason;
};

struct Head {
  Request request;  // views into the judged bytes; after a fault, only what was understood
  std::size_t content_length = 0;
  bool chunked = false;
  bool close = false;            // after the response, as the client wishes or its version wants
  bool awaits_continue = false;  // the body comes after a "100 Continue"
  Fault fault;

  void clear();  // keeps storage
};

// The length of the head that `bytes` begins with, its blank line included; 0 while it is incomplete. A line that ends
// without a carriage return ends the head at once: it is refused whatever follows.
std::size_t head_length(std::string_view bytes);

// Judges a head as head_length() found it, or what there is of one that grows past the limits, into `head`, which is
// passed in so that its storage is used again.
void judge_head(std::string_view bytes, const Limits& limits, Head& head);

}  // namespace enrichment_mock::net
