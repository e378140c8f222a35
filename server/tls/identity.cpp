#include "tls/identity.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string_view>

namespace enrichment_mock::tls {
namespace {

using Fault = IdentityError::Fault;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// OpenSSL's reason for the failure just now.
std::string reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* text = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return text != nullptr ? text : "unknown reason";
}

Bio reader_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

Certificate next_certificate(BIO* from) { return {PEM_read_bio_X509(from, nullptr, nullptr, nullptr), &X509_free}; }

// In place of OpenSSL's own, which asks on the terminal.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

int select_http(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                unsigned offered_size, void*) {
  constexpr std::string_view kHttp = "\x08http/1.1";
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(kHttp.data()),
                                           kHttp.size(), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::string read(const std::string& file, Fault fault) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream.is_open() || stream.bad()) throw IdentityError(fault, "the file cannot be read");
  return text;
}

}  // namespace

Identity::Identity(const std::string& chain, const std::string& key)
    : context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
  if (!context_) throw std::runtime_error("OpenSSL gives no TLS context");
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context_.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_RELEASE_BUFFERS);  // idle connections keep none
  SSL_CTX_set_alpn_select_cb(context_.get(), select_http, nullptr);
  use_chain(chain);
  use_key(key);
}

Identity Identity::load(const std::string& chain_file, const std::string& key_file) {
  const std::string chain = read(chain_file, Fault::certificate);
  return {chain, read(key_file, Fault::key)};
}

void Identity::use_chain(const std::string& chain) {
  const Bio from = reader_of(chain);
  const Certificate own = next_certificate(from.get());
  if (!own) throw IdentityError(Fault::certificate, "no PEM certificate: " + reason());
  if (SSL_CTX_use_certificate(context_.get(), own.get()) != 1) throw IdentityError(Fault::certificate, reason());
  while (const Certificate next = next_certificate(from.get()))
    if (SSL_CTX_add1_chain_cert(context_.get(), next.get()) != 1) throw IdentityError(Fault::certificate, reason());
  ERR_clear_error();  // of the end
}

void Identity::use_key(const std::string& text) {
  bool asked = false;
  const Key key(PEM_read_bio_PrivateKey(reader_of(text).get(), nullptr, no_passphrase, &asked), &EVP_PKEY_free);
  const std::string why = key ? "" : reason();
  if (asked) throw IdentityError(Fault::key, "the key is encrypted: expected one without a passphrase");
  if (!key) throw IdentityError(Fault::key, "no PEM private key: " + why);
  if (SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1) return;
  throw IdentityError(Fault::pair, "the key does not belong to the certificate: " + reason());
}

std::string Identity::fingerprint() const {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  X509_digest(SSL_CTX_get0_certificate(context_.get()), EVP_sha256(), digest, &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    char hex[4];
    std::snprintf(hex, sizeof hex, i == 0 ? "%02X" : ":%02X", digest[i]);
    text += hex;
  }
  return text;
}

}  // namespace enrichment_mock::tls
