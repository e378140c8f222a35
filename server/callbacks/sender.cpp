#include "callbacks/sender.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <optional>

#include "base/limits.h"
#include "base/mask.h"
#include "base/sockets.h"
#include "base/text.h"
#include "base/url.h"
#include "callbacks/worker_pool.h"
#include "net/chunks.h"
#include "net/head.h"
#include "net/listener.h"
#include "net/stream.h"
#include "net/tls.h"

namespace enrichment_mock::callbacks {
namespace {

using base::Deadline;

constexpr std::size_t kBuffer = 4096;
constexpr std::size_t kMaxBody = 64 * 1024;

// What is logged of a body. The runner cuts it shorter, and needs some more of it, because it must not cut through a
// key.
constexpr std::size_t kLoggedBody = base::kMaxKeptResponse + 4 * base::kKilobyte;

std::string not_allowed(const std::string& host, const std::string& address) {
  const std::string target = host == address ? host : host + " (" + address + ")";
  return "callback target " + target + " is not allowed (see --callback-allow)";
}

std::string rewrite_hint(const base::Url& url) {
  const std::string scheme = url.https ? "https://" : "http://";
  const std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  return "; inside a container " + url.host + " is the container itself: to reach its host, use --callback-rewrite " +
         scheme + host + ":*=" + scheme + "host.docker.internal:*";
}

// How to accept a certificate that was refused.
std::string_view certificate_hint(net::CertificateFault fault) {
  switch (fault) {
    case net::CertificateFault::none:
      return "";
    case net::CertificateFault::unknown_authority:
      return "; trust its authority with --callback-ca FILE, or accept any certificate with --callback-insecure";
    case net::CertificateFault::other:
      return "; --callback-insecure accepts any certificate";
  }
  return "";
}

bool is_loopback(const base::Url& url, const std::vector<base::Address>& addresses) {
  const TargetPolicy loopback({"loopback"}, true);
  return loopback.allows_name(url.host) || std::ranges::any_of(addresses, [&](const base::Address& each) {
           return loopback.allows_address(each.storage);
         });
}

// Reads the body of a response, and finds its end.
class ResponseBodyReader {
 public:
  explicit ResponseBodyReader(const net::ResponseHeadReader& head)
      : chunked_(head.chunked()),
        left_(head.content_length().value_or(std::numeric_limits<std::uint64_t>::max())),
        ended_(head.has_no_body() || (!chunked_ && left_ == 0)) {}

  // Returns the content of these bytes, valid until the next call.
  std::string_view read(std::string_view bytes) {
    if (ended_) return {};
    total_ += bytes.size();
    ended_ = total_ > kMaxBody;
    if (chunked_) {
      chunk_.clear();
      chunks_.read(bytes, chunk_);
      ended_ = ended_ || chunks_.state() != net::ChunkReader::State::open;
      return chunk_;
    }
    const auto content = bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= content.size();
    ended_ = ended_ || left_ == 0;
    return content;
  }

  bool ended() const { return ended_; }

 private:
  const bool chunked_;
  net::ChunkReader chunks_{kMaxBody, kMaxBody};
  std::string chunk_;
  std::uint64_t left_;  // by Content-Length; without one the body ends with the connection
  std::size_t total_ = 0;
  bool ended_;
};

// One POST and its response over an open connection. Only the status counts: a body that is cut off or longer than 64
// KB is not an error. If the body has not ended by the deadline, the attempt has timed out.
class HttpCall {
 public:
  HttpCall(net::Stream& stream, const Deadline& deadline, ExchangeLog& log)
      : stream_(stream), deadline_(deadline), log_(log) {}

  // Sets status or error. `to_own`: to the own receiver.
  Delivery make(const base::Url& url, const OutboundRequest& outbound, bool to_own) {
    send(url, outbound, to_own);
    receive();
    const bool answered = answer_.state() == net::ResponseHeadReader::State::complete && answer_.status() != 0;
    if (!answered || stream_.timed_out()) return {.error = failure()};
    return {.status = answer_.status()};
  }

 private:
  void send(const base::Url& url, const OutboundRequest& outbound, bool to_own) {
    net::HeadWriter head;
    head.begin_request("POST", url.target);
    const auto& [own_name, own_value] = outbound.own_header;
    if (to_own && !own_name.empty()) head.add(own_name, own_value);
    for (const auto& [name, value] : outbound.headers) head.add(name, value);
    const auto add = [&head](std::string_view name, std::string_view value) {
      if (!head.has(name)) head.add(name, value);
    };
    const std::string host = url.authority();
    const std::string credentials = net::basic_credentials(url.userinfo);
    if (!url.userinfo.empty() && url.userinfo != base::kMaskedUserinfo) add("Authorization", credentials);
    add("Accept", "*/*");
    add("Connection", "close");
    add("Content-Type", outbound.content_type);
    add("Host", host);
    add("User-Agent", "enrichment-mock");
    std::string body = outbound.make_body ? outbound.make_body() : outbound.body;
    head.add_content_length(body.size());
    head.finish();
    const auto& request = log_.sends(head.take(), std::move(body));
    // Ignores errors: a peer may send its response and close before it has read everything.
    stream_.send(request.request_head, request.request_body, deadline_);
    log_.is_sent();
  }

  void receive() {
    char buffer[kBuffer];
    while (awaits_more()) {
      const auto received = stream_.receive(buffer, sizeof buffer, deadline_);
      ended_ = received.ended;
      if (received.size == 0) return;
      answered_ = true;
      take({buffer, received.size});
    }
  }

