// What a team's calls say about its client: mistakes that a real API would punish. A false alarm is worse than a miss:
// what can be explained in another way is no finding. advice.md describes the rules for users.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/words.h"
#include "control/advice_evidence.h"
#include "control/render.h"
#include "runner/team_runner.h"
#include "scenario/model.h"

namespace enrichment_mock::control {

using scenario::AdviceRule;

enum class Severity : unsigned char { note, warning, error };
inline constexpr auto kSeverityWords =
    base::words<Severity>({{Severity::note, "note"}, {Severity::warning, "warning"}, {Severity::error, "error"}});

struct AdviceOptions {
  std::vector<AdviceRule> ignore = {};
  // The client makes no more calls: what it has not done by now, it does not do. Otherwise the rules about that wait
  // until so much time has passed that it cannot still be waiting.
  bool client_has_ended = false;
};

// A call or a callback that shows what the client did.
struct AdviceProof {
  std::uint64_t request = 0;  // the number of a call in the journal; 0: it is a callback
  std::string callback = {};  // its id
  bool operator==(const AdviceProof&) const = default;
};

// What the client did against one rule.
struct AdviceFinding {
  AdviceRule rule{};
  Severity severity{};
  std::string_view title;
  std::string explanation;          // what happened the first time
  std::vector<AdviceProof> proofs;  // the first ones
  std::uint64_t count = 0;          // how often it happened
};

struct Advice {
  // Why nothing can be said: data that could change the advice is no longer kept. Then there are no findings.
  std::optional<std::string> lost = {};
  std::vector<AdviceFinding> findings = {};  // the most severe first
  struct NotChecked {
    AdviceRule rule;
    std::string_view reason;
  };
  std::vector<NotChecked> not_checked = {};
};

// Checks the calls in the team's journal. The team is locked only for short slices. `rewritten` tells which callbacks
// go to the sink. The rules that the team's scenario ignores are ignored, too.
Advice advise(runner::TeamRunner& team, const Rewritten& rewritten, AdviceOptions options = {});

// The same for evidence that was collected before. Pure.
Advice advise(const AdviceEvidence& evidence, const AdviceOptions& options);

// {"complete","reason","findings":[{"rule","severity","title","explanation","evidence":[{"request"}|{"callback"}],
//  "count"}],"not_checked":[{"rule","reason"}]}
Object render(const Advice& advice, const KeyMasker& keys);

}  // namespace enrichment_mock::control
