#include "cli/static_program.h"

#ifdef ENRICHMENT_MOCK_STATIC
#include <cstdlib>
#include <nss.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <unistd.h>
#endif

namespace enrichment_mock::cli {

#ifdef ENRICHMENT_MOCK_STATIC

namespace {

// Before the constructors of static objects, because cpp-httplib has one that initializes OpenSSL.
[[gnu::constructor(101)]] void ignore_openssl_configuration() {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
}

bool can_read(const char* path) { return ::access(path, R_OK) == 0; }

bool is_set(const char* variable) { return std::getenv(variable) != nullptr; }

// OpenSSL looks where the distribution that compiled it has the certificates.
void find_certificates() {
  if (is_set(X509_get_default_cert_file_env()) || is_set(X509_get_default_cert_dir_env())) return;
  if (can_read(X509_get_default_cert_file()) || can_read(X509_get_default_cert_dir())) return;
  constexpr const char* kFiles[] = {
      "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Arch, Gentoo
      "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora and its relatives
      "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // the same, where the first is no longer there
      "/etc/ssl/ca-bundle.pem",                             // SUSE
      "/etc/ssl/cert.pem",                                  // Alpine
  };
  for (const char* file : kFiles) {
    if (!can_read(file)) continue;
    ::setenv(X509_get_default_cert_file_env(), file, 1);
    return;
  }
}

}  // namespace

void prepare_static_program() {
  // Both are in the C library itself, so it loads nothing.
  ::__nss_configure_lookup("hosts", "files dns");
  find_certificates();
}

#else

void prepare_static_program() {}

#endif

}  // namespace enrichment_mock::cli
