// How often what has happened to a team.
#pragma once
#include <cstdint>
#include <map>

#include "engine/callback.h"

namespace enrichment_mock::engine {

class Team;

// Of one generation of a team.
struct Counters {
  std::uint64_t requests = 0;             // for an enrichment, whatever became of them
  std::map<int, std::uint64_t> rejected;  // of these, by error status
  std::uint64_t completed = 0, not_found = 0, failed = 0;
  std::uint64_t unmatched = 0;  // calls that no endpoint of the API answers

  void count_request(int status) {
    if (status >= 400) ++rejected[status];
    ++requests;
  }

  void count_outcome(Status status) {
    ++(status == Status::completed ? completed : status == Status::failed ? failed : not_found);
  }
};

// What metrics show: sums that only grow, over the generations of a team and over teams.
struct Totals {
  Counters counters;
  CallbackStore::Totals callbacks;
  std::int64_t charged = 0;

  void add(const Team& team);
  void add(const Totals& others);
};

}  // namespace enrichment_mock::engine
