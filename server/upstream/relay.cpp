#include "upstream/relay.h"

#include <algorithm>

#include "base/sockets.h"
#include "base/text.h"
#include "net/chunks.h"
#include "net/head.h"
#include "net/stream.h"

namespace enrichment_mock::upstream {
namespace {

constexpr std::size_t kBuffer = 16 * 1024;
constexpr int kSwitchingProtocols = 101;

std::vector<std::pair<std::string, std::string>> headers_of(std::string_view lines) {
  std::vector<std::pair<std::string, std::string>> headers;
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const auto colon = line.find(':');
    const auto value = line.substr(std::min(line.size(), colon + 2));
    headers.emplace_back(line.substr(0, colon), value);
  }
  return headers;
}

// Reads one answer from an open connection.
class AnswerReader {
 public:
  AnswerReader(net::Stream& stream, const base::Deadline& deadline, bool is_head_call, std::size_t body_limit)
      : stream_(stream),
        deadline_(deadline),
        is_head_call_(is_head_call),
        limit_(body_limit),
        chunks_(body_limit, 2 * body_limit + kBuffer) {}

  RelayedAnswer read() {
    char buffer[kBuffer];
    while (!complete_ && answer_.error.empty()) {
      const auto received = stream_.receive(buffer, sizeof buffer, deadline_);
      if (received.size > 0)
        take({buffer, received.size});
      else
        end(received);
    }
    if (!answer_.error.empty()) return {.error = answer_.error, .timed_out = stream_.timed_out()};
    answer_.status = head_.status();
    answer_.headers = headers_of(head_.headers());
    answer_.content_length = head_.content_length();
    return std::move(answer_);
  }

 private:
  void take(std::string_view bytes) {
    any_ = true;
    if (head_.state() == net::ResponseHeadReader::State::open) {
      bytes.remove_prefix(head_.read(bytes));
      if (head_.state() == net::ResponseHeadReader::State::open) return;
      if (head_.state() == net::ResponseHeadReader::State::malformed || head_.headers_truncated())
        return fail(head_.is_http() ? "the head of its answer is malformed or too long" : "it does not speak HTTP");
      if (head_.status() == kSwitchingProtocols) return fail("it switches to another protocol");
      complete_ = is_head_call_ || head_.has_no_body() || (!head_.chunked() && head_.content_length() == 0);
    }
    if (complete_) return;
    if (head_.chunked()) return take_chunks(bytes);
    const auto left = head_.content_length().value_or(UINT64_MAX) - answer_.body.size();
    answer_.body += bytes.substr(0, std::min<std::uint64_t>(left, bytes.size()));
    if (answer_.body.size() > limit_ || head_.content_length().value_or(0) > limit_) return fail_as_too_long();
    complete_ = answer_.body.size() == head_.content_length();
  }

  void take_chunks(std::string_view bytes) {
    chunks_.read(bytes, answer_.body);
    if (chunks_.state() == net::ChunkReader::State::too_large) return fail_as_too_long();
    if (chunks_.state() == net::ChunkReader::State::malformed) return fail("the chunks of its answer are malformed");
    complete_ = chunks_.state() == net::ChunkReader::State::complete;
  }

  void end(const net::Stream::Received& received) {
    const bool has_head = head_.state() == net::ResponseHeadReader::State::complete;
    // Without a length, the end of the connection is the end of the body.
    complete_ = received.ended && has_head && !head_.chunked() && !head_.content_length();
    if (complete_) return;
    if (const auto error = stream_.error(); !error.empty()) return fail(error);
    fail(any_ ? "connection closed in the middle of the answer" : "connection closed before an answer");
  }

  void fail(std::string_view error) { answer_.error = error; }
  void fail_as_too_long() { fail("its answer is longer than " + std::to_string(limit_) + " bytes"); }

  net::Stream& stream_;
  const base::Deadline& deadline_;
  const bool is_head_call_;
  const std::size_t limit_;
  net::ResponseHeadReader head_;
  net::ChunkReader chunks_;
  RelayedAnswer answer_;
  bool any_ = false, complete_ = false;
};

}  // namespace

std::string_view RelayedAnswer::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const auto& each) { return base::same_text(each.first, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

Relay::Relay(std::string ca_file) : ca_file_(std::move(ca_file)) {
  if (!ca_file_.empty()) tls();
}

RelayedAnswer Relay::send(const base::Url& server, const RelayedCall& call, const base::Deadline& deadline,
                          std::size_t body_limit) const {
  const auto addresses = base::resolve(server.host, server.port);
  if (addresses.empty()) return {.error = "its host name cannot be resolved"};
  net::Stream stream;
  if (!stream.connect(addresses, deadline) || (server.https && !stream.secure(tls(), server.host, deadline)))
    return {.error = stream.error(), .timed_out = stream.timed_out()};
  net::HeadWriter head;
  const auto host = server.authority();
  head.begin_request(call.method, call.target);
  head.add("Host", host);
  head.add("Connection", "close");
  for (const auto& [name, value] : call.headers) head.add(name, value);
  if (!call.body.empty() || (call.method != "GET" && call.method != "HEAD")) head.add_content_length(call.body.size());
  // Ignores errors: a server may send its answer and close before it has read everything.
  stream.send(head.finish(), call.body, deadline);
  return AnswerReader(stream, deadline, call.method == "HEAD", body_limit).read();
}

const net::TlsContext& Relay::tls() const {
  std::call_once(tls_once_, [this] { tls_.emplace(ca_file_, true); });
  return *tls_;
}

bool is_hop_by_hop(std::string_view name, std::string_view connection) {
  constexpr std::string_view kNames[] = {
      "Connection",         "Content-Length",      "Expect", "Host",    "Keep-Alive",        "Proxy-Connection",
      "Proxy-Authenticate", "Proxy-Authorization", "TE",     "Trailer", "Transfer-Encoding", "Upgrade"};
  if (std::ranges::any_of(kNames, [&](std::string_view each) { return base::same_text(each, name); })) return true;
  while (!connection.empty()) {
    auto option = connection.substr(0, connection.find(','));
    connection.remove_prefix(std::min(connection.size(), option.size() + 1));
    while (!option.empty() && (option.front() == ' ' || option.front() == '\t')) option.remove_prefix(1);
    while (!option.empty() && (option.back() == ' ' || option.back() == '\t')) option.remove_suffix(1);
    if (base::same_text(option, name)) return true;
  }
  return false;
}

}  // namespace enrichment_mock::upstream
