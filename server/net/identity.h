// What a server shows of itself over TLS, from files or made here.
#pragma once
#include <memory>
#include <openssl/ssl.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace enrichment_mock::net {

// Certificate or key are of no use: what() says why, `fault` which.
struct IdentityError : std::invalid_argument {
  enum class Fault { certificate, key, pair };
  IdentityError(Fault which, const std::string& what) : std::invalid_argument(what), fault(which) {}
  Fault fault;
};

// A certificate with its chain, and the key. Immutable, shared by all sessions; thread-safe. TLS 1.2 and later; with
// ALPN, HTTP/1.1 and nothing else.
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

// A certificate that is signed by an authority of its own, whose key is thrown away at once.
struct SelfSigned {
  std::string authority;    // PEM: for clients to trust
  std::string certificate;  // PEM
  std::string key;          // PEM
};

// localhost, its addresses, and what this machine is called.
std::vector<std::string> names_of_this_machine();

// Made out to host names and addresses, at least one; valid for a year, and since yesterday, for clocks differ. Throws
// std::invalid_argument, which names what is neither.
SelfSigned make_self_signed(const std::vector<std::string>& names);

}  // namespace enrichment_mock::net
