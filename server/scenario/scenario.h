// What a scenario file says as a whole. Immutable once loaded, and shared by all teams that run it.
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
#include "scenario/rules.h"

namespace enrichment_mock::scenario {

struct Scenario {
  std::string name;
  std::string description;
  std::string text;                   // the file, as it was written
  std::optional<std::uint64_t> seed;  // absent: every start draws its own
  ClockSettings clock;
  std::int64_t credits = 250;  // opening balance of a team
  std::vector<TeamSettings> teams;
  std::shared_ptr<const base::KeySet> listed_keys;  // of its teams, to be masked; null: there are none
  bool rejects_unknown_keys = false;
  Lookup lookup;
  std::shared_ptr<const Callback> callback = std::make_shared<const Callback>();
  std::map<std::string, Profile, std::less<>> profiles;  // by username in lower case
  std::map<int, Body> errors;                            // replaces the body of answers with that status
  std::optional<RateLimit> rate_limit;
  Rules rules;
  std::vector<ScheduleEntry> schedule;
  Expectation expect;

  // The opening balance of a team of that name, or of one without.
  std::int64_t credits_of(std::string_view team) const {
    for (const auto& settings : teams)
      if (settings.name == team && settings.credits) return *settings.credits;
    return credits;
  }

  // Whether calls meet anything before they are looked at.
  bool has_gate() const { return rate_limit || !schedule.empty(); }
};

}  // namespace enrichment_mock::scenario
