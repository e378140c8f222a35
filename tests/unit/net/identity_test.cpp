#include "net/identity.h"

#include <doctest/doctest.h>
#include <memory>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "support/certificate.h"

namespace enrichment_mock::net {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate parsed(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> from(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                       &BIO_free);
  return {PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr), &X509_free};
}

void check_refused(const std::string& chain, const std::string& key, IdentityError::Fault fault,
                   const std::string& why) {
  try {
    const Identity identity(chain, key);
    FAIL("accepted");
  } catch (const IdentityError& error) {
    CHECK(error.fault == fault);
    CHECK_MESSAGE(std::string(error.what()).starts_with(why), error.what());
  }
}

TEST_CASE("unusable certificates and keys are refused, and the error says which one is wrong") {
  using Fault = IdentityError::Fault;
  const auto mine = support::make_certificate("a.example"), other = support::make_certificate("a.example");
  check_refused("", mine.key, Fault::certificate, "no PEM certificate");
  check_refused(mine.key, mine.key, Fault::certificate, "no PEM certificate");
  check_refused(mine.certificate, "", Fault::key, "no PEM private key");
  check_refused(mine.certificate, mine.certificate, Fault::key, "no PEM private key");
  check_refused(mine.certificate, other.key, Fault::pair, "the key does not belong to the certificate");
  CHECK(Identity(mine.certificate + other.certificate, mine.key).fingerprint().size() == 32 * 3 - 1);
}

TEST_CASE("an encrypted key is refused without asking for its passphrase") {
  const auto mine = support::make_certificate("a.example");
  const std::unique_ptr<BIO, decltype(&BIO_free)> plain(BIO_new_mem_buf(mine.key.data(), -1), &BIO_free),
      locked(BIO_new(BIO_s_mem()), &BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(plain.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const unsigned char passphrase[] = "secret";
  REQUIRE(PEM_write_bio_PrivateKey(locked.get(), key.get(), EVP_aes_128_cbc(), passphrase, 6, nullptr, nullptr) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(locked.get(), &data);
  check_refused(mine.certificate, {data, static_cast<std::size_t>(size)}, IdentityError::Fault::key,
                "the key is encrypted");
}

TEST_CASE("a self-signed certificate is for its names, and its authority signs it") {
  const auto made = make_self_signed({"mock.test", "127.0.0.1", "::1"});
  const auto authority = parsed(made.authority), certificate = parsed(made.certificate);
  CHECK(X509_check_host(certificate.get(), "mock.test", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(certificate.get(), "localhost", 0, 0, nullptr) == 0);
  CHECK(X509_check_ip_asc(certificate.get(), "127.0.0.1", 0) == 1);
  CHECK(X509_check_ip_asc(certificate.get(), "::1", 0) == 1);
  CHECK(X509_check_issued(authority.get(), certificate.get()) == X509_V_OK);
  CHECK(X509_verify(certificate.get(), X509_get0_pubkey(authority.get())) == 1);
  CHECK(X509_check_ca(authority.get()) == 1);
  CHECK(X509_check_ca(certificate.get()) == 0);
}

TEST_CASE("no two self-signed certificates are the same") {
  const auto one = make_self_signed({"localhost"}), two = make_self_signed({"localhost"});
  CHECK(Identity(one.certificate, one.key).fingerprint() != Identity(two.certificate, two.key).fingerprint());
  CHECK(one.authority != two.authority);
}

TEST_CASE("an invalid name is refused") {
  for (const char* name : {"", "a,DNS:b", "a b", "http://a"})
    CHECK_THROWS_WITH_AS(make_self_signed({"localhost", name}),
                         ("\"" + std::string(name) + "\" is not a host name or an address").c_str(),
                         std::invalid_argument);
}

}  // namespace
}  // namespace enrichment_mock::net
