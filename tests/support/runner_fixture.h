// A runner over a clock and a receiver that the test controls, and whose events it sees.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "runner/team_runner.h"
#include "support/fake_deliverer.h"
#include "support/fake_time.h"
#include "support/recording_observer.h"
#include "support/team_fixture.h"

namespace enrichment_mock::support {

struct RunnerFixture {
  explicit RunnerFixture(FakeDeliverer::Receiver receiver = ok) : deliverer(std::move(receiver)) {}

  std::shared_ptr<runner::TeamRunner> start(scenario::Scenario scenario) {
    scenario.name = "test";
    const auto credits = scenario.credits;
    return std::make_shared<runner::TeamRunner>(
        runner::TeamServices{time, timer, deliverer, &observer},
        engine::TeamSetup{std::make_shared<const scenario::Scenario>(std::move(scenario)), "test", "", credits, 1,
                          keep},
        runner::TeamProfile{.label = "test", .id = "test"});
  }

  std::shared_ptr<runner::TeamRunner> start_manual(scenario::Scenario scenario = {}) {
    scenario.clock.manual = true;
    return start(std::move(scenario));
  }

  engine::Retention keep;  // of teams that are started from here on
  FakeTime time;
  FakeDeliverer deliverer;
  RecordingObserver observer;
  runner::Timer timer{time};
};

inline engine::CallbackState state_of_first(runner::TeamRunner& team) {
  return team.catch_up_and_read([](const engine::Team& state) { return state.callbacks().at(0).state; });
}

}  // namespace enrichment_mock::support