  void take(std::string_view bytes) {
    if (!body_) {
      bytes.remove_prefix(answer_.read(bytes));
      if (answer_.state() == net::ResponseHeadReader::State::complete) body_.emplace(answer_);
      if (answer_.status() != 0 && (body_ || answer_.headers().size() != logged_headers_)) log_head();
    }
    const auto content = body_ ? body_->read(bytes) : std::string_view();
    if (!content.empty())
      log_.update([&](base::Exchange& exchange) {
        const auto room = kLoggedBody - std::min(kLoggedBody, exchange.response_body.size());
        exchange.response_body.append(content.substr(0, room));
        exchange.response_body_bytes += content.size();
      });
  }

  void log_head() {
    logged_headers_ = answer_.headers().size();
    log_.update([this](base::Exchange& exchange) {
      exchange.status = answer_.status();
      exchange.response_headers = answer_.headers();
      exchange.response_headers_truncated = answer_.headers_truncated();
    });
  }

  bool awaits_more() const {
    return !stream_.timed_out() && answer_.state() != net::ResponseHeadReader::State::malformed &&
           !(body_ && body_->ended());
  }

  std::string failure() const {
    if (auto error = stream_.error(); !error.empty()) return error;
    if (!answered_) return "connection closed before a response";
    if (!answer_.is_http()) return "not an HTTP response";
    if (ended_) return "connection closed in the middle of the response";
    return "the head of the response is malformed or too long";
  }

  net::Stream& stream_;
  const Deadline& deadline_;
  ExchangeLog& log_;
  net::ResponseHeadReader answer_;
  std::size_t logged_headers_ = std::string::npos;  // the length of the headers that are in the log
  std::optional<ResponseBodyReader> body_;
  bool answered_ = false;  // at least one byte has arrived
  bool ended_ = false;
};

// Makes attempts. Thread-safe: any number at the same time.
class AttemptMaker {
 public:
  // Throws std::invalid_argument if options.ca_file cannot be read.
  explicit AttemptMaker(SenderOptions options) : options_(std::move(options)) {
    if (!options_.ca_file.empty()) tls();
    if (options_.own.identity) own_tls_.emplace(options_.own.identity);
  }

  // Makes one attempt. Returns by the deadline, except that a name lookup cannot be interrupted. The caller sets
  // `latency`.
  Delivery make(const OutboundRequest& outbound, const Deadline& deadline, ExchangeLog& log) {
    try {
      return attempt(outbound, deadline, log);
    } catch (const std::exception& fault) {
      return {.error = std::string("cannot send: ") + fault.what()};
    }
  }

 private:
  Delivery attempt(const OutboundRequest& outbound, const Deadline& deadline, ExchangeLog& log) {
    const std::optional<base::Url> url = base::parse_url(outbound.url);
    if (!url) return {.error = "not an http or https URL: " + base::mask_userinfo(outbound.url)};

    std::vector<base::Address> addresses = base::resolve(url->host, url->port);
    const std::string hint = options_.in_container && is_loopback(*url, addresses) ? rewrite_hint(*url) : "";
    if (addresses.empty()) return {.error = "cannot resolve host " + url->host + " (see --callback-rewrite)"};
    if (!options_.targets.allows_name(url->host)) {
      const std::string first = addresses.front().text();
      std::erase_if(addresses, [&](const base::Address& each) {
        return !options_.targets.allows_address(each.storage) && !is_own(*url, each);
      });
      if (addresses.empty()) return {.error = not_allowed(url->host, first) + hint, .is_configuration_error = true};
    }

    if (outbound.cut && outbound.cut->raised()) return {.error = "cut off"};
    net::Stream stream;
    Delivery delivery;
    const bool connected = stream.connect(addresses, deadline);
    const bool to_own = connected && is_own(*url, stream.peer());
    if (!connected) {
      delivery = {.error = stream.error() + hint, .is_configuration_error = !hint.empty()};
    } else if (url->https && !stream.secure(to_own && own_tls_ ? *own_tls_ : tls(), url->host, deadline)) {
      const auto fault = to_own ? net::CertificateFault::none : stream.certificate_fault();
      delivery = {.error = stream.error().append(certificate_hint(fault)),
                  .is_configuration_error = fault == net::CertificateFault::unknown_authority};
    } else {
      delivery = HttpCall(stream, deadline, log).make(*url, outbound, to_own);
    }
    if (stream.timed_out()) delivery = {.error = timeout_error(outbound)};
    return delivery;
  }

  bool is_own(const base::Url& url, const base::Address& address) const {
    const auto& own = options_.own;
    return own.addresses && url.target.starts_with(own.path) && own.addresses->reached_by(address);
  }

  // Made for the first https target, because reading the system's certificate authorities takes time.
  const net::TlsContext& tls() {
    std::call_once(tls_once_, [this] { tls_.emplace(options_.ca_file, options_.verify_certificate); });
    return *tls_;
  }

  const SenderOptions options_;
  std::once_flag tls_once_;
  std::optional<net::TlsContext> tls_, own_tls_;
};

}  // namespace

std::string timeout_error(const OutboundRequest& outbound) {
  const auto count = outbound.timeout.count();
  const auto time = count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
  return "timed out after " + time + " (see " + std::string(outbound.timeout_setting) + ")";
}

HttpSender::HttpSender(SenderOptions options) {
  const std::size_t max_workers = options.max_workers;
  auto attempts = std::make_shared<AttemptMaker>(std::move(options));
  pool_ = WorkerPool::start([attempts](const OutboundRequest& outbound, const Deadline& deadline,
                                       ExchangeLog& log) { return attempts->make(outbound, deadline, log); },
                            max_workers);
}

HttpSender::~HttpSender() { stop(); }

void HttpSender::send(OutboundRequest outbound, Done done) { pool_->add(std::move(outbound), std::move(done)); }

void HttpSender::stop() { pool_->stop(); }

}  // namespace enrichment_mock::callbacks
