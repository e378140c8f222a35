// The record behind an `_id`, and the requests and views that go in and out of the engine.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/id.h"
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

// One enrichment. Times are team time; kNever: not yet.
struct Enrichment {
  EnrichmentId id;
  Status status = Status::pending;
  EmailType type = EmailType::work;
  scenario::Outcome outcome = scenario::Outcome::completed;  // planned at the request
  bool charged = false;
  std::uint32_t number = 0;      // the n-th of its team, from 0
  std::uint32_t polls_left = 0;  // how many more polls show this status; 0: polls don't matter
  std::uint64_t creation = 0;    // breaks ties of due times
  Instant due = kNever;          // of the next timed change
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

struct HistoryEntry {
  Instant at;
  Status status;
};
std::vector<HistoryEntry> history_of(const Enrichment& enrichment);

}  // namespace enrichment_mock::engine
