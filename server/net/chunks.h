// Takes a chunked body apart (RFC 9112, section 7.1), piece by piece as it arrives, and strictly: sizes are bare
// hexadecimal digits, which only an extension may follow, trailers are header fields, lines end in CR LF. Extensions
// and trailers are read over. Not thread-safe.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace enrichment_mock::net {

class ChunkReader {
 public:
  enum class State { open, complete, malformed, too_large };

  // At most `body_limit` bytes are taken, in at most `wire_limit` bytes as sent, so that a body of tiny chunks, or of
  // extensions and trailers alone, ends too.
  ChunkReader(std::size_t body_limit, std::size_t wire_limit) : body_limit_(body_limit), wire_limit_(wire_limit) {}

  // Appends to `body` what of it is in `bytes`; returns how many of them belong to this body: all while it is open.
  std::size_t read(std::string_view bytes, std::string& body);

  State state() const { return state_; }

 private:
  enum class Expected {
    size,
    semicolon,  // behind white space
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,  // or the end
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
  };

  void read_framing(char c, const std::string& body);
  void read_size_digit(char c);
  void begin_chunk(const std::string& body);
  void expect(bool met, Expected next);

  std::size_t body_limit_;
  std::size_t wire_limit_;
  std::size_t wire_size_ = 0;
  State state_ = State::open;
  Expected expected_ = Expected::size;
  std::size_t left_ = 0;    // of the chunk: first its size as far as read, then its bytes to come
  std::size_t digits_ = 0;  // of the size, so far
};

}  // namespace enrichment_mock::net
