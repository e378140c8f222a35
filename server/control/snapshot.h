// Everything about a team, or about all teams, as one JSON document.
#pragma once
#include <cstdint>
#include <memory>

#include "control/call.h"

namespace enrichment_mock::control {

// The number of the format. restore.h reads it.
inline constexpr std::uint64_t kSnapshotFormat = 1;

// {"version","format","time","teams":[…]}; without a team also "other_requests", the calls that belong to no team. All
// of a team shows one moment, except `differences`, `advice` and `open`, which may show a later one.
Object snapshot_of(const Services& services, const std::shared_ptr<runner::TeamRunner>& team);

}  // namespace enrichment_mock::control
