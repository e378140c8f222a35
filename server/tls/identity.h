// Who a server is over TLS: its certificate with its chain, and the key. Immutable, shared by all sessions;
// thread-safe. TLS 1.2 and later; with ALPN, HTTP/1.1 and nothing else.
#pragma once
#include <memory>
#include <openssl/ssl.h>
#include <stdexcept>
#include <string>

namespace enrichment_mock::tls {

// Certificate or key are of no use: what() says why, `fault` which.
struct IdentityError : std::invalid_argument {
  enum class Fault { certificate, key, pair };
  IdentityError(Fault which, const std::string& what) : std::invalid_argument(what), fault(which) {}
  Fault fault;
};

class Identity {
 public:
  // PEM: the server's certificate, then those that lead to its authority; the key, without a passphrase. Throws
  // IdentityError.
  Identity(const std::string& chain, const std::string& key);

  // The same from files.
  static Identity load(const std::string& chain_file, const std::string& key_file);

  // SHA-256 of the certificate, "9F:86:…", as `openssl x509 -fingerprint -sha256` prints it.
  std::string fingerprint() const;

  SSL_CTX& context() const { return *context_; }

 private:
  void use_chain(const std::string& chain);
  void use_key(const std::string& key);

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

}  // namespace enrichment_mock::tls
