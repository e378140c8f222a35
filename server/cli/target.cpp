#include "cli/target.h"

namespace enrichment_mock::cli {

std::string local_url(bool tls, const std::string& host, std::uint16_t port) {
  const std::string near = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host;
  const bool v6 = near.find(':') != std::string::npos;
  return (tls ? "https://" : "http://") + (v6 ? "[" + near + "]" : near) + ":" + std::to_string(port);
}

std::unique_ptr<httplib::Client> client_of(const Target& target, time_t timeout_seconds) {
  auto client = std::make_unique<httplib::Client>(target.url);
  client->set_connection_timeout(timeout_seconds);
  client->set_read_timeout(timeout_seconds);
  client->set_write_timeout(timeout_seconds);
  if (!target.ca_file.empty()) client->set_ca_cert_path(target.ca_file);
  client->enable_server_certificate_verification(!target.any_certificate);
  return client;
}

std::string no_answer(const Target& target, httplib::Error error) {
  switch (error) {
    case httplib::Error::SSLServerVerification:
    case httplib::Error::SSLLoadingCerts:
      return target.url + " has a certificate that is not trusted; see --tls-ca-file and --tls-insecure";
    case httplib::Error::SSLConnection:
      return target.url + " does not speak TLS, or none that is understood";
    default:
      return target.url + " does not answer; is the mock running there?";
  }
}

}  // namespace enrichment_mock::cli
