// From options to who the emulator is over TLS.
#pragma once
#include <memory>
#include <string>

#include "enrichment_mock/emulator.h"
#include "tls/identity.h"

namespace enrichment_mock {

struct ServerIdentity {
  std::shared_ptr<const tls::Identity> own;  // null: no TLS
  std::string authority;                     // PEM, of a certificate that was made here; else empty
};

// Throws StartError.
ServerIdentity identity_of(const Options& options);

}  // namespace enrichment_mock
