// Compares what happened in a team with the `expect` of its scenario.
#pragma once
#include <string>
#include <vector>

#include "engine/team.h"

namespace enrichment_mock::engine {

// A number that is not as expected.
struct Difference {
  std::string text;             // "completed: expected 2, found 1 (1 lookup is still open)"
  bool can_still_hold = false;  // false: no later call, lookup or callback changes that
};

// In the order of the keys of `expect`. Empty: everything is as expected.
std::vector<Difference> differences(const scenario::Expectation& expected, const Team& team);

// "3", "at least 1", "at least 1 and at most 3"
std::string to_words(const scenario::Bounds& bounds);

}  // namespace enrichment_mock::engine
