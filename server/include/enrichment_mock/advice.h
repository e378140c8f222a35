// What a client does wrong, as Team::advice() says it. Included by emulator.h.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace enrichment_mock {

// "note", "warning", "error"
enum class Severity : unsigned char { note, warning, error };

std::string_view to_text(Severity severity);

struct AdviceOptions {
  // The client makes no more calls: what it has not done by now counts. Otherwise such a finding comes only when a
  // client has not come back for 5 minutes of real time.
  bool client_has_ended = false;
  std::vector<std::string> ignore = {};  // rules that are not checked, in addition to those that the scenario ignores
};

// A call or a callback that shows what the client did.
struct AdviceEvidence {
  std::uint64_t request = 0;     // JournaledRequest::number; 0: it is a callback
  std::string callback_id = {};  // empty: it is a request
};

// What the client did against one rule.
struct AdviceFinding {
  std::string rule;  // "duplicate-lookup"; server/control/advice.md describes the rules
  Severity severity = Severity::warning;
  std::string title;                          // what the rule says
  std::string explanation;                    // what happened the first time
  std::vector<AdviceEvidence> evidence = {};  // at most 20
  std::uint64_t count = 0;                    // how often it happened
};

// A rule that was not checked.
struct AdviceNotChecked {
  std::string rule, reason;
};

struct Advice {
  // False: data that could change the advice is no longer kept, and `reason` says which. Then there are no findings.
  bool complete = true;
  std::string reason = {};
  std::vector<AdviceFinding> findings = {};  // one for each rule, the most severe first
  std::vector<AdviceNotChecked> not_checked = {};
};

// For people: three lines for each finding, a line if the advice is not complete, and one for each reason why rules
// were not checked. "no advice" if nothing was found.
std::string to_text(const Advice& advice);

}  // namespace enrichment_mock
