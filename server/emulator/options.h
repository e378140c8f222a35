// Validation of an emulator's options, and its TLS identity.
#pragma once
#include <memory>
#include <string>

#include "enrichment_mock/emulator.h"
#include "net/identity.h"

namespace enrichment_mock {

// Throws StartError for invalid values that can be detected before the start.
void check(const Options& options);

struct ServerIdentity {
  std::shared_ptr<const net::Identity> own;  // null: no TLS
  std::string authority;                     // PEM, if the certificate was generated; else empty
};

// Throws StartError.
ServerIdentity identity_of(const Options& options);

}  // namespace enrichment_mock
