// Everything about a team, or about all teams, as one JSON document.
#pragma once
#include <memory>

#include "control/call.h"

namespace enrichment_mock::control {

// {"version","time","teams":[…]}; without a team also "other_requests", the calls that belong to no team. Each record
// shows one moment, but the records of a busy team may show different moments.
Object snapshot_of(const Services& services, const std::shared_ptr<runner::TeamRunner>& team);

}  // namespace enrichment_mock::control
