#include "cli/advice.h"

#include <utility>

#include "base/text.h"
#include "cli/report.h"
#include "json/fields.h"

namespace enrichment_mock::cli {
namespace {

constexpr Severity kSeverities[] = {Severity::note, Severity::warning, Severity::error};

// The text of a member; empty if it is no string.
std::string string_in(const json_text::Value& json, std::string_view name) {
  const auto member = json.member(name);
  return member && member->is_string() ? std::string(member->text()) : std::string();
}

std::optional<AdviceFinding> read_finding(const json_text::Value& json) {
  AdviceFinding finding{.rule = string_in(json, "rule"),
                        .title = string_in(json, "title"),
                        .explanation = string_in(json, "explanation")};
  const auto severity = string_in(json, "severity");
  bool is_known = false;
  for (const auto each : kSeverities)
    if (to_text(each) == severity) finding.severity = each, is_known = true;
  const auto count = json.member("count");
  if (!is_known || finding.rule.empty() || !count) return std::nullopt;
  finding.count = json_text::to_whole_number<std::uint64_t>(*count).value_or(1);
  if (const auto evidence = json.member("evidence"))
    for (const auto each : evidence->children()) {
      const auto request = each.member("request");
      const auto number = request ? json_text::to_whole_number<std::uint64_t>(*request) : std::nullopt;
      finding.evidence.push_back({number.value_or(0), string_in(each, "callback")});
    }
  return finding;
}

}  // namespace

std::optional<Advice> read_advice(const json_text::Value& body) {
  const auto complete = body.member("complete"), findings = body.member("findings"),
             not_checked = body.member("not_checked");
  if (!complete || !findings || !not_checked) return std::nullopt;
  Advice advice{.complete = complete->raw() == "true", .reason = string_in(body, "reason")};
  for (const auto each : findings->children()) {
    auto finding = read_finding(each);
    if (!finding) return std::nullopt;
    advice.findings.push_back(*std::move(finding));
  }
  for (const auto each : not_checked->children())
    advice.not_checked.push_back({string_in(each, "rule"), string_in(each, "reason")});
  return advice;
}

std::string printable_advice(const Advice& advice) { return base::printable(to_text(advice), true); }

std::string github_annotations(const Advice& advice) {
  std::string lines;
  for (const auto& finding : advice.findings) {
    const bool is_note = finding.severity == Severity::note;
    lines += github_annotation(is_note ? "notice" : to_text(finding.severity),
                               "enrichment-mock advice: " + finding.rule, finding.title + "\n" + finding.explanation);
  }
  return lines;
}

}  // namespace enrichment_mock::cli
