// A real receiver of callbacks, in process, on a free port of 127.0.0.1: it records requests and handles each
// connection as its script says, with or without errors. Everything that waits ends when the receiver is destroyed.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace enrichment_mock::support {

struct ReceivedRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  // as sent
  std::string body;

  // The value of the first header of exactly that name; "" if there is none.
  std::string header(std::string_view name) const;
};

// One accepted connection, as a script sees it. Not thread-safe.
class Peer {
 public:
  // Reads one whole request, once; nothing if the client left before its end. The receiver records it.
  std::optional<ReceivedRequest> read_request();
  bool send(std::string_view bytes);
  void send_slowly(std::string_view bytes);  // a byte every few milliseconds; the last one is repeated
  void hang();                               // until the client leaves
  void hang_unread();                        // the same, without reading, until the receiver is destroyed
  void reset();                              // a TCP reset

 private:
  friend class Receiver;
  Peer(class Receiver& owner, int fd) : owner_(owner), fd_(fd) {}
  long receive(char* to, std::size_t size);
  bool wait(short events, int milliseconds);

  class Receiver& owner_;
  int fd_;
  ssl_st* ssl_ = nullptr;
};

class Receiver {
 public:
  // What to do with a connection; it is closed when the script returns. Called on one thread per connection.
  using Script = std::function<void(Peer&)>;

  explicit Receiver(Script script);
  // The same over TLS, with this certificate and key in PEM.
  Receiver(Script script, const std::string& certificate, const std::string& key);
  ~Receiver();

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view target = "/hook", std::string_view host = "127.0.0.1") const;

  // All wait with a generous limit; false if it has passed.
  bool wait_for_requests(std::size_t count);
  bool wait_for_connections(std::size_t count);

  std::vector<ReceivedRequest> requests() const;
  std::size_t connections() const;  // accepted so far
  std::size_t open() const;         // with a script that is still running

 private:
  friend class Peer;
  void start();
  void accept_all();
  void serve(int fd);
  bool stopping(int milliseconds) const;
  template <typename Condition>
  bool wait_until(Condition condition);

  Script script_;
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> tls_;
  int listener_ = -1;
  int stop_pipe_[2] = {-1, -1};
  std::uint16_t port_ = 0;
  std::thread acceptor_;

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::vector<std::thread> threads_;
  std::vector<ReceivedRequest> requests_;
  std::size_t connections_ = 0;
  std::size_t open_ = 0;
};

// Common scripts. All except `sends` read the request first.
Receiver::Script answers(int status, std::string body = "", std::string headers = "");
Receiver::Script answers_bytes(std::string bytes);  // and closes
Receiver::Script drips(std::string bytes);          // and never comes to an end
Receiver::Script hangs();
Receiver::Script sends(std::string bytes);  // without reading

}  // namespace enrichment_mock::support
