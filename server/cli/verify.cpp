#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "cli/commands.h"
#include "cli/standard_streams.h"
#include "cli/target.h"
#include "json/json.h"

namespace enrichment_mock::cli {
namespace {

using json = nlohmann::ordered_json;  // as the server writes it

constexpr time_t kVerifyTimeout = 10;  // seconds

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

httplib::Result ask(const Verify& command) {
  const auto client = client_of(command.mock, kVerifyTimeout);
  httplib::Headers headers{{"x-api-key", command.key}};
  if (!command.token.empty()) headers.emplace("Authorization", "Bearer " + command.token);
  if (command.file.empty()) return client->Get("/__admin/verify", headers);
  return client->Post("/__admin/verify", headers, read_expectations(command.file), "application/json");
}

std::string failure_text(const json& failure) {
  std::string text = "failed: ";
  if (failure.contains("expectation")) text += "expectation " + failure["expectation"].dump() + ": ";
  text += failure.at("message").get<std::string>() + "\n";
  if (failure.contains("nearest") && !failure["nearest"].is_null())
    text += "  nearest: " + failure["nearest"].dump() + "\n";
  return text;
}

// A proxy, or another server at that port, may answer anything with any status.
std::runtime_error no_mock(const Verify& command, int status) {
  return std::runtime_error(command.mock.url + " answers with status " + std::to_string(status) +
                            ", but not as a mock does; is it enrichment-mock that runs there?");
}

std::string failures_text(const Verify& command, const json& body) {
  std::string text;
  try {
    for (const auto& failure : body.at("failures")) text += failure_text(failure);
  } catch (const json::exception&) {
  }
  if (text.empty()) throw no_mock(command, 422);
  return text;
}

}  // namespace

int run(const Verify& command) {
  const auto answer = ask(command);
  if (!answer) throw std::runtime_error(no_answer(command.mock, answer.error()));
  const auto body = json::parse(answer->body, nullptr, false);
  if (answer->status == 422 && body.is_object()) {
    print(failures_text(command, body));
    return 1;
  }
  if (answer->status == 200) {
    if (!body.is_object() || !body.contains("passed") || body["passed"] != true) throw no_mock(command, 200);
    print("as expected\n");
    return 0;
  }
  const bool has_message = body.is_object() && body.contains("message") && body["message"].is_string();
  if (!has_message) throw no_mock(command, answer->status);
  throw std::runtime_error(body["message"].get<std::string>());
}

}  // namespace enrichment_mock::cli
