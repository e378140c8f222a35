// A byte stream over one socket, with or without TLS, for connections that a server accepts and for connections that a
// client makes. Each call returns by its deadline, or when one of the deadline's signals is raised. After a failed call
// error() says what went wrong. Announces waits (base::Blocking). Raises no SIGPIPE. Owns its socket. For one thread,
// except shut_down().
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
  // The result of a receive: bytes, or why there are none. If it neither timed out nor ended, it failed.
  struct Received {
    std::size_t size = 0;
    bool timed_out = false;  // nothing arrived in time
    bool ended = false;      // the peer has finished sending
  };

  // A stream that is not connected yet.
  Stream() = default;
  // A stream over an accepted socket. With an identity the peer must use TLS, see open().
  explicit Stream(int socket, std::shared_ptr<const Identity> identity = nullptr);
  // Closes the TLS session if that is possible without waiting, unless reset_on_close() was called.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Connects to the first address that accepts. Each address gets an equal share of the time that is left.
  bool connect(std::span<const base::Address> addresses, const Deadline& deadline);

  // Starts TLS as a client. The peer's certificate must be valid for `host`.
  bool secure(const TlsContext& tls, const std::string& host, const Deadline& deadline);

  // Must be called first on an accepted socket. With an identity it makes the TLS handshake as the server; the peer
  // must begin by `begins_by`, and the handshake may then take `handshake`.
  enum class Opening {
    ready,    // requests can be received
    none,     // the peer has not begun
    not_tls,  // the peer does not use TLS; the stream sends without TLS from here on
    gone,     // the peer is gone, or the handshake has failed
  };
  Opening open(const Deadline& begins_by, std::chrono::milliseconds handshake);

  // Receives what has arrived, without waiting. timed_out: nothing has.
  Received receive_available(char* to, std::size_t size);

  // True: more may have arrived than was received. False: a poll of the socket reports the next arrival.
  bool may_have_more() const { return session_ || may_have_more_; }

  // Waits for bytes. After the deadline it receives nothing, even if something has arrived.
  Received receive(char* to, std::size_t size, const Deadline& deadline);

  // Sends all bytes of both, if possible in one system call. False: the peer is gone, or is too slow.
  bool send(std::string_view bytes, const Deadline& deadline) { return send(bytes, {}, deadline); }
  bool send(std::string_view first, std::string_view second, const Deadline& deadline);

  // The same without a deadline for the whole: it fails if the peer takes nothing for `pause`.
  bool send_steadily(std::string_view first, std::string_view second, std::chrono::milliseconds pause);

  // Ends the connection: sends the end of the stream, then discards input until the peer closes. Closing a socket with
  // unread input would reset the connection, and the peer could lose what was just sent.
  void finish(const Deadline& deadline);

  // Discards input until the deadline, or until the peer closes.
  void discard_input(const Deadline& deadline);

  // Waits until the deadline, or until the peer resets the connection. A peer that has closed its socket does not end
  // the wait: until something is sent, it looks like one that has only finished sending and waits for a response.
  // Receives no input.
  void wait_while_connected(const Deadline& deadline);

  // True: the peer has closed its socket, or has only finished sending. There is no way to distinguish the two.
  bool peer_has_ended() const;

  // The destructor will reset the connection; unsent bytes are lost.
  void reset_on_close();

  // Shuts the socket down, so that every call fails soon. May be called on any thread.
  void shut_down();

  int socket() const { return socket_; }
  base::Address peer() const { return base::peer_of(socket_); }
  bool timed_out() const { return failure_ == Failure::timed_out; }
  std::string error() const;                    // of the last failed call; empty: none has failed
  CertificateFault certificate_fault() const {  // why secure() has failed, if it is because of the certificate
    return session_ ? session_->certificate_fault() : CertificateFault::none;
  }

 private:
  enum class Failure { none, timed_out, stopped, system, tls, tls_closed };

  bool connect(const base::Address& address, const Deadline& deadline);
  bool do_handshake(const Deadline& deadline);
  void close_tls();
  bool encrypt(std::string_view first, std::string_view second);
  bool flush(const Deadline& deadline);
  Received receive_encrypted(char* to, std::size_t size, const Deadline& deadline);
  Received receive_raw(char* to, std::size_t size, const Deadline& deadline);
  ssize_t receive_now(char* to, std::size_t size);
  template <class AwaitWritable>
  bool send_raw(std::string_view first, std::string_view second, AwaitWritable await_writable);
  bool send_raw(std::string_view first, std::string_view second, const Deadline& deadline);
  bool send_raw_steadily(std::string_view first, std::string_view second, std::chrono::milliseconds pause);
  bool wait(short events, const Deadline& deadline);
  bool fail(Failure failure);
  bool fail(const char* action, int code);

  int socket_ = -1;
  std::shared_ptr<const Identity> identity_;  // of the server; null: no TLS, or a client
  std::optional<TlsSession> session_;         // not set: no TLS
  bool may_have_more_ = true;
  bool resets_ = false;
  Failure failure_ = Failure::none;
  const char* failed_action_ = "";  // for Failure::system
  int failure_code_ = 0;            // its errno
};

}  // namespace enrichment_mock::net
