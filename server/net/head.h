// Parses and writes the heads of HTTP/1.1 messages (RFC 9112): the request line or status line, and the headers. Used
// by the server and by the callback client. Does no I/O.
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

// Why a request is refused. `reason` is a literal, in words for the client.
struct Fault {
  int status = 0;  // 0: none
  std::string_view reason;
};

// The head of a request: its parts and how its body is framed, or why it is refused.
struct Head {
  Request request;  // views into the parsed bytes and target_copy; after a fault, only the parts before it
  std::size_t content_length = 0;
  bool chunked = false;
  bool close = false;                                   // the connection ends after the response
  bool wants_keep_alive = false;                        // an HTTP/1.0 client expects "Connection: keep-alive"
  bool expects_continue = false;                        // the client sends the body after "100 Continue"
  std::shared_ptr<const std::string> target_copy = {};  // set if request.target is not in the bytes
  Fault fault;

  void clear();  // keeps storage
};

// The length of the head at the beginning of `bytes`, including its blank line; 0 while it is incomplete. A line that
// ends in a bare LF ends the head, because parse_head() refuses it in any case.
std::size_t head_length(std::string_view bytes);

// Parses a head of the length that head_length() returned, or the beginning of one that exceeds the limits, into
// `head`, so that its storage is reused. Strict where two parsers could disagree, to prevent request smuggling.
void parse_head(std::string_view bytes, const Limits& limits, Head& head);

// The reason phrase of a status as registered with IANA (RFC 9110); for any other status the name of its class.
std::string_view reason_phrase(int status);

// The value of an Authorization header for a URL's userinfo (RFC 7617).
std::string basic_credentials(std::string_view userinfo);

// Writes heads, one after the other, into storage that is reused. Headers are sorted by name, ignoring letter case;
// headers of the same name keep the order in which they were added. Leaves out a header with an invalid name or with
// line breaks in its value.
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
  std::string take() { return std::move(text_); }  // the same, for a caller that keeps it

 private:
  void begin();

  std::string text_;
  std::vector<std::pair<std::string_view, std::string_view>> headers_;
  char length_[24];
};

// Reads the head of a response piece by piece as it arrives, for a client that needs the status and the end of the
// body, and shows the headers. Strict about the status line, tolerant about headers: it ignores invalid ones. Skips
// interim responses (1xx), except 101, which ends HTTP on the connection. Limits (our decision, as common clients have
// them): a status line 1 KB, a header line 64 KB, all heads together 256 KB.
class ResponseHeadReader {
 public:
  enum class State { open, complete, malformed };

  // Returns how many of the bytes belong to the head: all while the state is open.
  std::size_t read(std::string_view bytes);

  State state() const { return state_; }
  bool is_http() const { return http_; }  // false: the bytes so far do not begin with "HTTP/1."

  // Of the final response, as far as it has arrived: 0 before its status line, and its headers, "name: value\n" each,
  // up to base::kMaxKeptHeaders bytes of whole lines.
  int status() const { return expected_ == Expected::header ? status_ : 0; }
  const std::string& headers() const { return headers_; }
  bool headers_truncated() const { return headers_truncated_; }

  // Once complete:
  bool has_no_body() const;  // a status without a body
  bool chunked() const { return chunked_; }
  std::optional<std::uint64_t> content_length() const { return content_length_; }

 private:
  enum class Expected { status_line, header, header_of_interim, next_status_line };

  bool reads_status_line() const;
  void read_line();
  void read_status_line(std::string_view line);
  void read_header(std::string_view line);
  void keep_header(std::string_view name, std::string_view value);

  State state_ = State::open;
  Expected expected_ = Expected::status_line;
  bool http_ = true;
  std::string line_;  // the part of the present line that has arrived
  std::size_t total_ = 0;
  int status_ = 0;
  std::string headers_;
  bool headers_truncated_ = false;
  bool has_encoding_ = false;  // there was a Transfer-Encoding
  bool chunked_ = false;
  std::optional<std::uint64_t> content_length_;
};

}  // namespace enrichment_mock::net
