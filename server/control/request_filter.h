// Selects entries of the journal for lists and waits.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/error.h"
#include "runner/journal.h"
#include "runner/team_runner.h"

namespace enrichment_mock::control {

// Whether the text is a trace id of W3C Trace Context: 32 lower-case hex digits. All zeros is not one.
bool is_trace_id(std::string_view text);

// Parts that are absent or empty accept every entry.
struct RequestFilter {
  std::optional<base::Instant> since = {};  // on the team's clock; real time for a call without a team
  std::vector<std::uint64_t> statuses = {};
  std::optional<std::string> method = {}, path = {};  // path: a pattern, without the query
  // The body of the request or the response has the field with this value.
  std::optional<std::string> external_id = {}, linkedin_url = {};
  std::optional<std::string> trace_id = {};
  bool unmatched_only = false;

  bool accepts(const runner::JournalEntry& entry) const;
};

api::ApiError no_journal();  // 409: --journal-size is 0

// Waits, at most for `timeout` of real time, until the team's journal has `count` entries that the filter accepts, with
// numbers above `after`. Returns how many there are, at most `count`. Throws no_journal(), and runner::Conflict like
// TeamRunner::wait_until_checked().
std::size_t wait_for_requests(runner::TeamRunner& team, std::size_t count, const RequestFilter& filter,
                              std::uint64_t after, std::chrono::milliseconds timeout);

}  // namespace enrichment_mock::control
