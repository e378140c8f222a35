// The record behind an `_id`, and the requests and views that go in and out of the engine.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/id.h"
#include "engine/record_store.h"
#include "engine/status.h"
#include "scenario/model.h"

namespace enrichment_mock::engine {

using scenario::Duration;
using scenario::EmailType;
using scenario::Instant;

// A validated request for an enrichment.
struct EnrichmentRequest {
  std::string linkedin_url;  // as sent
  std::string username;      // of that URL: percent-decoded, lower case
  EmailType type = EmailType::work;
  std::optional<std::string> callback_url, external_id;
};

inline constexpr Instant kNever = Instant::max();
inline constexpr std::uint32_t kNoRule = 0xffffffff;
inline constexpr Number kNoCallback = ~Number{0};

// One enrichment. Times are team time; kNever: not yet.
struct Enrichment {
  EnrichmentId id;
  Status status = Status::pending;
  EmailType type = EmailType::work;
  scenario::Outcome outcome = scenario::Outcome::completed;  // planned at the request
  bool charged = false;
  std::uint32_t polls_left = 0;         // how many more polls show this status; 0: polls don't matter
  std::uint32_t rule = kNoRule;         // that it was accepted by: its place among Team::rule_names()
  Number number = 0;                    // of its team
  Number first_callback = kNoCallback;  // the number of its first copy; the others follow
  std::uint64_t creation = 0;           // breaks ties of due times
  Instant due = kNever;                 // of the next timed change
  Instant pending_at{}, processing_at = kNever, resolved_at = kNever;
  scenario::Lasting processing;     // its jitter is in it already
  std::string linkedin_url, email;  // email: planned; shown when completed
  std::optional<std::string> callback_url, external_id;
  std::shared_ptr<const scenario::Callback> callback;
};

// What a poll shows.
struct EnrichmentView {
  EnrichmentId id;
  Status status = Status::pending;
  EmailType type = EmailType::work;
  std::string linkedin_url;
  std::optional<std::string> email;  // completed only
  std::optional<std::string> external_id;
};

EnrichmentView view_of(const Enrichment& enrichment);

// An enrichment that a test wants to be there, without a request. Resolved ones have been through all states at once,
// and tell nobody.
struct SeededEnrichment {
  EnrichmentRequest request;
  std::optional<EnrichmentId> id;    // else one is made
  Status status = Status::pending;   // pending and processing ones go on as the scenario has it
  std::optional<std::string> email;  // of a completed one; else as the scenario has it
  bool charge = false;               // takes a credit; completed only
};

struct HistoryEntry {
  Instant at;
  Status status;
};
std::vector<HistoryEntry> history_of(const Enrichment& enrichment);

}  // namespace enrichment_mock::engine
