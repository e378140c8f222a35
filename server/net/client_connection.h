// One client connection of one attempt, plain TCP or TLS over it. Every call returns by the cutoff; after a failed one
// error() says in words what went wrong. Not thread-safe; closes its socket when destroyed. Raises no SIGPIPE.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "base/sockets.h"
#include "base/waiting.h"
#include "net/tls.h"

namespace enrichment_mock::net {

using base::Clock;

// The end of an attempt's patience: its deadline, the sender's stop, or its own cut, whichever is first.
struct Cutoff {
  Clock::time_point deadline;
  int stop_fd = -1;  // becomes readable when all waiting has to end; not owned
  int cut_fd = -1;   // the same for this attempt alone
};

enum class Wait { ready, timed_out, stopped };

// Waits until `fd` has one of poll's `events`, or an error to be read off it.
Wait wait_for(int fd, short events, const Cutoff& cutoff);

class ClientConnection {
 public:
  explicit ClientConnection(const Cutoff& cutoff);
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  // Tries the addresses in turn, none of them for longer than its share of the time that is left.
  bool open(const std::vector<base::Address>& addresses);
  // Speaks TLS from here on. `host` is whom the certificate must be made out to.
  bool secure(const TlsContext& tls, const std::string& host);

  bool write(std::string_view bytes);
  ssize_t read(char* to, std::size_t size);  // 0: the peer has finished; -1: failed

  int fd() const { return fd_; }
  bool timed_out() const { return timed_out_; }
  const std::string& error() const { return error_; }

 private:
  bool open(const base::Address& address, const Cutoff& share);
  bool await(short events, const Cutoff& cutoff);
  bool handshake();
  bool flush_tls();
  ssize_t feed_tls();
  bool write_raw(const char* bytes, std::size_t size);
  ssize_t read_raw(char* to, std::size_t size);
  bool fail(std::string_view what, int code);

  Cutoff cutoff_;
  int fd_ = -1;
  bool timed_out_ = false;
  std::string error_;
  std::unique_ptr<Session> tls_;
};

}  // namespace enrichment_mock::net
