#include "upstream/recorder.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "api/error.h"
#include "base/mask.h"
#include "base/text.h"
#include "base/threads.h"
#include "base/url.h"
#include "emulator/options.h"
#include "json/reader.h"
#include "json/writer.h"
#include "net/head.h"
#include "net/server.h"
#include "upstream/recording.h"
#include "upstream/relay.h"

namespace enrichment_mock::upstream {
namespace {

constexpr std::string_view kRequests = "/v1/api/enrichment/email", kCredits = "/v1/api/enrichment/credits";

// A token of a callback address has 128 bits.
using Token = std::array<std::uint8_t, 16>;

template <class Bytes>
void fill_at_random(Bytes& bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("no random numbers");
}

// Which call of the API this is, and the id of a poll. Nothing: no call of it. Only a path that has no second meaning
// for the upstream is passed on.
struct Route {
  RecordedCall::Kind kind = RecordedCall::Kind::request;
  std::string_view id = {};
};
std::optional<Route> route_of(std::string_view path) {
  if (path == kRequests) return Route{};
  if (path == kCredits) return Route{RecordedCall::Kind::credits};
  if (!path.starts_with(kRequests) || path.size() < kRequests.size() + 2 || path[kRequests.size()] != '/')
    return std::nullopt;
  const auto id = path.substr(kRequests.size() + 1);
  constexpr auto kPlain = base::kLettersAndDigits.with("-_~.");
  if (!kPlain.has_all(id) || id == "." || id == "..") return std::nullopt;
  return Route{RecordedCall::Kind::poll, id};
}

net::Response recorder_refusal(int status, std::string_view message) {
  return {.status = status, .body = api::error_body(status, message)};
}

// In words for the client.
net::Response failed_answer(const RelayedAnswer& answer, std::string_view who, std::chrono::milliseconds timeout) {
  const std::string name(who);
  if (answer.timed_out) return recorder_refusal(504, name + " did not answer within " + base::format_duration(timeout));
  return recorder_refusal(502, name + " did not answer: " + answer.error);
}

net::Response passed_on(RelayedAnswer answer, bool is_head_call) {
  const std::string connection(answer.header("Connection"));
  net::Response response{.status = answer.status, .body = std::move(answer.body), .content_type = ""};
  // The answer to HEAD has the length of a body that is not sent.
  if (is_head_call)
    response.body.assign(std::min<std::uint64_t>(answer.content_length.value_or(0), kMaxAnswerBody), ' ');
  for (auto& [name, value] : answer.headers)
    if (!is_hop_by_hop(name, connection)) response.headers.emplace_back(std::move(name), std::move(value));
  return response;
}

// The offset and length of the callback_url's value in a body, if it is an address that the upstream could call.
struct CallbackUrl {
  std::size_t begin = 0, length = 0;
  std::string url = {};
};
std::optional<CallbackUrl> callback_url_in(const net::Request& request) {
  if (request.method != "POST" || !request.header("Content-Encoding").empty()) return std::nullopt;
  json_text::Document body(request.body);
  if (!body.read(json_text::Syntax::strict) || body.first_duplicate_key()) return std::nullopt;
  const auto member = body.root().member("callback_url");
  if (!member || !member->is_string() || !base::parse_url(member->text())) return std::nullopt;
  return CallbackUrl{member->begin(), member->raw().size(), std::string(member->text())};
}

std::string hide_own_key(std::string_view text, std::string_view key) {
  return key.empty() ? std::string(text) : base::hide_key(text, key);
}

}  // namespace

class Recorder::Impl {
 public:
  explicit Impl(RecorderOptions options)
      : options_(std::move(options)),
        identity_(identity_of(options_.server)),
        upstream_url_(*base::parse_url(options_.upstream)),
        upstream_(options_.ca_file),
        callback_client_(options_.server.callback_ca),
        began_at_(base::Clock::now()),
        server_([this](const net::Request& request) { return serve_client(request); }, recorder_refusal, log_of_calls(),
                {}, identity_.own),
        callback_server_([this](const net::Request& request) { return serve_callback(request); }, recorder_refusal,
                         log_of_calls(true)) {
    fill_at_random(salt_);
    frame_.name = options_.name;
    frame_.upstream = upstream_url_.origin();
    frame_.begin = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    frame_.hidden = options_.hidden;
    frame_.sees_callbacks = !options_.public_url.empty();
    save();
    try {
      if (frame_.sees_callbacks) callback_port_ = callback_server_.start(options_.server.host, options_.callback_port);
      port_ = server_.start(options_.server.host, options_.server.port);
    } catch (const net::BindError& error) {
      throw AddressError(error.what());
    }
    saver_ = std::thread([this] { save_regularly(); });
  }

  ~Impl() {
    stop_.raise();
    end_saver();
    server_.stop();
    callback_server_.stop();
  }

