// The callback attempts of one team that have been handed to the deliverer and have not ended. A reset of the team cuts
// them off: they still end, but the team ignores their results. Guarded by the team's mutex.
#pragma once
#include <cstddef>
#include <memory>

#include "base/waiting.h"

namespace enrichment_mock::runner {

class AttemptsInFlight {
 public:
  // The attempts that began between the same two resets.
  struct Generation {
    base::StopSignal cut;
    std::size_t count = 0;
  };
  using GenerationPtr = std::shared_ptr<Generation>;

  // Adds one attempt. It is in flight until end() is called with the returned generation.
  GenerationPtr begin() {
    if (!current_) current_ = std::make_shared<Generation>();
    ++current_->count;
    return current_;
  }

  // Removes one attempt. False: it was cut off.
  bool end(const GenerationPtr& generation) {
    if (!is_current(generation)) {
      --being_cut_;
      return false;
    }
    if (--current_->count == 0) current_.reset();
    return true;
  }

  bool is_current(const GenerationPtr& generation) const { return generation == current_; }

  // Cuts off all attempts.
  void cut() {
    const auto old = std::exchange(current_, nullptr);
    if (!old) return;
    being_cut_ += old->count;
    old->cut.raise();
  }

  // The number of attempts that were cut off and have not ended yet.
  std::size_t being_cut() const { return being_cut_; }

 private:
  GenerationPtr current_;  // null while none is in flight, because a StopSignal takes two descriptors
  std::size_t being_cut_ = 0;
};

}  // namespace enrichment_mock::runner
