// Rules that a test puts before those of the scenario, each for a number of calls.
#pragma once
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "scenario/rules.h"

namespace enrichment_mock::engine {

class ExtraRules {
 public:
  struct Entry {
    scenario::Rule rule;
    std::uint64_t left = 0;                                          // calls that may still follow it
    std::uint64_t followed = 0;                                      // that have
    std::unordered_map<std::string, std::uint64_t> by_profile = {};  // of a rule that counts so
  };

  // Before all others; for `times` calls, 1 or more.
  void add(scenario::Rule rule, std::uint64_t times) { entries_.push_front({std::move(rule), times}); }

  // How many are taken away.
  std::size_t clear();

  // Whether any of them leaves something to a draw.
  bool use_draws() const;

  // The step of the first that fits and has calls left; the call is counted. Its steps go by its own calls, or
  // by those of each profile, as the rule says.
  struct Followed {
    const scenario::Rule* rule;
    const scenario::Step* step;
    std::uint32_t step_number;
  };
  std::optional<Followed> follow(scenario::Event event, const scenario::RequestFacts& facts);

  // The used up ones included, latest first.
  const std::list<Entry>& all() const { return entries_; }

 private:
  std::list<Entry> entries_;
};

}  // namespace enrichment_mock::engine
