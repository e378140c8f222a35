// The attempts of one team's callbacks that have been handed to the deliverer and have not ended. A reset of the team
// cuts them: they still come to an end, but their results mean nothing to the team any more. The team's mutex guards
// it.
#pragma once
#include <cstddef>
#include <memory>

#include "base/waiting.h"

namespace enrichment_mock::runner {

class AttemptsInFlight {
 public:
  // Those between two resets.
  struct Generation {
    base::StopSignal cut;
    std::size_t count = 0;
  };
  using GenerationPtr = std::shared_ptr<Generation>;

  // One attempt more; it is in flight until end() is called with what this returns.
  GenerationPtr begin() {
    if (!current_) current_ = std::make_shared<Generation>();
    ++current_->count;
    return current_;
  }

  // False: it was cut.
  bool end(const GenerationPtr& generation) {
    if (!is_current(generation)) {
      --being_cut_;
      return false;
    }
    if (--current_->count == 0) current_.reset();
    return true;
  }

  bool is_current(const GenerationPtr& generation) const { return generation == current_; }

  // Cuts all.
  void cut() {
    const auto old = std::exchange(current_, nullptr);
    if (!old) return;
    being_cut_ += old->count;
    old->cut.raise();
  }

  // How many have been cut and have not ended yet.
  std::size_t being_cut() const { return being_cut_; }

 private:
  GenerationPtr current_;  // null: none is in flight; a signal holds two descriptors
  std::size_t being_cut_ = 0;
};

}  // namespace enrichment_mock::runner
