#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "app/commands.h"
#include "app/standard_streams.h"
#include "app/target.h"
#include "base/json.h"

namespace enrichment_mock::app {
namespace {

using json = nlohmann::ordered_json;  // as the server writes it

constexpr time_t kTimeout = 10;  // seconds

std::string read_expectations(const std::string& file) {
  if (file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream stream(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream.is_open() || stream.bad()) throw std::runtime_error("cannot read " + file);
  return text;
}

httplib::Result ask(const Verify& command) {
  const auto client = client_of(command.mock, kTimeout);
  httplib::Headers headers{{"x-api-key", command.key}};
  if (!command.token.empty()) headers.emplace("Authorization", "Bearer " + command.token);
  if (command.file.empty()) return client->Get("/__admin/verify", headers);
  return client->Post("/__admin/verify", headers, read_expectations(command.file), "application/json");
}

std::string failure_text(const json& failure) {
  std::string text = "failed: ";
  if (failure.contains("expectation"))
    text += "expectation " + std::to_string(failure["expectation"].get<std::size_t>()) + ": ";
  text += failure["message"].get<std::string>() + "\n";
  if (failure.contains("nearest") && !failure["nearest"].is_null())
    text += "  nearest: " + failure["nearest"].dump() + "\n";
  return text;
}

}  // namespace

int run(const Verify& command) {
  const auto answer = ask(command);
  if (!answer) throw std::runtime_error(no_answer(command.mock, answer.error()));
  const auto body = json::parse(answer->body, nullptr, false);
  if (answer->status == 200) {
    print("as expected\n");
    return 0;
  }
  if (answer->status == 422 && body.is_object()) {
    for (const auto& failure : body["failures"]) print(failure_text(failure));
    return 1;
  }
  const bool has_message = body.is_object() && body.contains("message") && body["message"].is_string();
  throw std::runtime_error(has_message ? body["message"].get<std::string>()
                                       : command.mock.url + " answers with status " + std::to_string(answer->status));
}

}  // namespace enrichment_mock::app
