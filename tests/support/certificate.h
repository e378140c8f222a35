// Certificates for tests.
#pragma once
#include <string>

namespace enrichment_mock::support {

struct Certificate {
  std::string certificate;  // PEM
  std::string key;          // PEM
};

// Self-signed, for a name or an address; valid now, or until an hour ago.
Certificate make_certificate(const std::string& host, bool expired = false);

}  // namespace enrichment_mock::support
