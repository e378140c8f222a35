#include "net/server.h"

#include <mutex>
#include <optional>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "net/connection.h"
#include "net/listener.h"
#include "net/serving_threads.h"
#include "net/tls_wire.h"

namespace enrichment_mock::net {
namespace {

// So many connections past the limit are told so; more are just closed.
constexpr std::size_t kTurnedAway = 64;

// Threads beyond those that a blocked handler each would take.
constexpr std::size_t kSpare = 2;

}  // namespace

// A connection as the threads know it.
class Server::Client final : public Guest {
 public:
  Client(int socket, std::unique_ptr<Wire> wire, Service& service, bool crowded)
      : socket_(socket), wire_(std::move(wire)), connection_(*wire_, service), crowded_(crowded) {}
  ~Client() override { ::close(socket_); }

  int socket() const override { return socket_; }

  bool serve(Call call) noexcept override {
    try {
      if (!crowded_) return connection_.serve(call);
      connection_.turn_away({503, "there are too many connections"});
    } catch (...) {
      // Out of memory, or an observer that threw: this connection ends, the server does not.
    }
    return false;
  }

 private:
  const int socket_;
  const std::unique_ptr<Wire> wire_;
  Connection connection_;
  const bool crowded_;
};

class Server::Impl {
 public:
  Impl(Handler handler, Refusal refusal, Observer observer, Limits limits, std::shared_ptr<const Identity> identity)
      : service_{std::move(handler), std::move(refusal), std::move(observer), limits},
        identity_(std::move(identity)),
        threads_(limits.idle, limits.connections + kTurnedAway + kSpare) {}

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
    if (!threads_.drain(deadline)) threads_.for_each([](Guest& guest) { ::shutdown(guest.socket(), SHUT_RDWR); });
    threads_.stop();
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

  void begin(int socket) {
    const auto guests = threads_.guests();
    const bool crowded = guests >= service_.limits.connections;
    if (guests >= service_.limits.connections + kTurnedAway) {
      ::close(socket);
      return;
    }
    std::unique_ptr<Client> client;
    try {
      client = std::make_unique<Client>(socket, wire_for(socket), service_, crowded);
    } catch (...) {  // no memory
      ::close(socket);
      return;
    }
    try {
      threads_.add(std::move(client), crowded);
    } catch (...) {  // no thread to be had: the connection is closed
    }
  }

  std::unique_ptr<Wire> wire_for(int socket) {
    if (identity_) return std::make_unique<TlsWire>(socket, service_.stop, identity_);
    return std::make_unique<Wire>(socket, service_.stop);
  }

  Service service_;
  const std::shared_ptr<const Identity> identity_;  // null: no TLS
  std::mutex lifetime_mutex_;                       // guards listener_ and acceptor_
  std::optional<Listener> listener_;
  std::thread acceptor_;
  ServingThreads threads_;
};

Server::Server(Handler handler, Refusal refusal, Observer observer, Limits limits,
               std::shared_ptr<const Identity> identity)
    : impl_(std::make_unique<Impl>(std::move(handler), std::move(refusal), std::move(observer), limits,
                                   std::move(identity))) {}

Server::~Server() { stop(); }

std::uint16_t Server::start(const std::string& host, std::uint16_t port) { return impl_->start(host, port); }

void Server::stop() { impl_->stop(); }

}  // namespace enrichment_mock::net
