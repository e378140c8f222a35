// The certificate and private key of a TLS server, from files or self-signed.
#pragma once
#include <memory>
#include <openssl/ssl.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace enrichment_mock::net {

// The certificate or the key cannot be used. what() says why, `fault` says which of them is wrong.
struct IdentityError : std::invalid_argument {
  enum class Fault { certificate, key, pair };
  IdentityError(Fault which, const std::string& what) : std::invalid_argument(what), fault(which) {}
  Fault fault;
};

// A certificate with its chain, and its key. Immutable and thread-safe; shared by all sessions. Accepts TLS 1.2 and
// later, and with ALPN only HTTP/1.1.
class Identity {
 public:
  // Both are PEM. `chain`: the server's certificate, then the intermediate ones. `key`: the private key, without a
  // passphrase. Throws IdentityError.
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

// A certificate, signed by an authority that exists for it only. The authority's key is not kept.
struct SelfSigned {
  std::string authority;    // PEM: for clients to trust
  std::string certificate;  // PEM
  std::string key;          // PEM
};

// localhost, its addresses, and this machine's host name.
std::vector<std::string> names_of_this_machine();

// The certificate is valid for `names`, which are host names and addresses, at least one. It is valid for a year, from
// yesterday on, because clocks differ. Throws std::invalid_argument, which names an invalid entry.
SelfSigned make_self_signed(const std::vector<std::string>& names);

}  // namespace enrichment_mock::net
