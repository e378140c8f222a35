// Metrics for Prometheus. A client library with its own registry and threads is not needed: the engine already counts
// everything, and the output has about ten metrics.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "runner/team_runner.h"

namespace enrichment_mock::control {

// The text format, version 0.0.4. Sums over all teams. Counters include closed teams, so that they never decrease.
std::string metrics_text(const std::vector<std::shared_ptr<runner::TeamRunner>>& teams, engine::Totals gone);

}  // namespace enrichment_mock::control
