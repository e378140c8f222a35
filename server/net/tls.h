// TLS for a Stream: one session of it, and what a client trusts. What a server is, is in identity.h.
#pragma once
#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace enrichment_mock::net {

// One session, as a transformation of bytes: OpenSSL never sees the socket, so that waiting, deadlines and SIGPIPE stay
// with its owner. For one thread at a time. After a failure error() is set.
class TlsSession {
 public:
  enum class Side { client, server };
  enum class Progress { done, wants_input, failed };

  // Throws std::bad_alloc.
  TlsSession(SSL_CTX& context, Side side);

  // The host, by name or by address, that the peer's certificate must be made out to; also for SNI.
  void expect(const std::string& host);

  Progress handshake();
  bool encrypt(std::string_view plain);
  ssize_t decrypt(char* to, std::size_t size);  // 0: the peer has finished; -1: wants input, or error()
  void say_goodbye();

  std::string take_outgoing();                // what is to be sent to the peer now
  void add_incoming(std::string_view bytes);  // what came from it

  // False: the first byte that came from the peer begins no TLS.
  bool peer_speaks_tls() const { return speaks_tls_; }
  const std::string& error() const { return error_; }

 private:
  void fail();

  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  BIO* incoming_;  // both owned by ssl_
  BIO* outgoing_;
  bool speaks_tls_ = true;
  bool heard_ = false;
  std::string error_;
};

// The authorities that a client trusts. Immutable, shared by all sessions. Making one reads the authorities, once.
class TlsContext {
 public:
  // `ca_file`: PEM; empty for the system's authorities. Throws std::invalid_argument if it cannot be read.
  TlsContext(const std::string& ca_file, bool verify_certificate);

  SSL_CTX& context() const { return *context_; }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

}  // namespace enrichment_mock::net
