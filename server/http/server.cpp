#include "http/server.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <unordered_map>
#include <utility>

#include "http/connection.h"
#include "http/listener.h"
#include "http/scheduling.h"

namespace enrichment_mock::http {
namespace {

// So many connections past the limit are told so; more are just closed.
constexpr std::size_t kTurnedAway = 64;

}  // namespace

class Server::Impl {
 public:
  Impl(Handler handler, Refusal refusal, Observer observer, Limits limits)
      : service_{std::move(handler), std::move(refusal), std::move(observer), limits} {}

  std::uint16_t start(const std::string& host, std::uint16_t port) {
    std::lock_guard lock(lifetime_mutex_);
    listener_.emplace(host, port);
    acceptor_ = std::thread([this] { accept_all(); });
    return listener_->port();
  }

  void stop() {
    const auto deadline = base::deadline_in(service_.limits.grace);
    service_.stop.raise();
    std::lock_guard lifetime_lock(lifetime_mutex_);
    if (acceptor_.joinable()) acceptor_.join();
    listener_.reset();
    std::unique_lock lock(open_mutex_);
    for (const auto& [socket, wire] : open_) wire->end_if_idle();
    const auto none_open = [this] { return open_.empty(); };
    if (all_closed_.wait_until(lock, deadline, none_open)) return;
    for (const auto& [socket, wire] : open_) ::shutdown(socket, SHUT_RDWR);
    all_closed_.wait(lock, none_open);
  }

 private:
  void accept_all() {
    // Who is connected when the server stops is served, but clients that connect again and again must not keep it
    // going.
    std::optional<Clock::time_point> last_call;
    while (!last_call || Clock::now() < *last_call) {
      const int socket = listener_->accept(service_.stop);
      if (socket < 0) return;
      begin(socket);
      if (!last_call && service_.stop.raised()) last_call = base::deadline_in(service_.limits.grace / 2);
    }
  }

  // A thread of its own for each: a blocked handler blocks nobody else.
  void begin(int socket) {
    std::lock_guard lock(open_mutex_);
    const bool crowded = open_.size() >= service_.limits.connections;
    if (open_.size() >= service_.limits.connections + kTurnedAway) {
      ::close(socket);
      return;
    }
    try {
      Wire& wire = *open_.emplace(socket, std::make_unique<Wire>(socket, service_.stop)).first->second;
      std::thread([this, socket, &wire, crowded] { serve(socket, wire, crowded); }).detach();
    } catch (...) {  // no thread to be had, or no memory
      open_.erase(socket);
      ::close(socket);
    }
  }

  void serve(int socket, Wire& wire, bool crowded) noexcept {
    take_turns();
    try {
      Connection connection(wire, service_);
      if (crowded) {
        connection.turn_away({503, "there are too many connections"});
      } else {
        connection.serve();
      }
    } catch (...) {
      // Out of memory, or an observer that threw: this connection ends, the server does not.
    }
    std::lock_guard lock(open_mutex_);
    open_.erase(socket);
    ::close(socket);
    if (open_.empty()) all_closed_.notify_all();
  }

  Service service_;
  std::mutex lifetime_mutex_;  // guards listener_ and acceptor_
  std::optional<Listener> listener_;
  std::thread acceptor_;
  std::mutex open_mutex_;  // guards open_, by socket; one in it is not closed yet
  std::unordered_map<int, std::unique_ptr<Wire>> open_;
  std::condition_variable all_closed_;
};

Server::Server(Handler handler, Refusal refusal, Observer observer, Limits limits)
    : impl_(std::make_unique<Impl>(std::move(handler), std::move(refusal), std::move(observer), limits)) {}

Server::~Server() { stop(); }

std::uint16_t Server::start(const std::string& host, std::uint16_t port) { return impl_->start(host, port); }

void Server::stop() { impl_->stop(); }

}  // namespace enrichment_mock::http
