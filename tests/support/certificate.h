// Certificates for tests.
#pragma once
#include <string>

namespace enrichment_mock::support {

struct Certificate {
  std::string certificate;  // PEM
  std::string key;          // PEM
};

// Self-signed, valid now, for a name or an address.
Certificate make_certificate(const std::string& host);

}  // namespace enrichment_mock::support
