// Which rule and step apply to a call of a team, and how often each rule was followed. There are the rules of the
// scenario, and extra rules that a test puts before them.
#pragma once
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "scenario/rules.h"

namespace enrichment_mock::engine {

// A rule and one of its steps, by index in the scenario.
struct RuleUse {
  std::uint32_t rule = 0, step = 0;
};

// The step of a rule for the call after `count` others. Empty if the rule is used up.
std::optional<std::size_t> step_after(const scenario::Rule& rule, std::uint64_t count);

// How often each rule of a scenario was followed in one team.
class RuleProgress {
 public:
  // `rules` must outlive this.
  explicit RuleProgress(const scenario::Rules& rules);
  // Continues with these counts, by rule. Throws std::invalid_argument if there is not one for each rule.
  RuleProgress(const scenario::Rules& rules, std::span<const std::uint64_t> followed);

  // Finds the first rule that matches and is not used up, counts the call for it, and returns its step. Empty: there is
  // none.
  std::optional<RuleUse> follow(scenario::CallKind call, const scenario::RequestFacts& facts);

  const scenario::Step& step(RuleUse use) const { return (*rules_)[use.rule].steps[use.step]; }

  // How many calls followed a rule.
  std::uint64_t followed(std::size_t rule) const { return progress_[rule].followed; }
  std::vector<std::uint64_t> all_followed() const;

  using ProfileCounts = std::unordered_map<std::string, std::uint64_t>;
  // By profile, of a rule that counts by profile and needs counts.
  const ProfileCounts& profiles(std::size_t rule) const { return progress_.at(rule).by_profile; }
  void restore(std::size_t rule, const std::string& profile, std::uint64_t count) {
    progress_.at(rule).by_profile[profile] = count;
  }

 private:
  struct Progress {
    std::uint64_t followed = 0;
    ProfileCounts by_profile;  // of rules that count by profile and need counts
  };
  // The count that determines the step.
  std::uint64_t& count_of(Progress& progress, const scenario::Rule& rule, std::string_view profile);

  const scenario::Rules* rules_;
  std::vector<Progress> progress_;  // by rule
};

// From what an extra rule was read, so that it can be read again: its text in the format of scenario files, and the
// callback settings that its steps inherit.
struct RuleSource {
  std::string text = {};
  std::shared_ptr<const scenario::Callback> callback = {};
};

// Rules that a test puts before the rules of the scenario, each for a number of calls.
class ExtraRules {
 public:
  struct Entry {
    scenario::Rule rule;
    std::uint64_t number = 0;  // no other rule of the team has or had it
    RuleSource source = {};
    std::uint64_t left = 0;                       // calls that may still follow it
    std::uint64_t followed = 0;                   // calls that followed it
    RuleProgress::ProfileCounts by_profile = {};  // of a rule that counts by profile
  };

  // Adds a rule before all others, for `times` calls, 1 or more.
  void add(scenario::Rule rule, std::uint64_t times, RuleSource source) {
    entries_.push_front({std::move(rule), added_, std::move(source), times});
    ++added_;
  }

  // How many were added so far. A saved rule is added after those that it comes before.
  std::uint64_t added() const { return added_; }
  void restore(std::uint64_t added) { added_ = added; }
  void restore(Entry entry) { entries_.push_front(std::move(entry)); }
  void restore(std::uint64_t number, const std::string& profile, std::uint64_t count);

  // Removes all rules; returns how many there were.
  std::size_t clear();

  // Whether any of them uses a random draw.
  bool use_draws() const;

  // Finds the first rule that matches and has calls left, counts the call, and returns the step. The step is determined
  // by the calls of the rule or of the profile, as the rule says.
  struct Followed {
    std::uint64_t number;  // of the entry
    const scenario::Rule* rule;
    const scenario::Step* step;
    std::uint32_t step_number;
  };
  std::optional<Followed> follow(scenario::CallKind call, const scenario::RequestFacts& facts);

  // All rules, including those that are used up; the latest first.
  const std::list<Entry>& all() const { return entries_; }

 private:
  std::list<Entry> entries_;
  std::uint64_t added_ = 0;
};

}  // namespace enrichment_mock::engine
