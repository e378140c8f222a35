// TLS towards receivers: whom to trust.
#pragma once
#include <memory>
#include <string>

#include "tls/session.h"

namespace enrichment_mock::callbacks {

// Immutable, shared by all sessions. Making one reads the authorities, once.
class TlsContext {
 public:
  // `ca_file`: PEM; empty for the system's authorities. Throws std::invalid_argument if it cannot be read.
  TlsContext(const std::string& ca_file, bool verify_certificate);

  // A session with `host`, a name or an address that the certificate must be made out to.
  std::unique_ptr<tls::Session> begin(const std::string& host) const;

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

}  // namespace enrichment_mock::callbacks
