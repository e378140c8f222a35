// The scenario that a team runs. Thread-safe: it is read without waiting for the team.
#pragma once
#include <memory>
#include <mutex>
#include <utility>

#include "scenario/scenario.h"

namespace enrichment_mock::runner {

class RunningScenario {
 public:
  using Pointer = std::shared_ptr<const scenario::Scenario>;

  explicit RunningScenario(Pointer scenario) : scenario_(std::move(scenario)) {}

  Pointer get() const {
    std::lock_guard lock(scenario_mutex_);
    return scenario_;
  }

  // Whether it is this team's alone, so that a library that is loaded anew does not replace it.
  bool is_own() const {
    std::lock_guard lock(scenario_mutex_);
    return is_own_;
  }

  // Returns the old one, to be let go where no lock is held.
  [[nodiscard]] Pointer exchange(Pointer scenario, bool is_own) {
    std::lock_guard lock(scenario_mutex_);
    is_own_ = is_own;
    return std::exchange(scenario_, std::move(scenario));
  }

 private:
  mutable std::mutex scenario_mutex_;  // guards all below
  Pointer scenario_;
  bool is_own_ = false;
};

}  // namespace enrichment_mock::runner
