#include "emulator/identity.h"

#include "tls/self_signed.h"

namespace enrichment_mock {

namespace {

std::shared_ptr<const tls::Identity> load(const Options& options) {
  try {
    return std::make_shared<const tls::Identity>(tls::Identity::load(options.tls_cert, options.tls_key));
  } catch (const tls::IdentityError& error) {
    const bool in_certificate = error.fault == tls::IdentityError::Fault::certificate;
    throw StartError((in_certificate ? "tls_cert " + options.tls_cert : "tls_key " + options.tls_key) + ": " +
                     error.what());
  }
}

ServerIdentity make(const Options& options) {
  try {
    const auto made =
        tls::make_self_signed(options.tls_names.empty() ? tls::names_of_this_machine() : options.tls_names);
    return {std::make_shared<const tls::Identity>(made.certificate, made.key), made.authority};
  } catch (const std::invalid_argument& error) {
    throw StartError("tls_names: " + std::string(error.what()));
  }
}

}  // namespace

ServerIdentity identity_of(const Options& options) {
  const bool from_files = !options.tls_cert.empty() || !options.tls_key.empty();
  if (from_files && options.tls_self_signed)
    throw StartError("tls_self_signed: there is a tls_cert or tls_key already");
  if (from_files && options.tls_key.empty()) throw StartError("tls_key is missing beside tls_cert");
  if (from_files && options.tls_cert.empty()) throw StartError("tls_cert is missing beside tls_key");
  if (!options.tls_names.empty() && !options.tls_self_signed)
    throw StartError("tls_names are for tls_self_signed, which is not set");
  if (from_files) return {load(options), ""};
  return options.tls_self_signed ? make(options) : ServerIdentity{};
}

}  // namespace enrichment_mock
