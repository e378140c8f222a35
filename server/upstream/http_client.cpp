#include "upstream/http_client.h"

#include <algorithm>
#include <condition_variable>
#include <httplib.h>
#include <thread>

#include "base/text.h"
#include "base/url.h"
#include "enrichment_mock/emulator.h"
#include "net/chunks.h"
#include "net/head.h"

namespace enrichment_mock::upstream {
namespace {

using std::chrono::milliseconds;

// Stops a client at the deadline: cpp-httplib's timeouts are for each read, so a server that sends a byte now and then
// would never reach them. Stops it again and again, because a client that is about to connect ignores that.
class Deadline {
 public:
  Deadline(httplib::Client& client, milliseconds time) : thread_([this, &client, time] { watch(client, time); }) {}
  ~Deadline() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  bool was_reached() {
    const std::lock_guard lock(mutex_);
    return was_reached_;
  }

 private:
  void watch(httplib::Client& client, milliseconds time) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, time, [&] { return is_over_; })) {
      was_reached_ = true;
      lock.unlock();
      client.stop();
      lock.lock();
      time = milliseconds(50);
    }
  }

  std::mutex mutex_;  // guards the two flags
  std::condition_variable changed_;
  bool is_over_ = false, was_reached_ = false;
  std::thread thread_;  // the last member: it uses the others
};

// What has arrived of a response. cpp-httplib takes interim responses (1xx) other than 100 for the response itself, and
// what follows for its body: that is read here.
class Received {
 public:
  explicit Received(std::size_t max_body) : max_body_(max_body), chunks_(max_body, 2 * max_body + 64 * 1024) {}

  void begin(const httplib::Response& response) {
    response_.status = response.status;
    response_.headers.assign(response.headers.begin(), response.headers.end());
    is_interim_ = response.status > 100 && response.status < 200 && response.status != 101;
  }

  // False: nothing more is needed.
  bool add(std::string_view bytes) {
    if (!is_interim_) return add_to_body(bytes);
    while (!bytes.empty() && head_.state() == net::ResponseHeadReader::State::open) {
      bytes.remove_prefix(head_.read(bytes));
      if (head_.state() == net::ResponseHeadReader::State::complete) begin_final();
    }
    if (head_.state() != net::ResponseHeadReader::State::complete)
      return head_.state() == net::ResponseHeadReader::State::open;
    if (!head_.chunked()) return add_to_body(bytes.substr(0, missing())) && missing() > 0;
    chunks_.read(bytes, response_.body);
    return chunks_.state() == net::ChunkReader::State::open;
  }

  bool has_begun() const { return response_.status != 0; }

  // Empty: there is no final response. `ended_early`: the connection has ended where more was expected.
  std::optional<HttpResponse> take(bool ended_early) {
    if (!has_begun() || (is_interim_ && !is_final_)) return std::nullopt;
    if (is_interim_ && !head_.chunked()) ended_early = head_.content_length() ? missing() > 0 : ended_early;
    if (is_interim_ && head_.chunked()) ended_early = chunks_.state() != net::ChunkReader::State::complete;
    response_.is_cut = response_.is_cut || ended_early;
    return std::move(response_);
  }

 private:
  bool add_to_body(std::string_view bytes) {
    const auto room = max_body_ - response_.body.size();
    response_.body += bytes.substr(0, room);
    if (bytes.size() > room) response_.is_cut = true;
    return !response_.is_cut;
  }

  // Of a response that follows an interim one.
  std::size_t missing() const {
    if (head_.has_no_body()) return 0;
    const auto length = head_.content_length();
    return length ? static_cast<std::size_t>(*length) - std::min<std::size_t>(*length, response_.body.size())
                  : std::string_view::npos;
  }

  void begin_final() {
    is_final_ = true;
    response_.status = head_.status();
    response_.headers.clear();
    std::string_view lines = head_.headers();
    while (!lines.empty()) {
      const auto line = lines.substr(0, lines.find('\n'));
      const auto colon = std::min(line.find(':'), line.size());
      auto value = line.substr(std::min(colon + 1, line.size()));
      while (value.starts_with(' ')) value.remove_prefix(1);
      response_.headers.emplace_back(line.substr(0, colon), value);
      lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    }
  }

