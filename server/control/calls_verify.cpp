// POST verify, GET verify.
#include <utility>

#include "api/error.h"
#include "control/call.h"
#include "control/expectation.h"
#include "engine/verify.h"

namespace enrichment_mock::control {

namespace {

http::Response verdict(Json failures) {
  const bool passed = failures.empty();
  return answer(passed ? 200 : 422, {{"passed", passed}, {"failures", std::move(failures)}});
}

// Nothing is ever passed on evidence that is lost.
runner::TeamRunner& team_with_a_past(const Call& call) {
  auto& team = call.one_team();
  if (auto lost = team.lost_past()) throw api::conflict(*std::move(lost));
  return team;
}

http::Response verify_given(const Call& call) {
  auto& team = team_with_a_past(call);
  Body body(call.request);
  const auto result = verify(body, team, call.world.rewritten);
  Json failures = Json::array();
  for (const auto& failure : result.failures)
    failures.push_back({{"expectation", failure.index}, {"message", failure.message}, {"nearest", failure.nearest}});
  if (failures.empty() && result.undecided) throw api::conflict(*result.undecided);
  return verdict(std::move(failures));
}

// The scenario's own `expect`.
http::Response verify_scenario(const Call& call) {
  Json failures = Json::array();
  for (auto& difference : team_with_a_past(call).inspect(
           [](const engine::Team& team) { return differences(team.scenario().expect, team); }))
    failures.push_back({{"message", std::move(difference)}});
  return verdict(std::move(failures));
}

constexpr Route kRoutes[] = {{"POST", "verify", {}, verify_given, kTakesBody}, {"GET", "verify", {}, verify_scenario}};

}  // namespace

std::span<const Route> verify_routes() { return kRoutes; }

}  // namespace enrichment_mock::control
