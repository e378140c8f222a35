// What a request's lookup will be: rule over profile over the file's defaults, with all draws made.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "scenario/match.h"
#include "scenario/scenario.h"

namespace enrichment_mock::scenario {

struct LookupPlan {
  Lasting pending, processing;  // jitter is in them
  Outcome outcome = Outcome::completed;
  std::string email;  // shown if it is completed
};

// `step` may be null. `n` counts the profile's accepted requests, from 0; `seed` is the scenario's, or one of the
// process's own.
LookupPlan plan_lookup(const Scenario& scenario, const Step* step, const RequestFacts& facts, std::uint64_t seed,
                       std::uint64_t n);

// Whether anything in it is left to chance, so that the n above matters.
bool uses_draws(const Rule& rule);
bool uses_draws(const Scenario& scenario);

}  // namespace enrichment_mock::scenario
