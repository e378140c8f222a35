// The heads of HTTP messages, after RFC 9112: those of requests are judged and those of responses written for the
// server, and the other way round for a client. Nothing here knows a socket.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/message.h"

namespace enrichment_mock::net {

// Why a request is not served. `reason` is a literal, in words for the client.
struct Fault {
  int status = 0;  // 0: none
  std::string_view reason;
};

// What the head of a request says: its parts, where its bytes end, or why it cannot be served.
struct Head {
  Request request;  // views into the judged bytes and own_target; after a fault, only what was understood
  std::size_t content_length = 0;
  bool chunked = false;
  bool close = false;                                  // after the response, as the client wishes or its version wants
  bool asks_to_stay = false;                           // a client of HTTP/1.0 that is to be told that it goes on
  bool awaits_continue = false;                        // the body comes after a "100 Continue"
  std::shared_ptr<const std::string> own_target = {};  // of a target that does not stand in the bytes as it is shown
  Fault fault;

  void clear();  // keeps storage
};

// The length of the head that `bytes` begins with, its blank line included; 0 while it is incomplete. A line that ends
// without a carriage return ends the head at once: it is refused whatever follows.
std::size_t head_length(std::string_view bytes);

// Judges a head as head_length() found it, or what there is of one that grows past the limits, into `head`, which is
// passed in so that its storage is used again. Strict where two readers could disagree, so that nothing can be smuggled
// past a proxy.
void judge_head(std::string_view bytes, const Limits& limits, Head& head);

// The words of a status line, as registered (RFC 9110 and IANA's registry of statuses); for any other status the name
// of its class.
std::string_view reason_phrase(int status);

// Writes heads, one after the other, into storage that is used again. Headers leave in alphabetical order, whatever
// their letter case; those of the same name in the order in which they were added. One that would not be a line of its
// own is left out.
class HeadWriter {
 public:
  void begin_request(std::string_view method, std::string_view target);
  void begin_response(int status);

  // The views must live until finish().
  void add(std::string_view name, std::string_view value);
  void add_content_length(std::size_t length);
  bool has(std::string_view name) const;  // in any letter case

  // The whole head, valid until the next one begins.
  std::string_view finish();

 private:
  void begin();

  std::string text_;
  std::vector<std::pair<std::string_view, std::string_view>> headers_;
  char length_[24];
};

// Reads the head of a response, piece by piece as it arrives, for a client that only wants the status and the end of
// the body. Strict about the status line, tolerant about headers: those that make no sense are passed over. Interim
// responses (1xx) before the response are skipped. 101 is none: it ends HTTP on the connection. Lines are as long as
// clients in common use let them be (our decision): a status line 1 KB, a header line 64 KB, all heads together 256 KB.
class ResponseHeadReader {
 public:
  enum class State { open, complete, malformed };

  // Returns how many of the bytes belong to the head: all while it is open.
  std::size_t read(std::string_view bytes);

  State state() const { return state_; }
  bool is_http() const { return http_; }  // false: what came so far begins no response of HTTP/1.x

  // Once complete:
  int status() const { return status_; }
  bool has_no_body() const;  // as its status says
  bool chunked() const { return chunked_; }
  std::optional<std::uint64_t> content_length() const { return content_length_; }

 private:
  enum class Expected { status_line, header, header_of_interim, next_status_line };

  bool reads_status_line() const;
  void read_line();
  void read_status_line(std::string_view line);
  void read_header(std::string_view line);

  State state_ = State::open;
  Expected expected_ = Expected::status_line;
  bool http_ = true;
  std::string line_;  // as far as it has come
  std::size_t total_ = 0;
  int status_ = 0;
  bool coded_ = false;  // a Transfer-Encoding was there
  bool chunked_ = false;
  std::optional<std::uint64_t> content_length_;
};

}  // namespace enrichment_mock::net
