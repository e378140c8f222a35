// Parses a chunked body (RFC 9112, section 7.1) piece by piece as it arrives. Strict: a size consists of hexadecimal
// digits, only an extension may follow it, trailers are header fields, and lines end in CR LF. Ignores extensions and
// trailers. Not thread-safe.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace enrichment_mock::net {

class ChunkReader {
 public:
  enum class State { open, complete, malformed, too_large };

  // `body_limit` is the largest body in bytes, `wire_limit` the largest number of bytes as sent, which also limits tiny
  // chunks, extensions and trailers. Beyond either the state is too_large.
  ChunkReader(std::size_t body_limit, std::size_t wire_limit) : body_limit_(body_limit), wire_limit_(wire_limit) {}

  // Appends the content in `bytes` to `body`. Returns how many of the bytes belong to the chunked body: all while it is
  // open.
  std::size_t read(std::string_view bytes, std::string& body);

  State state() const { return state_; }

 private:
  enum class Expected {
    size,
    semicolon,  // after white space
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,  // or the final CR LF
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
  std::size_t left_ = 0;    // first the chunk's size as far as it was read, then the bytes of it that are missing
  std::size_t digits_ = 0;  // the number of digits of the size so far
};

}  // namespace enrichment_mock::net
