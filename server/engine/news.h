// What has happened to a team, for whoever looks on.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "engine/callback.h"
#include "engine/gate.h"

namespace enrichment_mock::engine {

struct Transition {
  EnrichmentId enrichment;
  Status status;
};

struct Attempted {
  EnrichmentId enrichment;
  std::uint32_t copy = 0;
  std::size_t attempt = 0;  // from 1
  AttemptResult result;
  CallbackState state;  // after it
};

struct News {
  Instant at{};
  std::variant<Transition, Attempted, ScheduleMoment> what;
};

}  // namespace enrichment_mock::engine
