#include "net/server.h"

#include <mutex>
#include <optional>
#include <thread>
#include <unistd.h>
#include <utility>

#include "base/threads.h"
#include "net/connection.h"
#include "net/listener.h"
#include "net/serving_threads.h"

namespace enrichment_mock::net {
namespace {

// How many connections beyond the limit get a 503 response. Others are closed without one.
constexpr std::size_t kRejected = 64;

// Threads in addition to one for each connection.
constexpr std::size_t kSpareThreads = 2;

}  // namespace

class Server::Impl {
 public:
  Impl(Handler handler, Refusal refusal, Observer observer, Limits limits, std::shared_ptr<const Identity> identity,
       CutObserver cut_observer)
      : service_{std::move(handler), std::move(refusal), std::move(observer), std::move(cut_observer), limits,
                 std::move(identity)},
        threads_(limits.idle, limits.connections + kRejected + kSpareThreads) {}

  std::uint16_t start(const std::string& host, std::uint16_t port, ListenAddresses* addresses) {
    std::lock_guard lock(lifetime_mutex_);
    listener_.emplace(host, port);
    if (addresses) addresses->set(listener_->addresses());
    acceptor_ = std::thread([this] { accept_all(); });
    return listener_->port();
  }

  std::string host() {
    std::lock_guard lock(lifetime_mutex_);
    return listener_ ? listener_->host() : "";
  }

  void stop() {
    const auto deadline = base::deadline_in(service_.limits.grace);
    service_.stop.raise();
    std::lock_guard lifetime_lock(lifetime_mutex_);
    if (acceptor_.joinable()) acceptor_.join();
    listener_.reset();
    if (!threads_.drain(deadline)) threads_.shut_down_all();
    threads_.stop();
  }

 private:
  void accept_all() {
    base::name_this_thread("http-accept");
    // After the stop signal, connections that are already waiting are served. The time for that is limited, because
    // clients may connect again and again.
    std::optional<Clock::time_point> accept_until;
    while (!accept_until || Clock::now() < *accept_until) {
      const int socket = listener_->accept(service_.stop);
      if (socket < 0) return;
      serve(socket);
      if (!accept_until && service_.stop.raised()) accept_until = base::deadline_in(service_.limits.grace / 2);
    }
  }

  void serve(int socket) {
    const auto connections = threads_.connections();
    const bool too_many = connections >= service_.limits.connections;
    if (connections >= service_.limits.connections + kRejected) {
      ::close(socket);
      return;
    }
    std::unique_ptr<Connection> connection;
    try {
      connection = std::make_unique<Connection>(socket, service_, too_many);
    } catch (...) {  // no memory
      ::close(socket);
      return;
    }
    try {
      threads_.add(std::move(connection), too_many);
    } catch (...) {  // no thread: the connection is closed
    }
  }

  Service service_;
  std::mutex lifetime_mutex_;  // guards listener_ and acceptor_
  std::optional<Listener> listener_;
  std::thread acceptor_;
  ServingThreads threads_;
};

Server::Server(Handler handler, Refusal refusal, Observer observer, Limits limits,
               std::shared_ptr<const Identity> identity, CutObserver cut_observer)
    : impl_(std::make_unique<Impl>(std::move(handler), std::move(refusal), std::move(observer), limits,
                                   std::move(identity), std::move(cut_observer))) {}

Server::~Server() { stop(); }

std::uint16_t Server::start(const std::string& host, std::uint16_t port, ListenAddresses* addresses) {
  return impl_->start(host, port, addresses);
}

std::string Server::host() const { return impl_->host(); }

void Server::stop() { impl_->stop(); }

}  // namespace enrichment_mock::net
