#include "net/request_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/chunks.h"

namespace enrichment_mock::net {
namespace {

// The space in the buffer after the largest head, in which the body is received.
constexpr std::size_t kRoomAfterHead = 4096;

// The first byte from a TLS client. No HTTP method begins with it.
constexpr char kTlsHandshake = 22;

// A chunk of one byte takes six bytes on the wire.
std::size_t wire_limit(std::size_t body_limit) { return 8 * body_limit + 64 * 1024; }

// The time that a body of that size may take in addition to Limits::receive.
std::chrono::microseconds time_for(std::size_t bytes) {
  constexpr std::size_t kBytesASecond = 16 * 1024;
  return std::chrono::microseconds(bytes * 1'000'000 / kBytesASecond);
}

// The storage of a larger body is released when its request was handled.
constexpr std::size_t kKeptBody = 64 * 1024;

// A large body takes its room step by step as it arrives, so that a client that only announces one takes none.
constexpr std::size_t kRoomStep = 1024 * 1024;

}  // namespace

RequestReader::RequestReader(Stream& stream, const Limits& limits, LargeBodies& large_bodies)
    : stream_(stream),
      limits_(limits),
      large_bodies_(large_bodies),
      capacity_(limits.head + kRoomAfterHead),
      buffer_(new char[capacity_]) {}

RequestReader::State RequestReader::next() {
  head_.clear();
  release_body();
  body_.clear();
  const auto state = read_head();
  if (state != State::good) return state;
  return head_.chunked ? read_chunks() : read_sized_body();
}

void RequestReader::release_body() {
  if (room_ == 0 && body_.capacity() <= kKeptBody) return;
  head_.request.body = {};
  body_ = {};
  give_room_back();
}

RequestReader::State RequestReader::read_head() {
  if (begin_ == end_) {
    begin_ = 0;
    const auto received = stream_.receive_available(buffer_.get(), capacity_);
    end_ = received.size;
    if (end_ == 0) return received.timed_out ? State::none : State::gone;
  }
  first_byte_ = Clock::now();
  if (buffered().front() == kTlsHandshake) return refuse({400, "the client speaks TLS: this port expects http://"});
  deadline_ = first_byte_ + limits_.receive;
  for (;;) {
    while (buffered().starts_with("\r\n")) begin_ += 2;  // old clients send this after a body
    std::size_t length = head_length(buffered());
    if (length == 0 && buffered().size() >= limits_.head) length = buffered().size();
    if (length != 0) {
      if (capacity_ - begin_ - length < kRoomAfterHead) move_to_front();
      parse_head(buffered().substr(0, length), limits_, head_);
      begin_ += length;
      head_end_ = begin_;
      return head_.fault.status == 0 ? State::good : State::refused;
    }
    move_to_front();
    const auto state = receive();
    if (state != State::good) return state;
  }
}

void RequestReader::move_to_front() {
  if (begin_ > 0) std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= std::exchange(begin_, 0);
}

RequestReader::State RequestReader::read_sized_body() {
  const auto size = head_.content_length;
  if (size > limits_.body && size > body_limit()) return without_body(BodyFault::too_large);
  if (buffered().size() >= size) {
    head_.request.body = buffered().substr(0, size);
    begin_ += size;
    return State::good;
  }
  for (;;) {
    const auto piece = buffered().substr(0, size - body_.size());
    if (!take_room(body_.size() + piece.size())) return without_body(BodyFault::no_room);
    body_.append(piece);
    begin_ += piece.size();
    if (body_.size() == size) break;
    const auto state = receive_body();
    if (state != State::good) return state;
  }
  head_.request.body = body_;
  return State::good;
}

RequestReader::State RequestReader::read_chunks() {
  const auto limit = body_limit();
  ChunkReader chunks(limit, wire_limit(limit));
  for (;;) {
    begin_ += chunks.read(buffered(), body_);
    if (!take_room(body_.size())) return without_body(BodyFault::no_room);
    switch (chunks.state()) {
      case ChunkReader::State::complete:
        head_.request.body = body_;
        return State::good;
      case ChunkReader::State::malformed:
        return refuse({400, "the chunked body is malformed"});
      case ChunkReader::State::too_large:
        return without_body(BodyFault::too_large);
      case ChunkReader::State::open:
        break;
    }
    const auto state = receive_body();
    if (state != State::good) return state;
  }
}

// Receives the next piece of the body into the space after the head, because the views into the head must stay valid.
RequestReader::State RequestReader::receive_body() {
  begin_ = end_ = head_end_;
  const bool is_expected = std::exchange(head_.expects_continue, false);
  if (is_expected && !stream_.send("HTTP/1.1 100 Continue\r\n\r\n", {base::deadline_in(limits_.send)}))
    return State::gone;
  const auto state = receive();
  deadline_ += time_for(end_ - begin_);
  return state;
}

RequestReader::State RequestReader::receive() {
  const auto received = stream_.receive(buffer_.get() + end_, capacity_ - end_, {deadline_});
  end_ += received.size;
  if (received.timed_out) return refuse({408, "the request did not arrive in time"});
  return received.size == 0 ? State::gone : State::good;
}

std::size_t RequestReader::body_limit() const {
  return limits_.large_body ? std::max(limits_.body, limits_.large_body(head_.request)) : limits_.body;
}

bool RequestReader::take_room(std::size_t bytes) {
  if (bytes <= limits_.body) return true;
  for (; room_ < bytes; room_ += kRoomStep)
    if (!large_bodies_.add(kRoomStep, limits_.large_bodies)) return false;
  return true;
}

RequestReader::State RequestReader::without_body(BodyFault fault) {
  release_body();
  head_.request.body_fault = fault;
  return State::good;
}

RequestReader::State RequestReader::refuse(Fault fault) {
  head_.fault = fault;
  return State::refused;
}

}  // namespace enrichment_mock::net
