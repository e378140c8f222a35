// What advice is based on: a copy of a team's journal, and of the facts about the enrichments that were requested in
// it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/render.h"
#include "engine/callback.h"
#include "engine/enrichment.h"
#include "runner/journal.h"
#include "runner/team_runner.h"

namespace enrichment_mock::control {

struct AdviceCallback {
  std::string id;
  bool is_open = false;
  // Whether the answers to it are the client's: it is not sent to the sink, and the scenario does not change its body.
  bool is_judged = true;
  struct Attempt {
    base::Instant at{}, ended{};  // team time
    int status = 0;               // 0: no response
    bool accepted() const { return status >= 200 && status < 300; }
    bool refused() const { return status != 0 && !accepted(); }
  };
  std::vector<Attempt> attempts = {};  // those that have ended
};

// An enrichment that a call in the journal has requested.
struct AdviceLookup {
  engine::EnrichmentId id;
  std::string linkedin_url;
  engine::EmailType type{};
  engine::Status status{};
  base::Instant resolved_at = engine::kNever;  // team time
  bool counts_polls = false;                   // a status lasts for a number of polls, so that polls drive the lookup
  std::vector<AdviceCallback> callbacks = {};
};

struct AdviceEvidence {
  std::vector<runner::JournalEntryPtr> calls = {};  // oldest first
  std::vector<AdviceLookup> lookups = {};           // in the order of their calls
  std::vector<base::Instant> credits_added =
      {};  // when credits were added, in team time, in order; only if there was a 402
  base::Instant real_now{}, team_now{};
  bool always_real = false;                        // the team's clock has always run as fast as real time
  std::optional<std::string> lost = {};            // why data is missing that could change the advice
  std::vector<scenario::AdviceRule> ignored = {};  // by the scenario
};

AdviceEvidence collect_evidence(runner::TeamRunner& team, const Rewritten& rewritten);

}  // namespace enrichment_mock::control
