#include "scenarios/stage.h"

#include <utility>

namespace enrichment_mock::stage {

Stage::Stage(std::string api_key)
    : key(std::move(api_key)),
      receiver(support::answers(200)),
      emulator({.manual_clock = true}),
      api(emulator.url(), key),
      team(emulator.team(key)) {}

Answer Stage::request(const std::string& username, const json& more) {
  json body{{"linkedin_url", "https://www.linkedin.com/in/" + username},
            {"type", "work"},
            {"callback_url", receiver.url()},
            {"external_id", "lead-" + username}};
  body.update(more);
  return api.post(body);
}

std::string Stage::submit(const std::string& username, const json& more) {
  return request(username, more).body().at("_id");
}

std::vector<std::string> Stage::submit_three() {
  std::vector<std::string> ids;
  for (const auto* username : {"ada", "grace", "alan"}) ids.push_back(submit(username));
  return ids;
}

std::vector<std::string> Stage::statuses(const std::vector<std::string>& ids) {
  std::vector<std::string> all;
  for (const auto& id : ids) all.push_back(status(id));
  return all;
}

std::vector<json> Stage::callbacks() const {
  std::vector<json> bodies;
  for (const auto& request : receiver.requests()) bodies.push_back(json::parse(request.body));
  return bodies;
}

std::vector<std::string> Stage::called_back() const {
  std::vector<std::string> ids;
  for (const auto& body : callbacks()) ids.push_back(body.at("request_id"));
  return ids;
}

std::vector<std::string> differences(const Team& team) {
  std::vector<std::string> messages;
  for (const auto& failure : team.verify().failures) messages.push_back(failure.message);
  return messages;
}

std::vector<std::string> times(std::size_t count, std::string_view text) {
  return std::vector<std::string>(count, std::string(text));
}

}  // namespace enrichment_mock::stage
