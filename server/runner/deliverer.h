// Where the runner hands callback attempts to. The wiring renders and sends them; tests put a fake in its place.
#pragma once
#include <functional>

#include "engine/callback.h"

namespace enrichment_mock::runner {

class Deliverer {
 public:
  using Done = std::function<void(engine::AttemptResult)>;
  virtual ~Deliverer() = default;
  // Returns at once; `done` is called once, from any thread, possibly before this returns.
  virtual void deliver(engine::DueAttempt attempt, Done done) = 0;
};

}  // namespace enrichment_mock::runner
