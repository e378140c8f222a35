// A TCP client for tests that sends and receives exact bytes. Nothing waits longer than
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

  // Sends all of it. False: the peer is gone.
  bool send(std::string_view bytes);

  // Ends the sending side only.
  void finish_sending();

  // Closes at once, with a reset.
  void abort();

  // The next response, with a body of Content-Length bytes; with `to_head` without a body.
  RawResponse receive(bool to_head = false);

  // Sends and receives.
  RawResponse exchange(std::string_view request);

  // The next line, with its newline.
  std::string receive_line();

  // What one call of the system receives; empty at the end. Waits until something arrives.
  std::string receive_piece();

  // Everything until the connection ends.
  std::string receive_rest();

  // Whether bytes or the end have arrived, or arrive within that time.
  bool receives_within(std::chrono::milliseconds time);

  // Whether receive_rest() ended with a reset, not an orderly end.
  bool was_reset() const { return reset_; }

 private:
  bool receive_some();

  int socket_;
  std::string received_;
  bool reset_ = false;
};

}  // namespace enrichment_mock::support