  void stop() {
    stop_.raise();
    end_saver();
    // A name lookup cannot be interrupted, so what is known is saved before the servers end.
    try {
      save_news();
    } catch (const std::exception&) {
      // Is still news, so the save below tries again. Its failure is the one to report.
    }
    server_.stop();
    callback_server_.stop();
    save_news();
  }

  bool has_calls() const { return has_calls_; }
  std::uint16_t port() const { return port_; }
  std::uint16_t callback_port() const { return callback_port_; }
  const ServerIdentity& identity() const { return identity_; }
  std::string host() const { return server_.host(); }

 private:
  // Where a callback goes that comes to one of our addresses.
  struct Receiver {
    std::size_t number = 0;
    base::Url url;
    std::string key;  // of the request, because the callback may repeat it
  };

  // Anyone who knows the address of a callback could send one, so the log does not have it.
  net::Observer log_of_calls(bool of_callbacks = false) {
    if (!options_.server.on_request) return {};
    return [this, of_callbacks](const net::Request& request, const net::Response& response,
                                std::chrono::microseconds duration) {
      const auto path = of_callbacks ? "(callback) " + base::mask_key(request.path)
                                     : hide_own_key(request.path, request.header("x-api-key"));
      options_.server.on_request(
          {request.method, path, response.status, duration, response.log_tag, response.refusal_reason});
    };
  }

  Moment now() const { return std::chrono::duration_cast<Moment>(base::Clock::now() - began_at_); }

  // The number of a key, by a hash that means nothing outside of this object.
  std::size_t number_of_key(std::string_view key) {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> hash{};
    std::string salted(reinterpret_cast<const char*>(salt_.data()), salt_.size());
    salted += key;
    SHA256(reinterpret_cast<const unsigned char*>(salted.data()), salted.size(), hash.data());
    std::ranges::fill(salted, '\0');
    const std::lock_guard lock(mutex_);
    return keys_.emplace(hash, keys_.size()).first->second;
  }

  net::Response serve_client(const net::Request& request) {
    const auto route = route_of(request.path);
    if (!route) {
      const auto path = hide_own_key(api::clipped(request.path), request.header("x-api-key"));
      return recorder_refusal(
          404, "Cannot " + api::clipped(request.method) + " " + path + "; the recorder passes on the API's routes");
    }
    if (request.body_fault == net::BodyFault::too_large) return recorder_refusal(413, "The body is larger than 1 MB");
    const base::Blocking blocking;
    const std::string_view key = request.header("x-api-key");
    RecordedCall call{.kind = route->kind, .key = number_of_key(key), .id = std::string(route->id)};
    std::string body(request.body);
    if (frame_.sees_callbacks && route->kind == RecordedCall::Kind::request)
      if (const auto callback = callback_url_in(request)) {
        const auto [number, url] = add_receiver(callback->url, key);
        call.receiver = number;
        body.replace(callback->begin, callback->length, json_text::Json(url).text());
      }
    call.begin = now();
    auto answer = send_upstream(request, body);
    call.end = now();
    call.status = answer.status;
    const bool is_recorded = request.method == (route->kind == RecordedCall::Kind::request ? "POST" : "GET");
    if (is_recorded) {
      if (route->kind == RecordedCall::Kind::request) call.sent = hide_own_key(request.body, key);
      call.body = hide_own_key(answer.body, key);
      call.retry_after = hide_own_key(answer.header("Retry-After"), key);
      const auto encoding = answer.header("Content-Encoding");
      call.is_encoded = !encoding.empty() && !base::same_text(encoding, "identity");
      add(call);
    }
    if (answer.status == 0) return failed_answer(answer, "The upstream " + frame_.upstream, options_.timeout);
    return passed_on(std::move(answer), request.method == "HEAD");
  }

  RelayedAnswer send_upstream(const net::Request& request, std::string_view body) {
    RelayedCall call{.method = request.method, .target = request.target, .body = body};
    const auto connection = request.header("Connection");
    for (const auto& [name, value] : request.headers)
      if (!is_hop_by_hop(name, connection) && !base::same_text(name, "Accept-Encoding"))
        call.headers.emplace_back(name, value);
    call.headers.emplace_back("Accept-Encoding", "identity");  // a compressed body could not be recorded
    return upstream_.send(upstream_url_, call, {base::deadline_in(options_.timeout), &stop_});
  }

  // Gives the client's URL an address of ours: its number and its URL.
  std::pair<std::size_t, std::string> add_receiver(const std::string& url, std::string_view key) {
    Token token;
    fill_at_random(token);
    const auto path = "/" + base::to_hex(token);
    const std::lock_guard lock(mutex_);
    const auto number = receivers_.size();
    receivers_.emplace(path, Receiver{number, *base::parse_url(url), std::string(key)});
    return {number, options_.public_url + path};
  }

