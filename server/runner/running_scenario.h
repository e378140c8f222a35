// The scenario that a team runs. Thread-safe: reading it does not wait for the team's mutex.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "scenario/scenario.h"

namespace enrichment_mock::runner {

class RunningScenario {
 public:
  using Pointer = std::shared_ptr<const scenario::Scenario>;

  explicit RunningScenario(Pointer scenario, bool is_own = false) : scenario_(std::move(scenario)), is_own_(is_own) {}

  Pointer get() const {
    std::lock_guard lock(scenario_mutex_);
    return scenario_;
  }

  // The name of the scenario that the library has for the team's key.
  std::string library_name() const {
    std::lock_guard lock(scenario_mutex_);
    return library_name_;
  }
  void set_library_name(std::string name) {
    std::lock_guard lock(scenario_mutex_);
    library_name_ = std::move(name);
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
  bool is_own_;
  std::string library_name_;
};

}  // namespace enrichment_mock::runner
