// Where the runner hands callback attempts to. The wiring renders and sends them; tests put a fake in its place.
#pragma once
#include <functional>
#include <memory>

#include "base/waiting.h"
#include "engine/callback.h"

namespace enrichment_mock::runner {

class Deliverer {
 public:
  using Done = std::function<void(engine::AttemptResult)>;
  virtual ~Deliverer() = default;
  // Raised when the attempt is no longer wanted: it ends then, its connection cut, and `done` is called all the same.
  using Cut = std::shared_ptr<const base::StopSignal>;

  // Returns at once; `done` is called once, from any thread, possibly before this returns.
  virtual void deliver(engine::DueAttempt attempt, Cut cut, Done done) = 0;
};

}  // namespace enrichment_mock::runner
