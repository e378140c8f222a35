// One client connection of one attempt, plain TCP or TLS over it. Every call returns by the cutoff; after a failed one
// error() says in words what went wrong. Not thread-safe; closes its socket when destroyed. Raises no SIGPIPE.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "callbacks/address.h"
#include "callbacks/cutoff.h"
#include "tls/session.h"

namespace enrichment_mock::callbacks {

class TlsContext;

class Connection {
 public:
  explicit Connection(const Cutoff& cutoff);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Tries the addresses in turn, none of them for longer than its share of the time that is left.
  bool open(const std::vector<Address>& addresses);
  // Speaks TLS from here on. `host` is whom the certificate must be made out to.
  bool secure(const TlsContext& tls, const std::string& host);

  bool write(std::string_view bytes);
  ssize_t read(char* to, std::size_t size);  // 0: the peer has finished; -1: failed

  int fd() const { return fd_; }
  bool timed_out() const { return timed_out_; }
  const std::string& error() const { return error_; }

 private:
  bool open(const Address& address, const Cutoff& share);
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
  std::unique_ptr<tls::Session> tls_;
};

}  // namespace enrichment_mock::callbacks
