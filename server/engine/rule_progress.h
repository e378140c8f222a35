// The rules that a team's calls meet: those of its scenario and those that a test puts before them; which step comes
// next, and how often each was followed.
#pragma once
#include <cstdint>
#include <list>
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

// How far the rules of a scenario have come for one team.
class RuleProgress {
 public:
  // `rules` outlive this.
  explicit RuleProgress(const scenario::Rules& rules);

  // The step of the first rule that fits and is not used up; the call is counted there. Empty: there is none.
  std::optional<RuleUse> follow(scenario::CallKind call, const scenario::RequestFacts& facts);

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

// Rules that a test puts before those of the scenario, each for a number of calls.
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
  std::optional<Followed> follow(scenario::CallKind call, const scenario::RequestFacts& facts);

  // The used up ones included, latest first.
  const std::list<Entry>& all() const { return entries_; }

 private:
  std::list<Entry> entries_;
};

}  // namespace enrichment_mock::engine
