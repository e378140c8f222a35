// Which entries of the journal a test means.
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
  std::optional<json_text::Value> body;  // what the request's JSON has at least

  // Where the entry differs, one sentence a part; empty: it is one of those that are meant, unless it is open.
  std::vector<std::string> differences(const runner::JournalEntry& entry, const KeyMasker& keys = {}) const;

  // Whether it is.
  bool means(const runner::JournalEntry& entry) const { return differences(entry).empty(); }

  // Whether a body is wanted of which the entry has only a part, so that nobody can tell.
  bool is_open(const runner::JournalEntry& entry) const { return body && entry.body_truncated(); }

  // "POST /v1/api/enrichment/email, status 201"
  std::string describe(const KeyMasker& keys = {}) const;
};

std::optional<RequestMatcher> read_request_matcher(const json_text::Value& value);

// Whether every member and element that `wanted` has is in `found`, however deep; arrays are as long as each other, and
// numbers are compared as decimals: 1.10 is 1.1.
bool is_subset(const json_text::Value& wanted, const json_text::Value& found);

// Of the entries that differ, the one that does so least, and where: {"request":7,"differs":["status: expected 201,
// found 503"]}; null: there is none that differs.
Json nearest(const RequestMatcher& matcher, const std::vector<runner::JournalEntryPtr>& entries,
             const KeyMasker& keys = {});

// An entry of the journal with the rule that nearly matched, as it is listed and as a snapshot has it.

// render(entry), and of a call that followed no rule "nearest_rule":{"name","differs":[…]}, the one of the rules of
// then that came nearest, if any did. `team` is whose it is; null: nobody's.
Object render_call(const runner::JournalEntry& entry, runner::TeamRunner* team, const KeyMasker& keys);

}  // namespace enrichment_mock::control
