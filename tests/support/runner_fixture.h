// A runner over a clock and a receiver that the test controls.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "runner/team_runner.h"
#include "support/fake_deliverer.h"
#include "support/fake_time.h"
#include "support/team_fixture.h"

namespace enrichment_mock::support {

struct RunnerFixture {
  explicit RunnerFixture(FakeDeliverer::Receiver receiver = ok) : deliverer(std::move(receiver)) {}

  std::shared_ptr<runner::TeamRunner> start(scenario::Scenario scenario) {
    scenario.name = "test";
    const auto credits = scenario.credits;
    return std::make_shared<runner::TeamRunner>(
        runner::Surroundings{time, timer, deliverer},
        engine::TeamSetup{std::make_shared<const scenario::Scenario>(std::move(scenario)), "test", "", credits, 1,
                          keep},
        runner::TeamProfile{.label = "test"});
  }

  std::shared_ptr<runner::TeamRunner> start_manual(scenario::Scenario scenario = {}) {
    scenario.clock.manual = true;
    return start(std::move(scenario));
  }

  engine::Retention keep;  // of teams that are started from here on
  FakeTime time;
  FakeDeliverer deliverer;
  runner::Timer timer{time};
};

inline engine::CallbackState state_of_first(runner::TeamRunner& team) {
  return team.inspect([](const engine::Team& state) { return state.callbacks().at(0).state; });
}

}  // namespace enrichment_mock::support
