// What has happened so far, for Prometheus. Ten lines of text are no reason for a client library with a registry and
// threads of its own: the numbers are counted by the engine already.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "runner/team_runner.h"

namespace enrichment_mock::control {

// The text format, version 0.0.4. Sums over the teams; counters over those that are gone, too, so that none ever falls.
std::string metrics_text(const std::vector<std::shared_ptr<runner::TeamRunner>>& teams, engine::Totals gone);

}  // namespace enrichment_mock::control
