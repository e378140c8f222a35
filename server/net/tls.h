// TLS for a Stream: a session, and the authorities that a client trusts. For the certificate of a server see
// identity.h.
#pragma once
#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace enrichment_mock::net {

// Why a peer's certificate was refused.
enum class CertificateFault : unsigned char {
  none,
  unknown_authority,  // it is self-signed, or none of the trusted authorities has issued it
  other,              // expired, for another host …
};

// One TLS session, which only transforms bytes: its owner does the I/O on the socket, with its own deadlines. For one
// thread at a time. After a failure error() is set.
class TlsSession {
 public:
  enum class Side { client, server };
  enum class Progress { done, wants_input, failed };

  // Throws std::bad_alloc.
  TlsSession(SSL_CTX& context, Side side);

  // Requires that the peer's certificate is valid for the host, a name or an address. Sends a name as SNI, too.
  void expect(const std::string& host);

  Progress handshake();
  bool encrypt(std::string_view plain);
  ssize_t decrypt(char* to,
                  std::size_t size);  // 0: the peer has closed the session; -1: needs more input, or error() is set
  void send_close_notify();

  std::string take_outgoing();                // the bytes that must be sent to the peer now
  void add_incoming(std::string_view bytes);  // the bytes that were received from the peer

  // False: the first byte from the peer is not the beginning of a TLS record.
  bool peer_speaks_tls() const { return speaks_tls_; }
  const std::string& error() const { return error_; }
  CertificateFault certificate_fault() const { return certificate_fault_; }

 private:
  void fail();

  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  BIO* incoming_;  // both owned by ssl_
  BIO* outgoing_;
  bool speaks_tls_ = true;
  bool received_any_ = false;
  std::string error_;
  CertificateFault certificate_fault_ = CertificateFault::none;
};

class Identity;

// What a client trusts. Immutable; shared by all sessions.
class TlsContext {
 public:
  // Trusts certificate authorities. Reads them, which takes time.
  // `ca_file` is PEM; empty: the system's authorities. Throws std::invalid_argument if the file cannot be read.
  TlsContext(const std::string& ca_file, bool verify_certificate);

  // Trusts only this certificate, for every host, also if it is no longer valid.
  explicit TlsContext(std::shared_ptr<const Identity> peer);

  SSL_CTX& context() const { return *context_; }

 private:
  std::shared_ptr<const Identity> peer_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

}  // namespace enrichment_mock::net
