#include "callbacks/attempt.h"

#include <algorithm>
#include <cstring>

#include "base/sockets.h"
#include "net/client_connection.h"
#include "net/httplib_compat.h"
#include "net/tls.h"
#include "net/url.h"

namespace enrichment_mock::callbacks {

namespace {

std::string not_allowed(const std::string& host, const std::string& address) {
  const std::string target = host == address ? host : host + " (" + address + ")";
  return "callback target " + target + " is not allowed (see --callback-allow)";
}

std::string rewrite_hint(const net::Url& url) {
  const std::string scheme = url.https ? "https://" : "http://";
  const std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  return "; in a container " + url.host + " is the container itself, its host is called by --callback-rewrite " +
         scheme + host + ":*=" + scheme + "host.docker.internal:*";
}

bool is_loopback(const net::Url& url, const std::vector<base::Address>& addresses) {
  const TargetPolicy loopback({"loopback"}, true);
  return loopback.allows_name(url.host) || std::ranges::any_of(addresses, [&](const base::Address& each) {
           return loopback.allows_address(each.storage);
         });
}

}  // namespace

std::string timed_out_after(std::chrono::milliseconds timeout) {
  const auto count = timeout.count();
  return "timed out after " + (count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms");
}

Attempts::Attempts(SenderOptions options) : options_(std::move(options)) {
  if (!options_.ca_file.empty()) tls();
}

Attempts::~Attempts() = default;

const net::TlsContext& Attempts::tls() {
  std::call_once(tls_once_,
                 [this] { tls_ = std::make_unique<net::TlsContext>(options_.ca_file, options_.verify_certificate); });
  return *tls_;
}

Delivery Attempts::make(const Outbound& outbound, const net::Cutoff& cutoff) {
  try {
    return attempt(outbound, cutoff);
  } catch (const std::exception& fault) {
    return {.error = std::string("cannot send: ") + fault.what()};
  }
}

Delivery Attempts::attempt(const Outbound& outbound, const net::Cutoff& cutoff) {
  const std::optional<net::Url> url = net::parse_url(outbound.url);
  if (!url) return {.error = "not an http or https URL: " + outbound.url};

  std::vector<base::Address> addresses = base::resolve(url->host, url->port);
  const std::string hint = options_.in_container && is_loopback(*url, addresses) ? rewrite_hint(*url) : "";
  if (addresses.empty()) return {.error = "cannot resolve host " + url->host};
  if (!options_.targets.allows_name(url->host)) {
    const std::string first = addresses.front().text();
    std::erase_if(addresses,
                  [this](const base::Address& each) { return !options_.targets.allows_address(each.storage); });
    if (addresses.empty()) return {.error = not_allowed(url->host, first) + hint, .misdirected = true};
  }

  if (outbound.cut && outbound.cut->raised()) return {.error = "cut off"};
  net::ClientConnection connection(cutoff);
  Delivery delivery;
  if (!connection.open(addresses)) {
    delivery = {.error = connection.error() + hint, .misdirected = !hint.empty()};
  } else if (url->https && !connection.secure(tls(), url->host)) {
    delivery.error = connection.error();
  } else {
    delivery = exchange(connection, *url, outbound);
  }
  if (connection.timed_out()) delivery = {.error = timed_out_after(outbound.timeout)};
  return delivery;
}

namespace {

constexpr std::size_t kBuffer = 4096;
constexpr std::size_t kLongestLine = 1024;  // the status line: httplib matches it with a recursive std::regex
constexpr std::size_t kLongestAnswer = 64 * 1024;
constexpr std::string_view kProtocol = "HTTP/1.";
// A request that has this is sent at once, with its body; to others httplib, in current releases, adds Expect:
// 100-continue, and waits. It is taken out before it is sent.
constexpr std::string_view kAtOnce = "Expect: none\r\n";

// What httplib reads and writes. Sends the whole request at once when the answer is first asked for.
class Exchange final : public net::CompatStream {
 public:
  Exchange(net::ClientConnection& connection, const net::Url& url) : connection_(connection), url_(url) {}

  ssize_t read(char* to, std::size_t size) {
    if (!sent_) send();
    if (begin_ == end_ && !refill()) return ended_ ? 0 : -1;
    size = std::min(size, end_ - begin_);
    if (!judge_status_line({buffer_ + begin_, size})) return -1;
    std::memcpy(to, buffer_ + begin_, size);
    begin_ += size;
    return static_cast<ssize_t>(size);
  }

  ssize_t write(const char* bytes, std::size_t size) {
    request_.append(bytes, size);
    return static_cast<ssize_t>(size);
  }

  // Why there is no answer, after httplib has given up: told by what came, since its releases differ in what they read
  // before they do.
  std::string failure() const {
    if (!connection_.error().empty()) return connection_.error();
    if (total_ == 0) return "closed without an answer";
    if (!kProtocol.starts_with(start_)) return "not an HTTP answer";
    if (ended_) return "closed in the middle of the answer";
    return status_line_over_ ? "the head of the answer is malformed or too long" : "not an HTTP answer";
  }

  socket_t socket() const { return connection_.fd(); }

 private:
  // The request line is ours: the target goes out byte for byte as the callback URL has it.
  void send() {
    sent_ = true;
    const std::size_t headers = std::min(request_.find("\r\n"), request_.size());
    request_.replace(0, headers, "POST " + url_.target + " HTTP/1.1");
    const std::size_t at_once = request_.find(kAtOnce);
    if (at_once < request_.find("\r\n\r\n")) request_.erase(at_once, kAtOnce.size());
    // A peer may answer and close before it has read everything: whether that worked, reading tells.
    connection_.write(request_);
  }

  bool refill() {
    if (ended_ || connection_.timed_out() || total_ > kLongestAnswer) return false;
    const ssize_t count = connection_.read(buffer_, sizeof buffer_);
    ended_ = count == 0;
    if (count <= 0) return false;
    begin_ = 0;
    end_ = static_cast<std::size_t>(count);
    total_ += end_;
    start_.append(buffer_, std::min(end_, kProtocol.size() - start_.size()));
    return true;
  }

  bool judge_status_line(std::string_view next) {
    if (status_line_over_) return true;
    status_line_over_ = next.find('\n') != std::string_view::npos;
    line_ += next.size();
    return line_ <= kLongestLine;
  }

  net::ClientConnection& connection_;
  const net::Url& url_;
  std::string request_;
  bool sent_ = false;
  bool ended_ = false;
  bool status_line_over_ = false;
  std::size_t line_ = 0;
  std::string start_;      // of the answer, as long as kProtocol
  std::size_t total_ = 0;  // bytes received
  std::size_t begin_ = 0;  // of what is in the buffer
  std::size_t end_ = 0;
  char buffer_[kBuffer];
};

httplib::Request make_request(const net::Url& url, const Outbound& outbound) {
  httplib::Request request;
  request.method = "POST";
  request.path = "/";  // see Exchange::send
  request.body = outbound.body;
  for (const auto& [name, value] : outbound.headers) request.headers.emplace(name, value);
  const auto add = [&request](const char* name, const std::string& value) {
    if (request.headers.find(name) == request.headers.end()) request.headers.emplace(name, value);
  };
  add("Host", url.authority());
  add("Content-Type", outbound.content_type);
  add("User-Agent", "enrichment-mock");
  add("Expect", "none");
  return request;
}

}  // namespace

Delivery exchange(net::ClientConnection& connection, const net::Url& url, const Outbound& outbound) {
  Exchange stream(connection, url);
  net::CompatClient client;
  httplib::Request request = make_request(url, outbound);
  Delivery delivery;
  request.response_handler = [&delivery](const httplib::Response& head) {
    delivery.status = head.status;
    return true;
  };

  httplib::Response response;
  const bool complete = client.exchange(stream, request, response);
  // The handler is passed over when there can be no body.
  if (complete) delivery.status = response.status;
  if (delivery.status == 0 || connection.timed_out()) delivery = {.error = stream.failure()};
  return delivery;
}

}  // namespace enrichment_mock::callbacks
