#include "net/chunks.h"

#include <algorithm>
#include <charconv>

namespace enrichment_mock::net {
namespace {

constexpr std::size_t kSizeDigits = 15;  // fits std::size_t, whatever the digits

bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

}  // namespace

std::size_t ChunkReader::read(std::string_view bytes, std::string& body) {
  std::size_t used = 0;
  while (state_ == State::open && used < bytes.size()) {
    std::size_t step = 1;
    if (expected_ == Expected::data) {
      step = std::min(left_, bytes.size() - used);
      body.append(bytes, used, step);
      left_ -= step;
      if (left_ == 0) expected_ = Expected::data_cr;
    } else {
      read_framing(bytes[used], body);
    }
    used += step;
    wire_size_ += step;
    if (state_ == State::open && wire_size_ > wire_limit_) state_ = State::too_large;
  }
  return used;
}

void ChunkReader::read_framing(char c, const std::string& body) {
  switch (expected_) {
    case Expected::size:
      return read_size_digit(c);
    case Expected::extension:
      return c == '\r' ? expect(true, Expected::size_lf) : expect(is_text(c), Expected::extension);
    case Expected::size_lf:
      return c == '\n' ? begin_chunk(body) : expect(false, Expected::size);
    case Expected::data:
      return;  // not framing
    case Expected::data_cr:
      return expect(c == '\r', Expected::data_lf);
    case Expected::data_lf:
      return expect(c == '\n', Expected::size);
    case Expected::trailer:
      if (c == '\r') return expect(true, Expected::trailer_lf);
      ++line_;
      return expect(is_text(c), Expected::trailer);
    case Expected::trailer_lf:
      return c == '\n' ? end_trailer_line() : expect(false, Expected::trailer);
  }
}

void ChunkReader::read_size_digit(char c) {
  unsigned digit = 0;
  if (std::from_chars(&c, &c + 1, digit, 16).ec == std::errc()) {
    left_ = left_ * 16 + digit;
    return expect(++line_ <= kSizeDigits, Expected::size);
  }
  const bool sized = line_ > 0;
  line_ = 0;
  if (c == '\r') return expect(sized, Expected::size_lf);
  expect(sized && (c == ';' || c == ' ' || c == '\t'), Expected::extension);
}

void ChunkReader::begin_chunk(const std::string& body) {
  if (left_ > body_limit_ || body.size() > body_limit_ - left_) {
    state_ = State::too_large;
    return;
  }
  expected_ = left_ == 0 ? Expected::trailer : Expected::data;
}

void ChunkReader::end_trailer_line() {
  if (line_ == 0) state_ = State::complete;
  line_ = 0;
  expected_ = Expected::trailer;
}

void ChunkReader::expect(bool met, Expected next) {
  if (!met) state_ = State::malformed;
  expected_ = next;
}

}  // namespace enrichment_mock::net
