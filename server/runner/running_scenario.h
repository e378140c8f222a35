// The scenario that a team runs. Thread-safe: reading it does not wait for the team's mutex.
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

  // Whether only this team has it. A reloaded library does not replace such a scenario.
  bool is_own() const {
    std::lock_guard lock(scenario_mutex_);
    return is_own_;
  }

  // Returns the old scenario, so that the caller can release it without holding a lock.
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
