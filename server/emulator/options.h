// An emulator's options: what they may be, and who they make it over TLS.
#pragma once
#include <memory>
#include <string>

#include "enrichment_mock/emulator.h"
#include "net/identity.h"

namespace enrichment_mock {

// Throws StartError for a value that no emulator can have, as far as it shows before the start.
void check(const Options& options);

struct ServerIdentity {
  std::shared_ptr<const net::Identity> own;  // null: no TLS
  std::string authority;                     // PEM, of a certificate that was made here; else empty
};

// Throws StartError.
ServerIdentity identity_of(const Options& options);

}  // namespace enrichment_mock
