// Reads the requests of one connection, one after the other. A request has one deadline, which moves as the body
// arrives; a client that sends too slowly exceeds it (Limits::receive). Not thread-safe.
#pragma once
#include <memory>
#include <string>

#include "net/head.h"
#include "net/stream.h"

namespace enrichment_mock::net {

class RequestReader {
 public:
  enum class State {
    good,     // the request is complete, or its body is too large
    refused,  // fault() says why; no other request can follow
    none,     // nothing has arrived
    gone,     // the peer has disconnected
  };

  RequestReader(Stream& stream, const Limits& limits);

  // Reads the next request. If its first byte has arrived, it waits for the rest. Invalidates the previous request.
  State next();

  // False: next() would return `none` until something new arrives.
  bool may_have_more() const { return begin_ != end_ || stream_.may_have_more(); }

  const Fault& fault() const { return head_.fault; }
  const Head& head() const { return head_; }
  const Request& request() const { return head_.request; }
  Clock::time_point first_byte() const { return first_byte_; }

 private:
  State read_head();
  void move_to_front();
  State read_sized_body();
  State read_chunks();
  State receive_body();
  State receive();
  State refuse(Fault fault);
  std::string_view buffered() const { return {buffer_.get() + begin_, end_ - begin_}; }

  Stream& stream_;
  const Limits& limits_;
  const std::size_t capacity_;
  std::unique_ptr<char[]> buffer_;  // unread from begin_ to end_
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  Head head_;
  std::size_t head_end_ = 0;
  std::string body_;  // unused if the whole body is in buffer_
  Clock::time_point first_byte_;
  Clock::time_point deadline_;
};

}  // namespace enrichment_mock::net
