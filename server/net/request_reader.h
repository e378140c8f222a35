// Takes the requests of one connection off its stream, one after the other, whole and never a byte of the next with the
// last. One deadline holds for a whole request; a body moves it on as it arrives, but not as slowly as one pleases. For
// one thread.
#pragma once
#include <memory>
#include <string>

#include "net/head.h"
#include "net/stream.h"

namespace enrichment_mock::net {

class RequestReader {
 public:
  enum class State {
    good,     // the request is all here, or is known to be too large
    refused,  // fault() says why; nothing after it can be trusted
    none,     // nothing has arrived
    gone,     // the peer has left: nobody waits for an answer
  };

  RequestReader(Stream& stream, const Limits& limits);

  // The next request; waits for all of it once its first byte is here. What was said of the one before is void.
  State next();

  // Whether it is worth asking for another one before something new arrives.
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
  std::unique_ptr<char[]> buffer_;  // from begin_ to end_ unread
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  Head head_;
  std::size_t head_end_ = 0;
  std::string body_;  // if it is chunked, or didn't come with the head
  Clock::time_point first_byte_;
  Clock::time_point deadline_;
};

}  // namespace enrichment_mock::net
