// The advice as users of the library see it, and as text for people.
#include "enrichment_mock/advice.h"

#include <map>

#include "control/advice.h"
#include "emulator/public_types.h"

namespace enrichment_mock {

namespace {

constexpr std::size_t kMaxShown = 5;  // numbers of calls in one line

// "requests 17, 18, 19 …"
std::string evidence_text(const std::vector<AdviceEvidence>& evidence) {
  std::string requests, callbacks;
  std::size_t shown = 0;
  for (const auto& each : evidence) {
    if (shown++ == kMaxShown) break;
    auto& list = each.request != 0 ? requests : callbacks;
    list += (list.empty() ? "" : ", ") + (each.request != 0 ? std::to_string(each.request) : each.callback_id);
  }
  std::string text;
  if (!requests.empty()) text = "requests " + requests;
  if (!callbacks.empty()) text += (text.empty() ? "callbacks " : ", callbacks ") + callbacks;
  return text + (evidence.size() > kMaxShown ? " …" : "");
}

}  // namespace

Advice to_public(const control::Advice& from, const base::KeyMasker& keys) {
  Advice to{.complete = !from.lost, .reason = from.lost.value_or("")};
  for (const auto& finding : from.findings) {
    auto& added = to.findings.emplace_back();
    added.rule = scenario::to_text(finding.rule);
    added.severity = static_cast<Severity>(finding.severity);
    added.title = finding.title;
    added.explanation = keys.hide(finding.explanation);
    for (const auto& proof : finding.proofs) added.evidence.push_back({proof.request, proof.callback});
    added.count = finding.count;
  }
  for (const auto& each : from.not_checked)
    to.not_checked.push_back({std::string(scenario::to_text(each.rule)), std::string(each.reason)});
  return to;
}

control::AdviceOptions to_internal(const AdviceOptions& options) {
  control::AdviceOptions to{.client_has_ended = options.client_has_ended};
  for (const auto& rule : options.ignore) {
    const auto known = scenario::kAdviceRuleWords.value(rule);
    if (!known) throw ArgumentError("advice: there is no rule \"" + rule + "\"");
    to.ignore.push_back(*known);
  }
  return to;
}

std::string_view to_text(Severity severity) {
  static_assert(static_cast<int>(Severity::note) == static_cast<int>(control::Severity::note) &&
                static_cast<int>(Severity::warning) == static_cast<int>(control::Severity::warning) &&
                static_cast<int>(Severity::error) == static_cast<int>(control::Severity::error));
  return control::kSeverityWords.text(static_cast<control::Severity>(severity));
}

std::string to_text(const Advice& advice) {
  std::string text;
  if (!advice.complete) text = "no advice: " + advice.reason + "\n";
  for (const auto& finding : advice.findings) {
    text.append(to_text(finding.severity)).append(": ").append(finding.title).append(" (").append(finding.rule);
    text += (finding.count > 1 ? ", " + std::to_string(finding.count) + " times" : "") + ")\n  ";
    text += finding.explanation + "\n  see " + evidence_text(finding.evidence) + "\n";
  }
  if (text.empty()) text = "no advice\n";
  std::map<std::string_view, std::string> by_reason;
  for (const auto& each : advice.not_checked) {
    auto& rules = by_reason[each.reason];
    rules.append(rules.empty() ? "" : ", ").append(each.rule);
  }
  for (const auto& [reason, rules] : by_reason)
    text.append("not checked: ").append(rules).append(": ").append(reason) += '\n';
  return text;
}

}  // namespace enrichment_mock