  const std::size_t max_body_;
  HttpResponse response_;
  bool is_interim_ = false, is_final_ = false;
  net::ResponseHeadReader head_;
  net::ChunkReader chunks_;
};

HttpProblem problem_of(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
    case httplib::Error::BindIPAddress:
      return HttpProblem::unreachable;
    case httplib::Error::SSLServerVerification:
    case httplib::Error::SSLLoadingCerts:
      return HttpProblem::untrusted;
    case httplib::Error::SSLConnection:
      return HttpProblem::no_tls;
    default:
      // Current versions have one more, for the name in a certificate.
      return httplib::to_string(error).starts_with("SSL server") ? HttpProblem::untrusted : HttpProblem::broken;
  }
}

httplib::Request to_httplib(const HttpRequest& request, Received& received) {
  httplib::Request sent;
  sent.method = request.method;
  sent.path = request.path;
  for (const auto& [name, value] : request.headers) sent.headers.emplace(name, value);
  if (!sent.has_header("Accept-Encoding")) sent.headers.emplace("Accept-Encoding", "identity");
  if (!request.body.empty()) {
    // A body would get a Content-Type; this way it has only the one of the request.
    sent.content_length_ = request.body.size();
    sent.content_provider_ = [&request](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
      return sink.write(request.body.data() + offset, length);
    };
  }
  sent.response_handler = [&received](const httplib::Response& response) {
    received.begin(response);
    return true;
  };
  sent.content_receiver = [&received](const char* bytes, std::size_t length, std::uint64_t, std::uint64_t) {
    return received.add({bytes, length});
  };
  return sent;
}

}  // namespace

const std::string* HttpResponse::header(std::string_view name) const {
  const auto found =
      std::ranges::find_if(headers, [&](const auto& header) { return base::same_text(header.first, name); });
  return found == headers.end() ? nullptr : &found->second;
}

std::string_view to_text(HttpProblem problem) {
  switch (problem) {
    case HttpProblem::unreachable:
      return "does not answer";
    case HttpProblem::untrusted:
      return "has a certificate that is not trusted";
    case HttpProblem::no_tls:
      return "does not speak TLS, or no supported version of it";
    case HttpProblem::too_slow:
      return "sent no complete response in time";
    case HttpProblem::broken:
      return "ended the connection without a complete response";
  }
  return "";
}

HttpResult HttpClient::send(const HttpRequest& request) const {
  httplib::Client client(target_.url);
  client.set_connection_timeout(target_.connection_timeout);
  const auto total = target_.connection_timeout + target_.timeout;
  client.set_read_timeout(total + std::chrono::seconds(1));  // the deadline comes first
  client.set_write_timeout(total + std::chrono::seconds(1));
  client.set_follow_location(false);
  client.set_decompress(false);
  if (!target_.ca_file.empty()) client.set_ca_cert_path(target_.ca_file);
  client.enable_server_certificate_verification(!target_.any_certificate);

  Received received(target_.max_body);
  const auto sent = to_httplib(request, received);
  Deadline deadline(client, total);
  const auto result = client.send(sent);
  if (deadline.was_reached()) return {std::nullopt, HttpProblem::too_slow};
  if (result && !received.has_begun()) received.begin(*result);
  // Canceled: nothing more was needed.
  if (auto response = received.take(!result && result.error() != httplib::Error::Canceled))
    return {std::move(response)};
  return {std::nullopt, result ? HttpProblem::broken : problem_of(result.error())};
}

void Pace::wait() {
  if (least_.count() == 0) return;
  std::chrono::steady_clock::time_point at;
  {
    const std::lock_guard lock(next_mutex_);
    at = std::max(next_, std::chrono::steady_clock::now());
    next_ = at + least_;
  }
  std::this_thread::sleep_until(at);
}

bool is_loopback(std::string_view url) {
  const auto parsed = base::parse_url(url);
  if (!parsed) return false;
  const auto& host = parsed->host;
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && base::is_ip_address(host));
}

std::string user_agent(std::string_view command) {
  return "enrichment-mock/" + version() + " (" + std::string(command) + ")";
}

}  // namespace enrichment_mock::upstream
