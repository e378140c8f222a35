// One play for each shipped scenario: a few leads go through it, and what its user would see is checked on the way.
// Each leaves behind what the scenario's `expect` says.
#pragma once
#include <span>
#include <string_view>

#include "scenarios/stage.h"

namespace enrichment_mock::stage {

struct Play {
  std::string_view scenario;
  void (*perform)(Stage&);
  std::string_view key = {};  // empty: the scenario's name, a dot and something
};

std::span<const Play> plays_of_lookups();    // how they end, and when
std::span<const Play> plays_of_calls();      // refused, limited, spoilt
std::span<const Play> plays_of_callbacks();  // lost, late, doubled, early, out of order, wrong

}  // namespace enrichment_mock::stage
