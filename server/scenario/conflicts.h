// What is wrong with scenario files together, though each may be right by itself. It is always the later one's problem.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "scenario/loader.h"
#include "scenario/scenario.h"

namespace enrichment_mock::scenario {

// A file, as messages should name it, and as much of it as could be read.
struct Member {
  std::string_view file;
  const Scenario* scenario;
};

// Two files of one scenario's name: one of them would silently be left out.
std::vector<Problem> name_conflicts(std::span<const Member> members);

// One API key under teams of two scenarios.
std::vector<Problem> key_conflicts(std::span<const Member> members);

}  // namespace enrichment_mock::scenario
