// A byte stream over one socket, bare or encrypted by TLS, in both directions: connections that a server has accepted,
// and those that a client makes. Every call returns by its deadline, or as soon as one of the deadline's signals is
// raised. After a call that failed, error() says in words what went wrong. Waits are announced (base::Blocking). Raises
// no SIGPIPE. Owns its socket. For one thread, except shut_down().
#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "base/sockets.h"
#include "base/waiting.h"
#include "net/tls.h"

namespace enrichment_mock::net {

using base::Clock;
using base::Deadline;

class Identity;

class Stream {
 public:
  // What a receive brought: bytes, or why there are none. Neither late nor ended: it failed.
  struct Received {
    std::size_t size = 0;
    bool late = false;   // nothing came in time
    bool ended = false;  // the peer sends no more
  };

  // Not connected yet.
  Stream() = default;
  // An accepted socket. With an identity its peer is expected to speak TLS: see open().
  explicit Stream(int socket, std::shared_ptr<const Identity> identity = nullptr);
  // Ends a TLS session in order if that takes no time, unless the connection is to be reset.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Connects to the first of the addresses that accepts. None of them takes longer than its share of the time left.
  bool connect(std::span<const base::Address> addresses, const Deadline& deadline);

  // Speaks TLS from here on, as a client. The certificate must be valid for `host`.
  bool secure(const TlsContext& tls, const std::string& host, const Deadline& deadline);

  // Before anything else on an accepted socket: the server's side of the TLS handshake, if there is to be one.
  enum class Opening {
    ready,    // for requests
    none,     // the peer has not begun
    not_tls,  // the peer does not speak TLS, as it is to here; what is sent goes out bare
    gone,     // the peer is gone, or agrees to nothing
  };
  Opening open(const Deadline& begins_by, std::chrono::milliseconds handshake);

  // What has arrived, without waiting; `late`: nothing yet.
  Received receive_available(char* to, std::size_t size);

  // Whether more may have arrived than was received. Otherwise a poll of the socket reports what comes next.
  bool may_have_more() const { return session_ || may_have_more_; }

  // Nothing is received once the time is over, even if it has arrived.
  Received receive(char* to, std::size_t size, const Deadline& deadline);

  // All bytes of both, in one system call where the system takes them. False: the peer is gone, or too slow.
  bool send(std::string_view bytes, const Deadline& deadline) { return send(bytes, {}, deadline); }
  bool send(std::string_view first, std::string_view second, const Deadline& deadline);

  // The same for as long as the peer takes some of it within each `pause`, however long all of it takes.
  bool send_steadily(std::string_view first, std::string_view second, std::chrono::milliseconds pause);

  // An orderly end: says that nothing follows, then reads on until the peer leaves, since closing over unread bytes
  // would reset what was just sent.
  void finish(const Deadline& deadline);

  // Sends nothing until then, or until the peer leaves. What it sends is lost.
  void idle(const Deadline& deadline);

  // Sends nothing until then, or until the peer is known to be gone: it has reset the connection. A peer that has only
  // ended its sending may still want an answer, and one that has closed its socket looks the same until it is written
  // to. What it sends stays to be received.
  void hold(const Deadline& deadline);

  // Whether the peer has closed its socket, or has only ended its sending: nothing tells them apart.
  bool peer_has_ended() const;

  // Closing resets the connection, and what was not sent yet is lost.
  void reset_on_close();

  // Ends both directions, so that every call fails soon. On any thread.
  void shut_down();

  int socket() const { return socket_; }
  bool timed_out() const { return failure_ == Failure::late; }
  std::string error() const;  // of the last call that failed; empty: none has

 private:
  enum class Failure { none, late, stopped, system, tls, tls_closed };

  bool connect(const base::Address& address, const Deadline& deadline);
  bool shake_hands(const Deadline& deadline);
  void say_goodbye();
  bool encrypt(std::string_view first, std::string_view second);
  bool flush(const Deadline& deadline);
  Received receive_encrypted(char* to, std::size_t size, const Deadline& deadline);
  Received receive_bare(char* to, std::size_t size, const Deadline& deadline);
  ssize_t receive_now(char* to, std::size_t size);
  template <class AwaitRoom>
  bool send_bare(std::string_view first, std::string_view second, AwaitRoom await_room);
  bool send_bare(std::string_view first, std::string_view second, const Deadline& deadline);
  bool send_bare_steadily(std::string_view first, std::string_view second, std::chrono::milliseconds pause);
  bool wait(short events, const Deadline& deadline);
  bool fail(Failure failure);
  bool fail(const char* action, int code);

  int socket_ = -1;
  std::shared_ptr<const Identity> identity_;  // of the server's side; null: bare
  std::optional<TlsSession> session_;         // none: bare
  bool may_have_more_ = true;
  bool resets_ = false;
  Failure failure_ = Failure::none;
  const char* failed_action_ = "";  // of a system failure
  int failure_code_ = 0;            // the same: its errno
};

}  // namespace enrichment_mock::net
