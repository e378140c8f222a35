#include "net/chunks.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace enrichment_mock::net {
namespace {

constexpr std::size_t kSizeDigits = 15;  // any such number fits std::size_t

bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }
bool is_space(char c) { return c == ' ' || c == '\t'; }

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
    case Expected::semicolon:
      return is_space(c) ? expect(true, Expected::semicolon) : expect(c == ';', Expected::extension);
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
      return c == '\r' ? expect(true, Expected::last_lf) : expect(base::is_token({&c, 1}), Expected::trailer_name);
    case Expected::trailer_name:
      if (c == ':') return expect(true, Expected::trailer_value);
      return expect(base::is_token({&c, 1}), Expected::trailer_name);
    case Expected::trailer_value:
      return c == '\r' ? expect(true, Expected::trailer_lf) : expect(is_text(c), Expected::trailer_value);
    case Expected::trailer_lf:
      return expect(c == '\n', Expected::trailer);
    case Expected::last_lf:
      expect(c == '\n', Expected::trailer);
      if (c == '\n') state_ = State::complete;
      return;
  }
}

void ChunkReader::read_size_digit(char c) {
  unsigned digit = 0;
  if (std::from_chars(&c, &c + 1, digit, 16).ec == std::errc()) {
    left_ = left_ * 16 + digit;
    return expect(++digits_ <= kSizeDigits, Expected::size);
  }
  const bool sized = digits_ > 0;
  digits_ = 0;
  if (c == '\r') return expect(sized, Expected::size_lf);
  if (is_space(c)) return expect(sized, Expected::semicolon);
  expect(sized && c == ';', Expected::extension);
}

void ChunkReader::begin_chunk(const std::string& body) {
  if (left_ > body_limit_ || body.size() > body_limit_ - left_) {
    state_ = State::too_large;
    return;
  }
  expected_ = left_ == 0 ? Expected::trailer : Expected::data;
}

void ChunkReader::expect(bool met, Expected next) {
  if (!met) state_ = State::malformed;
  expected_ = next;
}

}  // namespace enrichment_mock::net
