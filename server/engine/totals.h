// What metrics count: it only ever grows, over the generations of a team and over teams.
#pragma once
#include <cstdint>

#include "engine/team.h"

namespace enrichment_mock::engine {

struct Totals {
  Tally tally;
  CallbackBook::Totals callbacks;
  std::int64_t charged = 0;

  void add(const Team& team);
  void add(const Totals& others);
};

}  // namespace enrichment_mock::engine