  net::Response serve_callback(const net::Request& request) {
    std::optional<Receiver> receiver;
    {
      const std::lock_guard lock(mutex_);
      const auto found = receivers_.find(request.path);
      if (found != receivers_.end() && request.method == "POST" && request.query.empty()) receiver = found->second;
    }
    if (!receiver) return recorder_refusal(404, "Nothing is expected here");
    if (request.body_fault == net::BodyFault::too_large) return recorder_refusal(413, "The body is larger than 1 MB");
    const base::Blocking blocking;
    RelayedCall passed{.method = request.method, .target = receiver->url.target, .body = request.body};
    const auto connection = request.header("Connection");
    for (const auto& [name, value] : request.headers)
      if (!is_hop_by_hop(name, connection)) passed.headers.emplace_back(name, value);
    const auto credentials = net::basic_credentials(receiver->url.userinfo);
    if (!receiver->url.userinfo.empty() && request.header("Authorization").empty())
      passed.headers.emplace_back("Authorization", credentials);
    RecordedCall call{.kind = RecordedCall::Kind::callback,
                      .receiver = receiver->number,
                      .sent = hide_own_key(request.body, receiver->key)};
    const auto timeout = options_.server.callback_timeout;
    call.begin = now();
    auto answer = callback_client_.send(receiver->url, passed, {base::deadline_in(timeout), &stop_});
    call.end = now();
    call.status = answer.status;
    add(call);
    if (answer.status == 0) return failed_answer(answer, "The client's receiver", timeout);
    return passed_on(std::move(answer), false);
  }

  // The answer is the client's in any case.
  void add(const RecordedCall& call) {
    try {
      const std::lock_guard lock(mutex_);
      recording_.add(call);
      has_news_ = has_calls_ = true;
    } catch (const std::bad_alloc&) {
      if (options_.server.on_warning) options_.server.on_warning("out of memory: a call was not recorded");
    }
  }

  void save_regularly() {
    base::name_this_thread("recorder");
    std::unique_lock lock(saver_mutex_);
    while (!saver_ends_.wait_for(lock, options_.save_every, [this] { return saver_must_end_; })) {
      lock.unlock();
      try {
        save_news();
      } catch (const std::exception& error) {
        if (options_.server.on_warning) options_.server.on_warning(error.what());
      }
      lock.lock();
    }
  }

  void end_saver() {
    {
      const std::lock_guard lock(saver_mutex_);
      saver_must_end_ = true;
    }
    saver_ends_.notify_all();
    const std::lock_guard lock(save_mutex_);
    if (saver_.joinable()) saver_.join();
  }

  void save_news() {
    if (has_news_) save();
  }

  void save() {
    std::unique_lock lock(mutex_);
    const auto recorded = recording_;  // may throw, and the news must remain news
    has_news_ = false;
    lock.unlock();
    try {
      auto frame = frame_;
      frame.end = frame.begin + now();
      options_.save(recorded.scenario(frame));
    } catch (...) {
      has_news_ = true;
      throw;
    }
  }

  const RecorderOptions options_;
  const ServerIdentity identity_;
  const base::Url upstream_url_;
  const Relay upstream_;
  const Relay callback_client_;  // for passing callbacks on
  const base::Clock::time_point began_at_;
  Recording::Frame frame_;
  base::StopSignal stop_;
  Token salt_{};

  std::mutex mutex_;  // guards the maps and the recording
  std::map<std::array<std::uint8_t, SHA256_DIGEST_LENGTH>, std::size_t> keys_;
  std::map<std::string, Receiver, std::less<>> receivers_;  // by path
  Recording recording_;
  std::atomic<bool> has_news_ = false, has_calls_ = false;

  std::mutex saver_mutex_;  // guards saver_must_end_
  std::condition_variable saver_ends_;
  bool saver_must_end_ = false;
  std::mutex save_mutex_;  // held while the saver is joined
  std::thread saver_;

  net::Server server_, callback_server_;
  std::uint16_t port_ = 0, callback_port_ = 0;
};

Recorder::Recorder(RecorderOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Recorder::~Recorder() = default;
std::uint16_t Recorder::port() const { return impl_->port(); }
std::uint16_t Recorder::callback_port() const { return impl_->callback_port(); }
std::string Recorder::tls_authority() const { return impl_->identity().authority; }
std::string Recorder::tls_fingerprint() const {
  return impl_->identity().own ? impl_->identity().own->fingerprint() : "";
}
std::string Recorder::url() const {
  const auto host = impl_->host();
  const bool v6 = host.find(':') != std::string::npos;
  return (impl_->identity().own ? "https://" : "http://") + (v6 ? "[" + host + "]" : host) + ":" +
         std::to_string(port());
}
bool Recorder::has_calls() const { return impl_->has_calls(); }
void Recorder::stop() { impl_->stop(); }

}  // namespace enrichment_mock::upstream
