// Reads the requests of one connection, one after the other. A request has one deadline, which moves as the body
// arrives; a client that sends too slowly exceeds it (Limits::receive). Not thread-safe.
#pragma once
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "net/head.h"
#include "net/stream.h"

namespace enrichment_mock::net {

// How many bytes the large bodies of all connections have together. Thread-safe.
class LargeBodies {
 public:
  // False: they would have more than `most`.
  bool add(std::size_t bytes, std::size_t most) {
    if (bytes_.fetch_add(bytes) + bytes <= most) return true;
    remove(bytes);
    return false;
  }
  void remove(std::size_t bytes) { bytes_ -= bytes; }

 private:
  std::atomic<std::size_t> bytes_ = 0;
};

class RequestReader {
 public:
  enum class State {
    good,     // the request is complete, or its body is too large
    refused,  // fault() says why; no other request can follow
    none,     // nothing has arrived
    gone,     // the peer has disconnected
  };

  RequestReader(Stream& stream, const Limits& limits, LargeBodies& large_bodies);
  ~RequestReader() { give_room_back(); }
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Reads the next request. If its first byte has arrived, it waits for the rest. Invalidates the previous request.
  State next();

  // Releases the body of the request, which is empty from now on, if it takes much memory.
  void release_body();

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
  State without_body(BodyFault fault);
  std::size_t body_limit() const;
  bool take_room(std::size_t bytes);  // so that it suffices for a body of that size; false: there is too little
  void give_room_back() { large_bodies_.remove(std::exchange(room_, 0)); }
  std::string_view buffered() const { return {buffer_.get() + begin_, end_ - begin_}; }

  Stream& stream_;
  const Limits& limits_;
  LargeBodies& large_bodies_;
  std::size_t room_ = 0;  // that it has there
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
