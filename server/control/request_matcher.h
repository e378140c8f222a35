// Selects entries of the journal for verify.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "control/render.h"
#include "json/fields.h"
#include "runner/journal.h"
#include "runner/team_runner.h"

namespace enrichment_mock::control {

struct RequestMatcher {
  std::optional<std::string> method, path;  // path: a pattern, without the query
  std::optional<int> status;
  std::optional<json_text::Value> body;  // a subset of the request's JSON

  // The differences of the entry, one sentence each. Empty: the entry matches, unless it is undecided.
  std::vector<std::string> differences(const runner::JournalEntry& entry, const KeyMasker& keys = {}) const;

  bool matches(const runner::JournalEntry& entry) const { return differences(entry).empty(); }

  // Whether the matcher has a body and the body of the entry is truncated, so that they cannot be compared.
  bool is_undecided(const runner::JournalEntry& entry) const { return body && entry.body_truncated(); }

  // "POST /v1/api/enrichment/email, status 201"
  std::string describe(const KeyMasker& keys = {}) const;
};

std::optional<RequestMatcher> read_request_matcher(const json_text::Value& value);

// Whether `found` contains every member and element of `wanted`, at any depth. Arrays must have the same length.
// Numbers are compared as decimals: 1.10 equals 1.1.
bool is_subset(const json_text::Value& wanted, const json_text::Value& found);

// The differing entry with the fewest differences: {"request":7,"differs":["status: expected 201, found 503"]}. Null:
// no entry differs.
Json nearest(const RequestMatcher& matcher, const std::vector<runner::JournalEntryPtr>& entries,
             const KeyMasker& keys = {});

// An entry of the journal for lists and snapshots: render(entry), and if no rule matched,
// "nearest_rule":{"name","differs":[…]}, the rule that nearly matched at the time of the call. `team`: the team of the
// call; null: the call has no team.
Object render_call(const runner::JournalEntry& entry, runner::TeamRunner* team, const KeyMasker& keys);

}  // namespace enrichment_mock::control
