// A stage for one scenario: an emulator whose clock stands still, a client with a key of that scenario, and a receiver
// that takes every callback. For one thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "enrichment_mock/emulator.h"
#include "support/api_client.h"
#include "support/receiver.h"

namespace enrichment_mock::stage {

using support::Answer;
using support::ApiClient;
using support::json;
using support::Receiver;

struct Stage {
  explicit Stage(std::string api_key);

  // Requests the work email of that person, with a callback and an external_id; `more` adds or replaces fields.
  Answer request(const std::string& username, const json& more = json::object());

  // The same, and checks that it is accepted; returns the id.
  std::string submit(const std::string& username, const json& more = json::object());

  // Submits ada, grace and alan.
  std::vector<std::string> submit_three();

  // What a poll says, and of those the status.
  json poll(const std::string& id) { return api.poll(id).body(); }
  std::string status(const std::string& id) { return poll(id).at("status"); }
  std::vector<std::string> statuses(const std::vector<std::string>& ids);

  // What has come to the receiver so far: bodies, and their `request_id` in order.
  std::vector<json> callbacks() const;
  std::vector<std::string> called_back() const;

  const std::string key;
  Receiver receiver;  // outlives the emulator, which calls it
  Emulator emulator;
  ApiClient api;
  Emulator::Team team;
};

// The differences from the `expect` of the team's scenario.
std::vector<std::string> differences(const Team& team);

// The same text that many times.
std::vector<std::string> times(std::size_t count, std::string_view text);

}  // namespace enrichment_mock::stage
