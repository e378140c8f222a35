// How much of what has come to its end is kept (our decision: the real API says nothing of it).
#pragma once
#include <cstddef>

#include "scenario/time_text.h"

namespace enrichment_mock::engine {

// An enrichment has ended once it is resolved and none of its callbacks is open; past these bounds it is forgotten with
// its callbacks, the first that ended first: its id is unknown then. Ledger movements are bounded alike. Totals and
// balances go on counting what is forgotten.
struct Retention {
  std::size_t most = 1'000'000;                            // enrichments that have ended, and movements; per team
  scenario::Duration longest = scenario::Duration::max();  // team time
};

inline bool is_too_old(const Retention& keep, scenario::Instant ended, scenario::Instant now) {
  return now - ended > keep.longest;
}

}  // namespace enrichment_mock::engine
