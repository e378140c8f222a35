// The interface through which the runner sends callback attempts. The implementation is in emulator/deliverer.h; tests
// use a fake.
#pragma once
#include <functional>
#include <memory>

#include "base/exchange.h"
#include "base/waiting.h"
#include "engine/callback.h"

namespace enrichment_mock::runner {

struct TeamProfile;

class Deliverer {
 public:
  using Done = std::function<void(engine::AttemptResult, base::Exchange)>;
  virtual ~Deliverer() = default;
  // Raised to cancel the attempt: its connection is closed, and `done` is still called.
  using Cut = std::shared_ptr<const base::StopSignal>;

  // Returns at once. `done` is called exactly once, on any thread, possibly before this returns.
  virtual void deliver(engine::DueAttempt attempt, const TeamProfile& team, Cut cut, Done done) = 0;
};

}  // namespace enrichment_mock::runner
