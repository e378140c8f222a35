#include "callbacks/tls.h"

#include <openssl/err.h>
#include <stdexcept>

namespace enrichment_mock::callbacks {

TlsContext::TlsContext(const std::string& ca_file, bool verify_certificate)
    : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
  if (!context_) throw std::runtime_error("OpenSSL gives no TLS context");
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context_.get(), verify_certificate ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context_.get());
  } else if (SSL_CTX_load_verify_locations(context_.get(), ca_file.c_str(), nullptr) != 1) {
    ERR_clear_error();
    throw std::invalid_argument("no PEM certificates can be read from " + ca_file);
  }
}

std::unique_ptr<tls::Session> TlsContext::begin(const std::string& host) const {
  auto session = std::make_unique<tls::Session>(*context_, tls::Session::Side::client);
  session->expect(host);
  return session;
}

}  // namespace enrichment_mock::callbacks
