// A TCP client for tests that says exactly what it is told and hears exactly what comes. Nothing waits longer than
// kPatience: a test that would hang fails instead, by an exception. For one thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "support/patience.h"

namespace enrichment_mock::support {

// One response, as received.
struct RawResponse {
  int status = 0;
  std::string head;  // status line and headers
  std::string body;

  // The value of the first header of that name; empty if there is none.
  std::string header(std::string_view name) const;
};

class RawSocket {
 public:
  // Connects to 127.0.0.1.
  explicit RawSocket(std::uint16_t port);
  ~RawSocket();
  RawSocket(RawSocket&& other) noexcept;
  RawSocket& operator=(RawSocket&&) = delete;

  // Sends it all. False: the peer is gone.
  bool send(std::string_view bytes);

  // Ends the sending side only.
  void finish_sending();

  // Leaves at once, by a reset.
  void abort();

  // The next response, with a body of as many bytes as its Content-Length says; `to_head` leaves the body out.
  RawResponse receive(bool to_head = false);

  // Sends and receives.
  RawResponse exchange(std::string_view request);

  // The next line, with its newline.
  std::string receive_line();

  // All that comes until the connection ends.
  std::string receive_rest();

  // Whether something has come, or comes within that time: bytes, or the end.
  bool hears_within(std::chrono::milliseconds time);

  // Whether receive_rest() came upon a reset rather than an orderly end.
  bool was_reset() const { return reset_; }

 private:
  bool receive_some();

  int socket_;
  std::string received_;
  bool reset_ = false;
};

}  // namespace enrichment_mock::support
