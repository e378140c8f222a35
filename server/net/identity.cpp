#include "net/identity.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <string_view>
#include <unistd.h>

#include "base/text.h"
#include "base/url.h"

namespace enrichment_mock::net {

namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

constexpr long kDay = 24 * 60 * 60;
constexpr long kYear = 365 * kDay;

// OpenSSL's reason for the last failure.
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

// Replaces OpenSSL's callback, which asks on the terminal.
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

std::string read(const std::string& file, IdentityError::Fault fault) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream.is_open() || stream.bad()) throw IdentityError(fault, "the file cannot be read");
  return text;
}

// The parts of a self-signed certificate.

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot make a certificate");
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  require(key != nullptr);
  return key;
}

// A subject alternative name: "IP:127.0.0.1", "DNS:localhost".
std::string alternative_name(const std::string& name) {
  constexpr base::CharacterSet kName = base::kLettersAndDigits.with("-._*");
  if (base::is_ip_address(name)) return "IP:" + name;
  if (name.empty() || !kName.has_all(name))
    throw std::invalid_argument("\"" + name + "\" is not a host name or an address");
  return "DNS:" + name;
}

// Each certificate needs its own number: browsers refuse two certificates of one issuer with the same number.
void set_random_serial(X509* certificate) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_new(), &BN_free);
  require(number && BN_rand(number.get(), 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1);
  require(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

Certificate make_certificate(const Key& key, std::string_view name) {
  Certificate certificate(X509_new(), &X509_free);
  require(certificate != nullptr);
  X509_set_version(certificate.get(), X509_VERSION_3);
  set_random_serial(certificate.get());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kYear);
  X509_set_pubkey(certificate.get(), key.get());
  require(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()),
                                     -1, 0) == 1);
  return certificate;
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), &X509_EXTENSION_free);
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void sign(X509* certificate, X509* issuer, const Key& key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  require(X509_sign(certificate, key.get(), EVP_sha256()) > 0);
}

Certificate make_authority(const Key& key) {
  auto authority = make_certificate(key, "enrichment-mock's own authority");
  X509* const own = authority.get();
  add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(own, own, NID_subject_key_identifier, "hash");
  sign(own, own, key);
  return authority;
}

Certificate make_leaf(const Key& key, X509* authority, const Key& authority_key,
                      const std::vector<std::string>& names) {
  std::string alternatives;
  for (const auto& name : names) alternatives += (alternatives.empty() ? "" : ",") + alternative_name(name);
  auto certificate = make_certificate(key, "enrichment-mock");
  add_extension(certificate.get(), authority, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), authority, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), authority, NID_ext_key_usage, "serverAuth");
  add_extension(certificate.get(), authority, NID_subject_key_identifier, "hash");
  add_extension(certificate.get(), authority, NID_authority_key_identifier, "keyid:always");
  add_extension(certificate.get(), authority, NID_subject_alt_name, alternatives);
  sign(certificate.get(), authority, authority_key);
  return certificate;
}

template <typename Write>
std::string as_pem(Write write) {
  const Bio text(BIO_new(BIO_s_mem()), &BIO_free);
  require(text && write(text.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  return as_pem([&](BIO* to) { return PEM_write_bio_X509(to, certificate); });
}

}  // namespace

Identity::Identity(const std::string& chain, const std::string& key)
    : context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
  if (!context_) throw std::runtime_error("OpenSSL cannot create a TLS context");
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context_.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_RELEASE_BUFFERS);  // idle connections need no buffers
  SSL_CTX_set_alpn_select_cb(context_.get(), select_http, nullptr);
  use_chain(chain);
  use_key(key);
}

Identity Identity::load(const std::string& chain_file, const std::string& key_file) {
  const std::string chain = read(chain_file, IdentityError::Fault::certificate);
  return {chain, read(key_file, IdentityError::Fault::key)};
}

void Identity::use_chain(const std::string& chain) {
  const Bio from = reader_of(chain);
  const Certificate own = next_certificate(from.get());
  if (!own) throw IdentityError(IdentityError::Fault::certificate, "no PEM certificate: " + reason());
  if (SSL_CTX_use_certificate(context_.get(), own.get()) != 1)
    throw IdentityError(IdentityError::Fault::certificate, reason());
  while (const Certificate next = next_certificate(from.get()))
    if (SSL_CTX_add1_chain_cert(context_.get(), next.get()) != 1)
      throw IdentityError(IdentityError::Fault::certificate, reason());
  ERR_clear_error();  // at the end of the text reading fails
}

void Identity::use_key(const std::string& text) {
  bool asked = false;
  const Key key(PEM_read_bio_PrivateKey(reader_of(text).get(), nullptr, no_passphrase, &asked), &EVP_PKEY_free);
  const std::string why = key ? "" : reason();
  if (asked)
    throw IdentityError(IdentityError::Fault::key, "the key is encrypted: expected a key without a passphrase");
  if (!key) throw IdentityError(IdentityError::Fault::key, "no PEM private key: " + why);
  if (SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1) return;
  throw IdentityError(IdentityError::Fault::pair, "the key does not belong to the certificate: " + reason());
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

std::vector<std::string> names_of_this_machine() {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  char own[256] = "";
  if (::gethostname(own, sizeof own - 1) != 0) return names;
  constexpr base::CharacterSet kName = base::kLettersAndDigits.with("-.");
  const std::string name = own;
  if (!name.empty() && kName.has_all(name) && std::ranges::find(names, name) == names.end()) names.push_back(name);
  return names;
}

SelfSigned make_self_signed(const std::vector<std::string>& names) {
  const Key authority_key = make_key(), key = make_key();
  const Certificate authority = make_authority(authority_key);
  const Certificate certificate = make_leaf(key, authority.get(), authority_key, names);
  return {.authority = pem_of(authority.get()),
          .certificate = pem_of(certificate.get()),
          .key = as_pem(
              [&](BIO* to) { return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
}

}  // namespace enrichment_mock::net
