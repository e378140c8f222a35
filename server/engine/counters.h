// Counts of what happened in a team.
#pragma once
#include <cstdint>
#include <map>

#include "engine/callback.h"

namespace enrichment_mock::engine {

class Team;

// Counts since the team was opened or reset.
struct Counters {
  std::uint64_t requests = 0;             // requests for an enrichment, accepted or not
  std::map<int, std::uint64_t> rejected;  // the requests that were rejected, by status
  std::uint64_t completed = 0, not_found = 0, failed = 0;
  std::uint64_t unmatched = 0;  // calls that match no endpoint

  void count_request(int status) {
    if (status >= 400) ++rejected[status];
    ++requests;
  }

  void count_outcome(Status status) {
    ++(status == Status::completed ? completed : status == Status::failed ? failed : not_found);
  }
};

// Sums for the metrics, over all resets of a team and over all teams. They only grow.
struct Totals {
  Counters counters;
  CallbackStore::Totals callbacks;
  std::int64_t charged = 0;

  void add(const Team& team);
  void add(const Totals& others);
};

}  // namespace enrichment_mock::engine
