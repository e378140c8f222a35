// The commands that call a running mock: healthcheck, verify.
#include <filesystem>
#include <fstream>
#include <httplib.h>
#include <iostream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/process.h"
#include "json/reader.h"

namespace enrichment_mock::cli {
namespace {

constexpr time_t kHealthcheckTimeout = 2, kVerifyTimeout = 10;  // seconds

std::unique_ptr<httplib::Client> client_of(const Target& target, time_t timeout_seconds) {
  auto client = std::make_unique<httplib::Client>(target.url);
  client->set_connection_timeout(timeout_seconds);
  client->set_read_timeout(timeout_seconds);
  client->set_write_timeout(timeout_seconds);
  if (!target.ca_file.empty()) client->set_ca_cert_path(target.ca_file);
  client->enable_server_certificate_verification(!target.any_certificate);
  return client;
}

// Why there is no response: "http://127.0.0.1:8080 does not answer; is the mock running there?"
std::string connection_problem(const Target& target, httplib::Error error) {
  switch (error) {
    case httplib::Error::SSLServerVerification:
    case httplib::Error::SSLLoadingCerts:
      return target.url + " has a certificate that is not trusted; see --tls-ca-file and --tls-insecure";
    case httplib::Error::SSLConnection:
      return target.url + " does not speak TLS, or no supported version of it";
    default:
      return target.url + " does not answer; is the mock running there?";
  }
}

std::string read_expectations(const std::string& file) {
  if (file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    throw std::runtime_error("--expect: " + file + " is a directory, not a file");
  std::ifstream stream(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream.is_open() || stream.bad()) throw std::runtime_error("--expect: cannot read " + file);
  if (text.starts_with("\xEF\xBB\xBF"))
    throw std::runtime_error("--expect: " + file + " begins with a byte order mark; expected UTF-8 without one");
  return text;
}

httplib::Result call_verify(const Settings& settings) {
  const auto client = client_of(settings.mock, kVerifyTimeout);
  httplib::Headers headers{{"x-api-key", settings.key}};
  if (!settings.emulator.admin_token.empty())
    headers.emplace("Authorization", "Bearer " + settings.emulator.admin_token);
  if (settings.expectations.empty()) return client->Get("/__admin/verify", headers);
  return client->Post("/__admin/verify", headers, read_expectations(settings.expectations), "application/json");
}

std::optional<std::string> text_member(const json_text::Value& json, std::string_view name) {
  const auto member = json.member(name);
  return member && member->is_string() ? std::optional(std::string(member->text())) : std::nullopt;
}

// Nothing: this is not the response of a mock.
std::optional<std::string> failure_text(const json_text::Value& failure) {
  const auto message = text_member(failure, "message");
  if (!message) return std::nullopt;
  std::string text = "failed: ";
  if (const auto number = failure.member("expectation")) text += "expectation " + compact(*number) + ": ";
  text += base::printable(*message) + "\n";
  const auto nearest = failure.member("nearest");
  if (nearest && nearest->kind() != json_text::Kind::null)
    text += "  nearest: " + base::printable(compact(*nearest)) + "\n";
  return text;
}

// Another server or a proxy may listen on that port.
std::runtime_error not_a_mock(const Settings& settings, int status) {
  return std::runtime_error(settings.mock.url + " answers with status " + std::to_string(status) +
                            ", but not like enrichment-mock; is another server running there?");
}

std::string failures_text(const Settings& settings, const json_text::Value& body) {
  std::string text;
  if (const auto failures = body.member("failures"))
    for (const auto failure : failures->children()) text += failure_text(failure).value_or("");
  if (text.empty()) throw not_a_mock(settings, 422);
  return text;
}

// {"status":"ok","version":"0.1.0",…}
bool is_health_response(const std::string& text) {
  json_text::Document document(text);
  if (!document.read(json_text::Syntax::strict)) return false;
  return text_member(document.root(), "status") == "ok" && text_member(document.root(), "version").has_value();
}

}  // namespace

int healthcheck(const Settings& settings) {
  const Target& mock = settings.mock;
  const auto answer = client_of(mock, kHealthcheckTimeout)->Get("/__admin/health");
  if (answer && answer->status == 200) {
    if (!is_health_response(answer->body)) throw not_a_mock(settings, 200);
    print(mock.url + " is healthy\n");
    return 0;
  }
  print_error("enrichment-mock: " +
              (answer ? mock.url + " is not healthy: it answers with status " + std::to_string(answer->status)
                      : connection_problem(mock, answer.error())) +
              "\n");
  return 1;
}

int verify(const Settings& settings) {
  const auto answer = call_verify(settings);
  if (!answer) throw std::runtime_error(connection_problem(settings.mock, answer.error()));
  json_text::Document document(answer->body);
  if (!document.read(json_text::Syntax::strict, json_text::kMaxWrittenDepth))
    throw not_a_mock(settings, answer->status);
  const auto body = document.root();
  if (answer->status == 422 && body.is_object()) {
    print(failures_text(settings, body));
    return 1;
  }
  if (answer->status == 200) {
    const auto passed = body.member("passed");
    if (!passed || passed->raw() != "true") throw not_a_mock(settings, 200);
    print("as expected\n");
    return 0;
  }
  const auto message = text_member(body, "message");
  if (!message) throw not_a_mock(settings, answer->status);
  throw std::runtime_error(*message);
}

}  // namespace enrichment_mock::cli
