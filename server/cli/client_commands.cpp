// The commands that call a running mock: healthcheck, verify.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/mask.h"
#include "base/text.h"
#include "base/time_text.h"
#include "cli/advice.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/process.h"
#include "cli/report.h"
#include "json/fields.h"
#include "json/reader.h"
#include "json/writer.h"
#include "upstream/http_client.h"

namespace enrichment_mock::cli {
namespace {

using upstream::HttpClient;
using upstream::HttpProblem;

constexpr std::chrono::milliseconds kHealthcheckTimeout{2'000}, kVerifyTimeout{10'000};
constexpr std::size_t kMaxAnswer = 64 * 1024 * 1024;  // a failure of verify repeats bodies

HttpClient client_of(const Target& target, std::chrono::milliseconds connection, std::chrono::milliseconds response) {
  return HttpClient({.url = target.url,
                     .ca_file = target.ca_file,
                     .any_certificate = target.any_certificate,
                     .connection_timeout = connection,
                     .timeout = response,
                     .max_body = kMaxAnswer});
}

// Why there is no response: "http://127.0.0.1:8080 does not answer; is the mock running there?"
std::string connection_problem(const Target& target, HttpProblem problem) {
  switch (problem) {
    case HttpProblem::untrusted:
      return target.url + " has a certificate that is not trusted; see --tls-ca-file and --tls-insecure";
    case HttpProblem::no_tls:
      return target.url + " does not speak TLS, or no supported version of it";
    case HttpProblem::unreachable:
    case HttpProblem::too_slow:
    case HttpProblem::broken:
      break;
  }
  return target.url + " does not answer; is the mock running there?";
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

std::optional<std::string> text_member(const json_text::Value& json, std::string_view name) {
  const auto member = json.member(name);
  return member && member->is_string() ? std::optional(std::string(member->text())) : std::nullopt;
}

// Another server or a proxy may listen on that port.
std::runtime_error not_a_mock(const Settings& settings, int status) {
  return std::runtime_error(settings.mock.url + " answers with status " + std::to_string(status) +
                            ", but not like enrichment-mock; is another server running there?");
}

// The expectations of --expect, or `expect` of the scenario.
struct Expectations {
  std::string body;                // empty: `expect` of the scenario
  std::vector<std::string> names;  // of the expectations in the body
  std::optional<std::chrono::milliseconds> wait;
};

// A key that an expectation contains is masked, because reports are published.
std::string name_of(const json_text::Value& expectation, std::size_t index, const std::string& key) {
  constexpr std::size_t kMaxBytes = 200;
  const auto text = base::hide_key(compact(expectation), key);
  const auto shown = base::utf8_prefix(text, kMaxBytes);
  return "expectation " + std::to_string(index) + ": " + std::string(shown) + (shown.size() < text.size() ? "…" : "");
}

// Sets "timeout" in the text, or adds it as the last member, so that the places that messages name stay right.
void set_timeout(std::string& text, const json_text::Value& root, std::chrono::milliseconds wait) {
  const auto value = json_text::Json(base::format_duration(wait)).take();
  if (const auto given = root.member("timeout")) {
    text.replace(given->begin(), given->raw().size(), value);
    return;
  }
  std::size_t end = 0;
  for (const auto member : root.children()) end = member.begin() + member.raw().size();
  if (end > 0) text.insert(end, ", \"timeout\": " + value);
}

// A text that is not a JSON object is sent as it is: the response says what is wrong.
Expectations expectations_of(const Settings& settings) {
  if (settings.expectations.empty()) return {{}, {}, settings.wait};
  auto text = read_expectations(settings.expectations);
  json_text::Document document(text);
  if (!document.read(json_text::Syntax::with_comments) || !document.root().is_object()) return {text, {}, {}};
  const auto root = document.root();
  Expectations expectations{text, {}, settings.wait};
  if (const auto list = root.member("expect"))
    for (const auto each : list->children())
      expectations.names.push_back(name_of(each, expectations.names.size(), settings.key));
  if (settings.wait)
    set_timeout(expectations.body, root, *settings.wait);
  else if (const auto given = text_member(root, "timeout"))
    if (const auto duration = base::parse_duration(*given))
      expectations.wait = std::chrono::ceil<std::chrono::milliseconds>(*duration);
  return expectations;
}

upstream::Headers headers_of(const Settings& settings) {
  upstream::Headers headers{{"x-api-key", settings.key}};
  if (!settings.emulator.admin_token.empty())
    headers.emplace_back("Authorization", "Bearer " + settings.emulator.admin_token);
  return headers;
}

upstream::HttpResult call_verify(const Settings& settings, const Expectations& expectations) {
  const auto wait = expectations.wait.value_or(std::chrono::milliseconds(0));
  const auto client = client_of(settings.mock, kVerifyTimeout, kVerifyTimeout + wait);
  upstream::HttpRequest request{.path = "/__admin/verify", .headers = headers_of(settings)};
  if (expectations.body.empty()) {
    if (settings.wait) request.path += "?timeout=" + base::format_duration(*settings.wait);
    return client.send(request);
  }
  request.method = "POST";
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = expectations.body;
  return client.send(request);
}

// What verify has found.
struct Found {
  std::string text;  // for people
  std::vector<ReportedCheck> checks;
};

// Adds one failure of the response. False: this is not the response of a mock.
bool add_failure(const json_text::Value& failure, Found& to) {
  const auto message = text_member(failure, "message");
  if (!message) return false;
  to.text += "failed: ";
  std::size_t index = 0;  // the scenario's `expect` is one check
  if (const auto number = failure.member("expectation")) {
    to.text += "expectation " + compact(*number) + ": ";
    index = json_text::to_whole_number<std::size_t>(*number).value_or(SIZE_MAX);
  }
  to.text += base::printable(*message) + "\n";
  if (index >= to.checks.size()) return false;
  auto& check = to.checks[index];
  check.result = ReportedCheck::Result::failed;
  check.message += (check.message.empty() ? "" : "; ") + *message;
  const auto nearest = failure.member("nearest");
  if (!nearest || nearest->kind() == json_text::Kind::null) return true;
  check.details = "nearest: " + compact(*nearest);
  to.text += "  " + base::printable(check.details) + "\n";
  return true;
}

// "open: 507f1f77bcf86cd799439011 (pending)", one line each.
std::string open_text(const json_text::Value& body) {
  constexpr std::size_t kMaxLines = 10;
  const auto open = body.member("open");
  if (!open) return "";
  std::string text;
  std::size_t lines = 0;
  for (const auto each : open->children())
    if (lines++ < kMaxLines)
      text += "open: " +
              base::printable(
                  text_member(each, "id").value_or("") + " (" + text_member(each, "why").value_or("") + ")\n", true);
  if (lines > kMaxLines) text += "open: " + std::to_string(lines - kMaxLines) + " more\n";
  return text;
}

// Throws if there is no verdict.
Found find(const Settings& settings) {
  const auto expectations = expectations_of(settings);
  const auto answer = call_verify(settings, expectations);
  if (!answer) throw std::runtime_error(connection_problem(settings.mock, answer.problem));
  json_text::Document document(answer->body);
  if (!document.read(json_text::Syntax::strict, json_text::kMaxWrittenDepth))
    throw not_a_mock(settings, answer->status);
  const auto body = document.root();
  Found found;
  for (const auto& name : expectations.names) found.checks.push_back({name});
  if (expectations.body.empty()) found.checks.push_back({"expect of the scenario"});
  if (answer->status == 422 && body.is_object()) {
    const auto failures = body.member("failures");
    if (!failures || failures->empty()) throw not_a_mock(settings, 422);
    for (const auto failure : failures->children())
      if (!add_failure(failure, found)) throw not_a_mock(settings, 422);
    found.text += open_text(body);
    return found;
  }
  if (answer->status == 200) {
    const auto passed = body.member("passed");
    if (!passed || passed->raw() != "true") throw not_a_mock(settings, 200);
    found.text = "as expected\n";
    return found;
  }
  const auto message = text_member(body, "message");
  throw message ? std::runtime_error(*message) : not_a_mock(settings, answer->status);
}

// The client has ended, because the result of a test is checked after it.
Advice ask_for_advice(const Settings& settings) {
  const auto answer = client_of(settings.mock, kVerifyTimeout, kVerifyTimeout)
                          .send({.path = "/__admin/advice?finished=true", .headers = headers_of(settings)});
  if (!answer) throw std::runtime_error(connection_problem(settings.mock, answer.problem));
  json_text::Document document(answer->body);
  if (!document.read(json_text::Syntax::strict)) throw not_a_mock(settings, answer->status);
  if (auto advice = answer->status == 200 ? read_advice(document.root()) : std::nullopt) return *std::move(advice);
  const auto message = text_member(document.root(), "message");
  throw message ? std::runtime_error(*message) : not_a_mock(settings, answer->status);
}

void publish(const Settings& settings, const Report& report) {
  if (settings.github_actions) print(github_annotations(report));
  if (!settings.junit_file.empty())
    write_output(settings.junit_file, junit_xml(report), "the report", "--junit", FifoReader::awaited);
}

// The report is written although nothing was checked. If that fails, too, both errors are shown.
void publish_error(const Settings& settings, Report report, const std::string& error) {
  report.checks = {{"verify", ReportedCheck::Result::not_checked, error}};
  try {
    publish(settings, report);
  } catch (const std::exception& other) {
    print_error("enrichment-mock: " + base::printable(other.what()) + "\n");
  }
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
  const auto answer = client_of(mock, kHealthcheckTimeout, kHealthcheckTimeout).send({.path = "/__admin/health"});
  if (answer && answer->status == 200) {
    if (!is_health_response(answer->body)) throw not_a_mock(settings, 200);
    print(mock.url + " is healthy\n");
    return 0;
  }
  print_error("enrichment-mock: " +
              (answer ? mock.url + " is not healthy: it answers with status " + std::to_string(answer->status)
                      : connection_problem(mock, answer.problem)) +
              "\n");
  return 1;
}

int verify(const Settings& settings) {
  const auto begin = std::chrono::steady_clock::now();
  Report report{.command = "verify"};
  const auto duration = [&] {
    return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  };
  try {
    auto found = find(settings);
    report.checks = std::move(found.checks);
    print(found.text);
  } catch (const std::exception& error) {
    report.duration = duration();
    publish_error(settings, std::move(report), error.what());
    throw;
  }
  report.duration = duration();
  publish(settings, report);
  if (settings.shows_advice) {
    const auto advice = ask_for_advice(settings);
    print(printable_advice(advice) + (settings.github_actions ? github_annotations(advice) : ""));
  }
  const auto has_passed = [](const ReportedCheck& check) { return check.result == ReportedCheck::Result::passed; };
  return std::ranges::all_of(report.checks, has_passed) ? 0 : 1;
}

}  // namespace enrichment_mock::cli
