#include "net/chunks.h"

#include <doctest/doctest.h>

namespace enrichment_mock::net {
namespace {

using ChunkState = ChunkReader::State;

struct ChunkCase {
  std::string_view bytes;
  ChunkState state;
  std::string_view body;
  std::size_t left = 0;  // bytes after the body
};

const ChunkCase kCases[] = {
    {"0\r\n\r\n", ChunkState::complete, ""},
    {"5\r\nhello\r\n0\r\n\r\n", ChunkState::complete, "hello"},
    {"5\r\nhello\r\n0\r\n\r\nGET /", ChunkState::complete, "hello", 5},
    {"00005\r\nhello\r\n000\r\n\r\n", ChunkState::complete, "hello"},
    {"3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", ChunkState::complete, "abc0123456789"},
    {"2\r\n\r\n\r\n0\r\n\r\n", ChunkState::complete, "\r\n"},
    {"5;name=\"value\"\r\nhello\r\n0;x\r\n\r\n", ChunkState::complete, "hello"},
    {"5 \t;x\r\nhello\r\n0\r\n\r\n", ChunkState::complete, "hello"},
    {"0\r\nTrailer: value\r\nAnother: one\r\n\r\n", ChunkState::complete, ""},
    {"0\r\nEmpty:\r\nX-!#$: \t\x80:\r\n\r\n", ChunkState::complete, ""},
    {"5;\r\nhello\r\n0 ; a = b\r\n\r\n", ChunkState::complete, "hello"},
    {"", ChunkState::open, ""},
    {"5\r\nhel", ChunkState::open, "hel"},
    {"5\r\nhello\r\n0\r\n", ChunkState::open, "hello"},
    {"\r\n", ChunkState::malformed, ""},
    {"-1\r\n", ChunkState::malformed, ""},
    {"+5\r\nhello", ChunkState::malformed, ""},
    {" 5\r\nhello", ChunkState::malformed, ""},
    {"0x5\r\nhello", ChunkState::malformed, ""},
    {"g\r\n", ChunkState::malformed, ""},
    {";x\r\n", ChunkState::malformed, ""},
    {"5\nhello\r\n", ChunkState::malformed, ""},
    {"5\rhello\r\n", ChunkState::malformed, ""},
    {"5;x\nhello\r\n", ChunkState::malformed, ""},
    {"5\r\nhello0\r\n", ChunkState::malformed, "hello"},
    {"5\r\nhello\n0\r\n", ChunkState::malformed, "hello"},
    {"5\r\nhello\r0\r\n", ChunkState::malformed, "hello"},
    {"0\r\nTrailer: a\nb\r\n\r\n", ChunkState::malformed, ""},
    {"5 6\r\nhello", ChunkState::malformed, ""},
    {"5 junk\r\nhello", ChunkState::malformed, ""},
    {"5 \r\nhello", ChunkState::malformed, ""},
    {"5\tx;y\r\nhello", ChunkState::malformed, ""},
    {"5,5\r\nhello", ChunkState::malformed, ""},
    {"0 x\r\n\r\n", ChunkState::malformed, ""},
    {"0\r\nGET /smuggled HTTP/1.1\r\n\r\n", ChunkState::malformed, ""},
    {"0\r\nno-colon\r\n\r\n", ChunkState::malformed, ""},
    {"0\r\n x: y\r\n\r\n", ChunkState::malformed, ""},
    {"0\r\nA: b\r\n c\r\n\r\n", ChunkState::malformed, ""},
    {"0\r\nX : y\r\n\r\n", ChunkState::malformed, ""},
    {"0\r\n: y\r\n\r\n", ChunkState::malformed, ""},
    {"0\r\nX: \x01\r\n\r\n", ChunkState::malformed, ""},
    {"0\r\nX: y\n\r\n", ChunkState::malformed, ""},
    {"0\r\n\rX", ChunkState::malformed, ""},
    {"0000000000000005\r\n", ChunkState::malformed, ""},
    {"ffffffffffffffff\r\n", ChunkState::malformed, ""},
};

TEST_CASE("chunked bodies, whole and byte by byte") {
  for (const auto& c : kCases) {
    CAPTURE(c.bytes);
    std::string body;
    ChunkReader whole(1000, 1000);
    const auto used = whole.read(c.bytes, body);
    CHECK(whole.state() == c.state);
    CHECK(body == c.body);
    if (c.state == ChunkState::complete) CHECK(c.bytes.size() - used == c.left);

    std::string pieces;
    ChunkReader piecewise(1000, 1000);
    for (char byte : c.bytes) piecewise.read({&byte, 1}, pieces);
    CHECK(piecewise.state() == c.state);
    CHECK(pieces == c.body);
  }
}

TEST_CASE("a body past the limit is refused before it is stored") {
  std::string body;
  ChunkReader exact(8, 1000);
  exact.read("5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n", body);
  CHECK(exact.state() == ChunkState::complete);

  body.clear();
  ChunkReader over(8, 1000);
  over.read("5\r\nhello\r\n4\r\nabcd\r\n0\r\n\r\n", body);
  CHECK(over.state() == ChunkState::too_large);
  CHECK(body == "hello");

  body.clear();
  ChunkReader huge(8, 1000);
  huge.read("fffffffffffffff\r\n", body);
  CHECK(huge.state() == ChunkState::too_large);
}

TEST_CASE("endless chunk extensions and trailers are refused, too") {
  std::string body;
  ChunkReader extension(1000, 100);
  extension.read("1;" + std::string(200, 'x'), body);
  CHECK(extension.state() == ChunkState::too_large);

  ChunkReader trailers(1000, 100);
  trailers.read("0\r\n", body);
  for (int i = 0; i < 50; ++i) trailers.read("A: b\r\n", body);
  CHECK(trailers.state() == ChunkState::too_large);
}

}  // namespace
}  // namespace enrichment_mock::net
