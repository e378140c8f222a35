// The rule that nearly matched, and where it differed: for whoever wonders why theirs was not followed.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scenario/rules.h"

namespace enrichment_mock::scenario {

struct NearMiss {
  std::string rule;                  // its name
  std::vector<std::string> differs;  // one sentence for each part of its match that does not fit
};

// Of the rules on that kind of call, the one with the fewest parts that do not fit, but at least one that does; the
// first of equals, those in `before` first. Empty: there is none, or one fits as a whole.
std::optional<NearMiss> near_miss(std::span<const Rule> before, const Rules& rules, Event event,
                                  const RequestFacts& facts);

}  // namespace enrichment_mock::scenario
