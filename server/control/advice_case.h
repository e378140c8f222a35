// The evidence for advice, with what several rules need: which calls are the same call, which profile they are about,
// what the client knew and has seen.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "control/advice_evidence.h"

namespace enrichment_mock::control {

// All thresholds of the rules. advice.md repeats them for users.
struct AdviceThresholds {
  // Whether a call was already under way when another one was answered. It was not if it came on the same connection.
  // Nor was it if its connection was opened, or carried another response, so long after that answer. Nor if it came
  // much later.
  base::Duration in_flight = std::chrono::milliseconds(50), long_in_flight = std::chrono::seconds(2);
  // A client that waits a little less than Retry-After says is not blamed: timers are not exact.
  std::int64_t percent_of_retry_after = 90;
  // How many gaps in a row must be below the bound, without growing.
  base::Duration poll_gap = std::chrono::milliseconds(50), retry_gap = std::chrono::milliseconds(25);
  std::size_t poll_gaps = 5, retry_gaps = 3;
  // A client that has not come back after this time has given up.
  base::Duration given_up = std::chrono::minutes(5);
  std::uint64_t polls_after_final = 2, posts_after_402 = 3;
  std::size_t refused_attempts = 2;  // of one callback, unless it has ended
};
inline constexpr AdviceThresholds kAdvice;

inline constexpr std::uint32_t kNoLookup = UINT32_MAX;

enum class AdvisedKind : unsigned char { request, poll, credits, other };

// One call, as the rules look at it.
struct AdvisedCall {
  const runner::JournalEntry* entry = nullptr;
  AdvisedKind kind = AdvisedKind::other;
  base::Instant sent_after = base::Instant::min();  // in real time: its connection was not there before, or was in use
  std::uint32_t client = 0;                         // number of its API key
  std::uint32_t lookup = kNoLookup;                 // of an accepted request or of a poll: index of its lookup
  std::optional<engine::Status> shown = {};         // what a poll that the API itself answered says

  int status() const { return entry->status; }
  base::Instant made() const { return entry->real_at; }
  base::Instant answered() const { return entry->real_at + entry->delay; }
  // The client has received the response as the API made it.
  bool received() const { return entry->fault.empty() && entry->client_stayed(); }
  // The client has noticed that the call failed, and should try again.
  bool failed() const;
  bool shows_final() const { return shown && engine::is_resolved(*shown); }
  std::string name() const { return std::string(entry->method).append(" ").append(path()); }
  std::string_view path() const { return entry->target.substr(0, entry->target.find('?')); }
};

bool on_same_connection(const AdvisedCall& a, const AdvisedCall& b);

// See AdviceThresholds::in_flight.
bool was_sent_later(const AdvisedCall& call, const AdvisedCall& than_answer_of);

// Whether the client knew the first response when it made the second call.
bool knew(const AdvisedCall& first, const AdvisedCall& second);

// The profile and type that a request's body asks for, as "work jane"; empty: none.
std::string profile_in(std::string_view body);

// Indexes of AdviceCase::calls.
using CallIndexes = std::span<const std::uint32_t>;

// The evidence, with what several rules need. Refers to it.
class AdviceCase {
 public:
  AdviceCase(const AdviceEvidence& from, bool has_ended);
  AdviceCase(const AdviceCase&) = delete;  // `things` refers to it
  AdviceCase& operator=(const AdviceCase&) = delete;

  bool has_given_up(base::Instant since, base::Instant now) const {
    return client_has_ended || now - since >= kAdvice.given_up;
  }

  // The number of a profile and type that a lookup has.
  std::optional<std::uint32_t> profile_number(const std::string& profile) const {
    const auto found = profile_numbers_.find(profile);
    return found == profile_numbers_.end() ? std::nullopt : std::optional(found->second);
  }

  // Whether credits were added between two calls, or may have been: on a manual clock all times can be the same.
  bool got_credits(const AdvisedCall& after, const AdvisedCall& before) const {
    const auto& added = evidence.credits_added;
    const auto first = std::ranges::lower_bound(added, after.entry->at);
    return first != added.end() && *first <= before.entry->at;
  }

  const AdviceEvidence& evidence;
  const bool client_has_ended;
  std::vector<AdvisedCall> calls;
  std::size_t clients = 0;
  std::vector<CallIndexes> things;      // the calls that are the same call, in order
  std::vector<std::uint32_t> profiles;  // the number of the profile and type of each lookup
  // What the client has seen of each lookup.
  struct Seen {
    bool result = false;                             // a poll showed it, or may have, or a callback was accepted
    base::Instant last_poll = base::Instant::min();  // real time
  };
  std::vector<Seen> seen;

 private:
  void group(const std::vector<std::uint32_t>& of_calls, std::size_t count);
  void note_poll(const AdvisedCall& poll);

  std::unordered_map<std::string, std::uint32_t> profile_numbers_;
  std::vector<std::uint32_t> grouped_;  // indexes of calls, grouped by thing
};

}  // namespace enrichment_mock::control
