// A loaded scenario. Immutable, and shared by all teams that run it.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mask.h"
#include "scenario/model.h"
#include "scenario/request.h"
#include "scenario/rules.h"

namespace enrichment_mock::scenario {

struct Scenario {
  std::string name;
  std::string description;
  std::string text;                   // the source text of the file
  std::optional<std::uint64_t> seed;  // empty: random at each start
  ClockSettings clock;
  std::int64_t credits = 250;  // opening balance of each team
  bool credits_overridden = false;
  std::vector<TeamSettings> teams;
  std::shared_ptr<const base::KeySet> listed_keys;  // keys of its teams, for masking; null: there are none
  bool rejects_unknown_keys = false;
  Lookup lookup;
  std::shared_ptr<const Callback> callback = std::make_shared<const Callback>();
  std::map<std::string, Profile, std::less<>> profiles;  // by normalised username
  std::map<int, Body> errors;                            // replaces the bodies of responses with that status
  std::optional<RateLimit> rate_limit;
  Rules rules;
  std::vector<ScheduleEntry> schedule;
  Expectation expect;
  std::vector<AdviceRule> ignored_advice;
  std::vector<SeededEnrichment> enrichments;  // of each team, from its opening and after a reset

  // The opening balance of a team; `team` is its name in the file, or empty.
  std::int64_t credits_of(std::string_view team) const {
    for (const auto& settings : teams)
      if (settings.name == team && settings.credits) return *settings.credits;
    return credits;
  }

  // Gives each team this opening balance, whatever the file says. The balance that the file expects is not checked.
  void override_credits(std::int64_t balance) {
    credits = balance;
    credits_overridden = true;
    expect.credits.reset();
    for (auto& team : teams) team.credits.reset();
  }

  // Whether a rate limit or schedule applies before calls are handled.
  bool has_gate() const { return rate_limit || !schedule.empty(); }
};

}  // namespace enrichment_mock::scenario
