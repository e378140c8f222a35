#include "net/tls.h"

#include <new>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <utility>

#include "base/url.h"
#include "net/identity.h"

namespace enrichment_mock::net {

namespace {

// A session begins with a TLS record of one of these types.
constexpr char kHandshakeRecord = 22;
constexpr char kAlertRecord = 21;

using ClientContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

ClientContext make_client_context() {
  ClientContext context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (!context) throw std::runtime_error("OpenSSL cannot create a TLS context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  return context;
}

// Replaces OpenSSL's verification of the peer's certificate.
int is_certificate_of(X509_STORE_CTX* presented, void* identity) {
  const X509* expected = SSL_CTX_get0_certificate(&static_cast<const Identity*>(identity)->context());
  if (X509_cmp(X509_STORE_CTX_get0_cert(presented), expected) == 0) return 1;
  X509_STORE_CTX_set_error(presented, X509_V_ERR_CERT_REJECTED);
  return 0;
}

CertificateFault fault_of(long verdict) {
  switch (verdict) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return CertificateFault::unknown_authority;
    default:
      return CertificateFault::other;
  }
}

}  // namespace

TlsSession::TlsSession(SSL_CTX& context, Side side)
    : ssl_(SSL_new(&context), &SSL_free), incoming_(BIO_new(BIO_s_mem())), outgoing_(BIO_new(BIO_s_mem())) {
  if (!ssl_ || incoming_ == nullptr || outgoing_ == nullptr) throw std::bad_alloc();
  SSL_set_bio(ssl_.get(), incoming_, outgoing_);
  side == Side::client ? SSL_set_connect_state(ssl_.get()) : SSL_set_accept_state(ssl_.get());
}

void TlsSession::expect(const std::string& host) {
  if (base::is_ip_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str());
    return;
  }
  const std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  SSL_set_tlsext_host_name(ssl_.get(), name.c_str());
  SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  SSL_set1_host(ssl_.get(), name.c_str());
}

void TlsSession::fail() {
  const long verdict = SSL_get_verify_result(ssl_.get());
  const unsigned long code = ERR_peek_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  if (!speaks_tls_) {
    error_ = "the peer does not speak TLS";
  } else if (verdict != X509_V_OK && (SSL_get_verify_mode(ssl_.get()) & SSL_VERIFY_PEER) != 0) {
    error_ = std::string("certificate verify failed: ") + X509_verify_cert_error_string(verdict);
    certificate_fault_ = fault_of(verdict);
  } else {
    error_ = reason != nullptr ? reason : "protocol error";
  }
}

TlsSession::Progress TlsSession::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) return Progress::done;
  if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ) return Progress::wants_input;
  fail();
  return Progress::failed;
}

bool TlsSession::encrypt(std::string_view plain) {
  if (plain.empty()) return true;
  ERR_clear_error();
  std::size_t written = 0;
  // Writing to memory is never partial.
  if (SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &written) == 1) return true;
  fail();
  return false;
}

ssize_t TlsSession::decrypt(char* to, std::size_t size) {
  ERR_clear_error();
  std::size_t count = 0;
  const int result = SSL_read_ex(ssl_.get(), to, size, &count);
  if (result == 1) return static_cast<ssize_t>(count);
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    case SSL_ERROR_WANT_READ:
      return -1;
    default:
      fail();
      return -1;
  }
}

void TlsSession::send_close_notify() {
  // OpenSSL forbids a shutdown after a fatal error or within a handshake.
  if (!error_.empty() || SSL_is_init_finished(ssl_.get()) != 1) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

std::string TlsSession::take_outgoing() {
  std::string bytes(BIO_ctrl_pending(outgoing_), '\0');
  if (!bytes.empty()) BIO_read(outgoing_, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

void TlsSession::add_incoming(std::string_view bytes) {
  if (!received_any_ && !bytes.empty()) {
    received_any_ = true;
    speaks_tls_ = bytes[0] == kHandshakeRecord || bytes[0] == kAlertRecord;
  }
  BIO_write(incoming_, bytes.data(), static_cast<int>(bytes.size()));
}

TlsContext::TlsContext(const std::string& ca_file, bool verify_certificate) : context_(make_client_context()) {
  SSL_CTX_set_verify(context_.get(), verify_certificate ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context_.get());
  } else if (SSL_CTX_load_verify_locations(context_.get(), ca_file.c_str(), nullptr) != 1) {
    ERR_clear_error();
    throw std::invalid_argument("cannot read PEM certificates from " + ca_file);
  }
}

TlsContext::TlsContext(std::shared_ptr<const Identity> peer) : peer_(std::move(peer)), context_(make_client_context()) {
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context_.get(), is_certificate_of, const_cast<Identity*>(peer_.get()));
}

}  // namespace enrichment_mock::net
