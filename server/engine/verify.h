// Compares what happened in a team with the `expect` of its scenario.
#pragma once
#include <string>
#include <vector>

#include "engine/team.h"

namespace enrichment_mock::engine {

// One sentence for each difference, in the order of the keys of `expect`. Empty: everything is as expected.
//   "completed: expected 2, found 1 (1 lookup is still open)"
//   "requests: expected at least 1, found 0"
std::vector<std::string> differences(const scenario::Expectation& expected, const Team& team);

}  // namespace enrichment_mock::engine
