// Tests the readers and writers of HTTP heads. The head of a request is either refused with a status and a
// reason, or is within the limits and has one unambiguous end of the request. The head of a response is read the
// same however its bytes arrive. A head that was written is read again as the same, with any headers.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "fuzz/require.h"
#include "net/head.h"

namespace enrichment_mock::fuzz {
namespace {

using net::Head;
using net::Limits;

// Returns the head, or the part of it that is there.
std::string_view check_length(std::string_view bytes) {
  const auto length = net::head_length(bytes);
  require(length <= bytes.size(), "a head is part of the bytes");
  if (length == 0) return bytes;
  const auto head = bytes.substr(0, length);
  require(head.ends_with('\n') && net::head_length(head) == length, "a head ends whatever follows");
  require(net::head_length(head.substr(0, length - 1)) == 0, "a head ends with its last byte");
  return head;
}

bool is_within(std::string_view part, std::string_view bytes) {
  const std::less_equal<const char*> up_to;
  return up_to(bytes.data(), part.data()) && up_to(part.data() + part.size(), bytes.data() + bytes.size());
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f'; }

void check_refusal(const net::Fault& fault) {
  constexpr int kStatuses[] = {400, 414, 417, 431, 501, 505};
  require(std::ranges::find(kStatuses, fault.status) != std::end(kStatuses), "a refusal has one of few statuses");
  require(!fault.reason.empty(), "a refusal has a reason");
}

void check_headers(const net::Request& request, std::string_view bytes) {
  for (const auto& [name, value] : request.headers) {
    require(base::is_token(name), "a header's name is a token");
    require(std::ranges::none_of(value, is_control), "a header's value has no control characters");
    require(is_within(name, bytes) && is_within(value, bytes), "a header is a view into the bytes");
  }
}

void check_framing(const Head& head) {
  std::size_t lengths = 0, encodings = 0, hosts = 0;
  for (const auto& [name, value] : head.request.headers) {
    lengths += base::same_text(name, "content-length");
    encodings += base::same_text(name, "transfer-encoding");
    hosts += base::same_text(name, "host");
  }
  require(lengths + encodings <= 1 && hosts <= 1, "what says where a request ends stands once");
  require(head.chunked == (encodings == 1), "a request is chunked if it says so");
  require(lengths == 1 || head.content_length == 0, "a request has a length if it says so");
}

void check_served(const Head& head, std::string_view bytes, const Limits& limits) {
  const auto& request = head.request;
  require(bytes.size() <= limits.head && request.headers.size() <= limits.headers, "a head is within the limits");
  require(base::is_token(request.method) && is_within(request.method, bytes), "a method is a token");
  require(request.path.starts_with('/') || (request.path == "*" && request.method == "OPTIONS"), "a path is a path");
  require(std::ranges::none_of(request.target, [](char c) { return is_control(c) || c == ' ' || c == '\t'; }),
          "a target has no blanks and no control characters");
  const auto query = request.target.substr(request.path.size());
  require(request.target.starts_with(request.path) && (query.empty() ? query : query.substr(1)) == request.query &&
              request.path.find('?') == request.path.npos,
          "a target is path and query");
  require(bytes.ends_with("\r\n\r\n"), "a head that is served ends with a blank line");
}

void check_head(std::string_view bytes, const Limits& limits) {
  const auto parsed = check_length(bytes);
  Head head;
  net::parse_head(parsed, limits, head);
  head.fault.status == 0 ? check_served(head, parsed, limits) : check_refusal(head.fault);
  check_headers(head.request, parsed);
  if (head.fault.status == 0) check_framing(head);

  const auto fault = head.fault;
  const auto request = head.request;
  net::parse_head("GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\n", limits, head);
  net::parse_head(parsed, limits, head);
  require(head.fault.status == fault.status && head.fault.reason == fault.reason && head.request.path == request.path &&
              head.request.headers == request.headers,
          "the result is independent of heads that were parsed before");
}

using net::ResponseHeadReader;

void check_response(std::string_view bytes, std::size_t piece) {
  ResponseHeadReader whole;
  const auto used = whole.read(bytes);
  require(used <= bytes.size(), "a head is part of the bytes");
  require(whole.state() != ResponseHeadReader::State::open || used == bytes.size(), "an open head takes all bytes");
  require(whole.state() != ResponseHeadReader::State::complete || bytes.substr(0, used).ends_with("\r\n"),
          "a head ends with a blank line");
  require(whole.state() != ResponseHeadReader::State::complete || whole.is_http(), "a response is of HTTP");
  require(whole.status() >= 0 && whole.status() < 1000, "a status has three digits");
  require(whole.headers().size() <= base::kMaxKeptHeaders, "not too many headers are kept");

  ResponseHeadReader split;
  std::size_t taken = 0;
  while (taken < bytes.size() && split.state() == ResponseHeadReader::State::open) {
    taken += split.read(bytes.substr(taken, piece));
  }
  require(split.state() == whole.state() && split.is_http() == whole.is_http() && split.status() == whole.status() &&
              split.headers() == whole.headers() && split.headers_truncated() == whole.headers_truncated() &&
              split.chunked() == whole.chunked() && split.content_length() == whole.content_length(),
          "a head is read the same in pieces");
  require(whole.state() != ResponseHeadReader::State::complete || taken == used,
          "a head ends at the same byte in pieces");
}

// A header for each line of the bytes: its name before the first colon, its value after it.
std::vector<std::pair<std::string_view, std::string_view>> headers_of(std::string_view bytes) {
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  while (!bytes.empty()) {
    const auto line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
    const auto colon = std::min(line.find(':'), line.size());
    headers.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
  }
  return headers;
}

void add_all(net::HeadWriter& head, std::string_view bytes) {
  for (const auto& [name, value] : headers_of(bytes)) head.add(name, value);
}

void check_written(std::string_view bytes) {
  net::HeadWriter writer;
  const int status = 200 + (bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]));
  writer.begin_response(status);
  add_all(writer, bytes);
  const bool sized = writer.has("Content-Length");
  if (!sized) writer.add_content_length(bytes.size());
  const std::string head(writer.finish());
  require(net::head_length(head) == head.size(), "a head that is written ends where it ends");
  ResponseHeadReader reader;
  const auto used = reader.read(head + "body");
  const bool too_long = reader.state() == ResponseHeadReader::State::malformed;
  require(too_long || (reader.state() == ResponseHeadReader::State::complete && used == head.size()),
          "a response's head that is written is read");
  require(too_long || reader.status() == status, "a status is read as it was written");
  require(too_long || sized || reader.content_length() == bytes.size(), "a length is read as it was written");

  writer.begin_request("POST", "/target");
  add_all(writer, bytes);
  const std::string request(writer.finish());
  Head parsed;
  net::parse_head(request, {.head = request.size(), .line = request.size(), .headers = request.size()}, parsed);
  require(parsed.fault.status != 0 || parsed.request.path == "/target", "a target is read as it was written");
  const auto precedes = [](const auto& a, const auto& b) { return base::lower(a.first) < base::lower(b.first); };
  require(std::ranges::is_sorted(parsed.request.headers, precedes), "headers are written in alphabetical order");
}

}  // namespace
}  // namespace enrichment_mock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  enrichment_mock::fuzz::check_head(bytes, {});
  enrichment_mock::fuzz::check_head(bytes, {.head = 256, .line = 64, .headers = 4});
  for (const std::size_t piece : {1U, 7U}) enrichment_mock::fuzz::check_response(bytes, piece);
  enrichment_mock::fuzz::check_written(bytes);
  return 0;
}
