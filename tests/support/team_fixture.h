// A team without threads and clocks: for tests of the engine.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "engine/team.h"

namespace enrichment_mock::support {

constexpr auto* kHook = "http://app.example/hook";  // a client's URL; no attempt is sent to it

using namespace std::chrono_literals;

inline constexpr base::Instant kStart{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

inline engine::EnrichmentRequest lead(std::string username, std::optional<std::string> callback_url = {}) {
  return {"https://www.linkedin.com/in/" + username, username, engine::EmailType::work, std::move(callback_url), {}};
}

inline engine::Team make_team(scenario::Scenario scenario = {}, std::string identity = "test") {
  const auto credits = scenario.credits;
  scenario.name = "test";
  return engine::Team(
      {std::make_shared<const scenario::Scenario>(std::move(scenario)), std::move(identity), "", credits, 1}, kStart);
}

inline scenario::Scenario with_callback(scenario::Callback callback) {
  scenario::Scenario scenario;
  scenario.callback = std::make_shared<const scenario::Callback>(std::move(callback));
  return scenario;
}

inline engine::EnrichmentId accept(engine::Team& team, engine::EnrichmentRequest request) {
  return team.request(kStart, std::move(request)).id;
}

}  // namespace enrichment_mock::support
