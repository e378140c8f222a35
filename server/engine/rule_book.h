// How far the rules of a scenario have come for one team: which step comes next, and how often each was followed.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "scenario/rules.h"

namespace enrichment_mock::engine {

// A rule and a step of it, by their places in the scenario.
struct RuleUse {
  std::uint32_t rule = 0, step = 0;
};

// Which step of a rule the call after so many others meets; empty when the rule is used up.
std::optional<std::size_t> step_after(const scenario::Rule& rule, std::uint64_t count);

class RuleBook {
 public:
  // `rules` outlive this.
  explicit RuleBook(const scenario::Rules& rules);

  // The step of the first rule that fits and is not used up; the call is counted there. Empty: there is none.
  std::optional<RuleUse> follow(scenario::Event event, const scenario::RequestFacts& facts);

  const scenario::Step& step(RuleUse use) const { return (*rules_)[use.rule].steps[use.step]; }

  // How many calls have followed a rule.
  std::uint64_t followed(std::size_t rule) const { return progress_[rule].followed; }

 private:
  struct Progress {
    std::uint64_t followed = 0;
    std::unordered_map<std::string, std::uint64_t> by_profile;  // of rules that count so and have more than one step
  };
  // The number of calls that decides on the step.
  std::uint64_t& count_of(Progress& progress, const scenario::Rule& rule, std::string_view profile);

  const scenario::Rules* rules_;
  std::vector<Progress> progress_;  // by rule
};

}  // namespace enrichment_mock::engine
