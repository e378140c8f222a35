// Selects entries of the journal for verify.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/render.h"
#include "json/reader.h"
#include "runner/journal.h"
#include "runner/team_runner.h"

namespace enrichment_mock::control {

// JSON that the body of a request must contain. Immutable; copies share it. Thread-safe.
class WantedBody {
 public:
  // `json` is JSON without comments and duplicate keys. Otherwise throws std::invalid_argument: what() is a sentence.
  explicit WantedBody(std::string json);

  // The journal stores URLs without their credentials, so these are ignored here, too.
  bool is_in(const json_text::Value& body) const;

  // How many members of an object differ; 0 if it is not an object.
  std::size_t differing_members(const std::optional<json_text::Value>& body) const;

  std::string shown() const;  // without credentials

 private:
  struct Text;
  std::shared_ptr<Text> whole_, masked_;  // masked_: without the credentials of URLs; null: there are none
};

// Selects entries of the journal. Parts that are absent match every entry.
struct RequestMatcher {
  std::optional<std::string> method = {}, path = {};  // path: a pattern, without the query
  std::optional<int> status = {};
  std::optional<WantedBody> body = {};

  // True, too, if the entry is undecided and all other parts match.
  bool matches(const runner::JournalEntry& entry) const;

  // One sentence for each part that does not match.
  std::vector<std::string> differences(const runner::JournalEntry& entry, const KeyMasker& keys = {}) const;

  // Whether the matcher has a body and the body of the entry is truncated, so that they cannot be compared.
  bool is_undecided(const runner::JournalEntry& entry) const { return body && entry.body_truncated(); }

  // "POST /v1/api/enrichment/email, status 201"
  std::string describe(const KeyMasker& keys = {}) const;

 private:
  bool has_method(const runner::JournalEntry& entry) const;
  bool has_path(const runner::JournalEntry& entry) const;
  bool has_status(const runner::JournalEntry& entry) const { return !status || entry.status == *status; }
  bool has_body(const runner::JournalEntry& entry) const;
};

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
Object render_call(const runner::JournalEntry& entry, runner::TeamRunner* team, const KeyMasker& keys,
                   Times times = Times::milliseconds);

}  // namespace enrichment_mock::control
