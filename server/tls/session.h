// One TLS session, as a transformation of bytes: OpenSSL never sees the socket, so that waiting, deadlines and SIGPIPE
// stay with whoever owns it. For one thread at a time. After a failure error() is set.
#pragma once
#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace enrichment_mock::tls {

class Session {
 public:
  enum class Side { client, server };
  enum class Progress { done, wants_input, failed };

  // Throws std::bad_alloc.
  Session(SSL_CTX& context, Side side);

  // For SNI and for the check of the peer's certificate: whom a client means, by name or by address.
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

}  // namespace enrichment_mock::tls
