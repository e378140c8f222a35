// The program over https.
#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>

#include "enrichment_mock/emulator.h"
#include "support/api_client.h"
#include "support/certificate.h"
#include "support/control_client.h"
#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;

namespace {

std::string url_of(std::uint16_t port) { return "https://localhost:" + std::to_string(port); }

int health(std::uint16_t port, const std::string& ca_file) {
  return status_of(url_of(port), "/__admin/health", "", ca_file);
}

int request(std::uint16_t port, const std::string& ca_file) {
  return ApiClient(url_of(port), "k", ca_file)
      .post_text(R"({"linkedin_url":"https://www.linkedin.com/in/ada","type":"work"})")
      .status;
}

}  // namespace

TEST_CASE("program: with --tls-self-signed it prints an https URL, and how to trust it") {
  const TemporaryDirectory directory;
  const std::string ca = directory.path("ca.pem");
  RunningMock mock({"--tls-self-signed", "--tls-ca-file", ca});
  CHECK(mock.url == "https://127.0.0.1:" + std::to_string(mock.port));
  CHECK(health(mock.port, ca) == 200);
  const std::string url = "https://localhost:" + std::to_string(mock.port);

  CHECK(run({"healthcheck", "--url", url, "--tls-ca-file", ca}).output == url + " is healthy\n");
  CHECK(run({"healthcheck", "--url", url, "--tls-insecure"}).status == 0);
  const auto distrusted = run({"healthcheck", "--url", url});
  CHECK(distrusted.status == 1);
  CHECK(distrusted.errors ==
        "enrichment-mock: " + url + " has a certificate that is not trusted; see --tls-ca-file and --tls-insecure\n");
  // As in the same container: with the same variables.
  CHECK(run({"healthcheck"},
            {{"ENRICHMENT_MOCK_PORT", std::to_string(mock.port)}, {"ENRICHMENT_MOCK_TLS_SELF_SIGNED", "true"}})
            .output == mock.url + " is healthy\n");
  CHECK(request(mock.port, ca) == 201);
  CHECK(run({"verify", "--url", url, "--tls-ca-file", ca, "--key", "k"}).output == "as expected\n");

  mock.process.await_error("TLS certificate, SHA-256 ");
  mock.process.await_error("clients can trust the authority in " + ca);
  mock.process.signal(SIGTERM);
  CHECK(mock.process.wait().status == 0);
}

TEST_CASE("program: callbacks reach the sink, as in a container: on all addresses, with TLS and a token") {
  const TemporaryDirectory directory;
  const std::string ca = directory.path("ca.pem");
  RunningMock mock({"--host", "0.0.0.0", "--tls-self-signed", "--tls-ca-file", ca, "--admin-token", "t",
                    "--callback-allow", "app.example", "--clock", "manual"});
  ControlClient client(url_of(mock.port), "k", ca);
  for (const std::string host : {"127.0.0.1", "localhost", "0.0.0.0"})
    client.submit("jane", {{"callback_url", "https://" + host + ":" + std::to_string(mock.port) + "/__admin/sink/x"}});
  const Headers token = {{"Authorization", "Bearer t"}};
  CHECK(client.control("POST", "settle", "", token).status == 200);
  CHECK(client.control("GET", "sink/x", "", token).body()["received"].size() == 3);
}

TEST_CASE("program: with a given certificate and key") {
  const TemporaryDirectory directory;
  const auto made = make_certificate("localhost");
  const std::string cert = directory.write("c.pem", made.certificate), key = directory.write("k.pem", made.key);
  RunningMock mock({"--tls-cert", cert, "--tls-key", key});
  CHECK(health(mock.port, cert) == 200);
  CHECK(run({"healthcheck", "--port", std::to_string(mock.port), "--tls-cert", cert}).status == 0);
}

TEST_CASE("program: errors in certificate, key or names are named, with exit status 2") {
  const TemporaryDirectory directory;
  const auto mine = make_certificate("localhost"), other = make_certificate("localhost");
  const std::string cert = directory.write("c.pem", mine.certificate), key = directory.write("k.pem", other.key),
                    text = directory.write("t.pem", "hello");
  struct Case {
    std::vector<std::string> args;
    std::string said;
  };
  const Case cases[] = {
      {{"--tls-cert", cert}, "--tls-cert: --tls-key is missing"},
      {{"--tls-key", key}, "--tls-key: --tls-cert is missing"},
      {{"--tls-cert", cert, "--tls-key", key}, "--tls-key: " + key + " is not valid: the key does not belong to"},
      {{"--tls-cert", text, "--tls-key", key}, "--tls-cert: " + text + " is not valid: no PEM certificate"},
      {{"--tls-cert", cert, "--tls-key", text}, "--tls-key: " + text + " is not valid: no PEM private key"},
      {{"--tls-cert", "/nowhere", "--tls-key", key}, "--tls-cert: /nowhere is not valid: the file cannot be read"},
      {{"--tls-cert", cert, "--tls-key", "/nowhere"}, "--tls-key: /nowhere is not valid: the file cannot be read"},
      {{"--tls-self-signed", "--tls-cert", cert}, "--tls-cert: cannot be used with --tls-self-signed"},
      {{"--tls-names", "mock"}, "--tls-names: --tls-self-signed is missing"},
      {{"--tls-ca-file", "ca.pem"}, "--tls-ca-file: --tls-self-signed is missing"},
  };
  for (const Case& each : cases) {
    const auto ended = run(each.args);
    CHECK(ended.status == 2);
    CHECK_MESSAGE(ended.errors.starts_with("enrichment-mock: " + each.said), ended.errors);
  }
  const auto ended = run({"--port", "0", "--tls-self-signed", "--tls-ca-file", "/nowhere/ca.pem"});
  CHECK(ended.status == 1);
  CHECK_MESSAGE(ended.errors.find("choose another file with --tls-ca-file") != std::string::npos, ended.errors);
}

TEST_CASE("library: an emulator over https returns its authority, and has the names of its options") {
  Emulator emulator({.tls_self_signed = true, .tls_names = {"127.0.0.1"}});
  const TemporaryDirectory directory;
  const auto ca = directory.write("ca.pem", emulator.tls_authority());
  CHECK(emulator.url() == "https://127.0.0.1:" + std::to_string(emulator.port()));
  CHECK(emulator.tls_fingerprint().size() == 32 * 3 - 1);
  CHECK(status_of(emulator.url(), "/__admin/health", "", ca) == 200);
  CHECK(health(emulator.port(), ca) == 0);  // as localhost, a name that the certificate does not have

  const Emulator plain;
  CHECK(plain.tls_authority().empty());
  CHECK(plain.tls_fingerprint().empty());
}
