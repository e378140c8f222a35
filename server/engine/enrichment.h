// Enrichments: the records behind the `_id`s. Their statuses and the legal transitions (documented: pending,
// processing, completed, not-found, failed), and the requests and views that the engine takes and returns.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/due_queue.h"
#include "engine/id.h"
#include "engine/record_store.h"
#include "scenario/request.h"

namespace enrichment_mock::engine {

using base::Duration;
using base::Instant;
using scenario::EmailType;
using scenario::EnrichmentRequest;
using scenario::kStatusWords;
using scenario::SeededEnrichment;
using scenario::Status;

// pending → processing → completed | not-found | failed, and nothing else.
bool is_legal(Status from, Status to);

bool is_resolved(Status status);

Status status_of(scenario::Outcome outcome);

inline constexpr Instant kNever = Instant::max();
inline constexpr std::uint32_t kNoRule = 0xffffffff;
inline constexpr Number kNoCallback = ~Number{0};
inline constexpr Number kNotEnded = ~Number{0};
inline constexpr Number kLastEnded = kNotEnded - 1;

// The texts of an enrichment. Never changes.
class EnrichmentTexts {
 public:
  struct Parts {
    std::string_view linkedin_url, email;  // email: planned; shown if it is completed
    std::optional<std::string_view> callback_url = {}, external_id = {};
  };

  EnrichmentTexts() = default;  // without a linkedin_url
  explicit EnrichmentTexts(const Parts& parts);
  EnrichmentTexts(const EnrichmentTexts& other);
  EnrichmentTexts(EnrichmentTexts&&) = default;
  EnrichmentTexts& operator=(EnrichmentTexts other) noexcept;

  Parts parts() const;  // valid while this exists

 private:
  // In one piece, because there may be millions of them: the sizes of the four texts, then the texts.
  std::unique_ptr<char[]> memory_;
};

// One enrichment. Times are team time; kNever: not yet.
struct Enrichment {
  EnrichmentId id;
  Status status = Status::pending;
  EmailType type = EmailType::work;
  scenario::Outcome outcome = scenario::Outcome::completed;  // planned at the request
  bool charged = false;
  std::uint32_t polls_left = 0;         // how many more polls show this status; 0: polls are not counted
  std::uint32_t rule = kNoRule;         // the rule that accepted it: index in Team::rule_names()
  std::uint32_t callback_draw = 0;      // see scenario::callback_delay()
  Number number = 0;                    // unique in its team
  Number first_callback = kNoCallback;  // the first copy; the others have the next numbers
  Number ended_next = kNotEnded;        // the enrichment that ended after it
  std::uint64_t creation = 0;           // breaks ties of due times
  Instant due = kNever;                 // when its status changes by time
  Instant pending_at{}, processing_at = kNever, resolved_at = kNever, ended_at = kNever;
  scenario::StatusDuration processing;  // includes the jitter
  EnrichmentTexts texts;
  std::shared_ptr<const scenario::Callback> callback;

  std::string_view linkedin_url() const { return texts.parts().linkedin_url; }
  std::string_view email() const { return texts.parts().email; }
  std::optional<std::string_view> callback_url() const { return texts.parts().callback_url; }
  std::optional<std::string_view> external_id() const { return texts.parts().external_id; }
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

// A team's enrichments. Finds them by number or id, changes their status, and knows when the next status is due.
class EnrichmentStore {
 public:
  explicit EnrichmentStore(IdSource ids) : ids_(ids) {}
  const IdSource& ids() const { return ids_; }

  // Adds a saved enrichment. Its number is not below all().end_number().
  Enrichment& restore(Enrichment enrichment);
  void skip_to(Number number) { enrichments_.skip_to(number); }

  // Adds an enrichment that is pending from `now` on. `id`: one that is not in use; empty: a new one. The caller fills
  // in the other members and then calls plan_status_end().
  Enrichment& add(Instant now, std::uint64_t creation, const std::optional<EnrichmentId>& id = {});

  // No other enrichment gets this id than the one with that number, which is added later.
  void reserve_id(const EnrichmentId& id, Number number) { chosen_ids_.emplace(id, number); }

  Enrichment* find(const EnrichmentId& id);
  const Enrichment* find(const EnrichmentId& id) const;
  Enrichment& at(Number number) { return enrichments_[number]; }
  const RecordStore<Enrichment>& all() const { return enrichments_; }

  // Removes a resolved enrichment.
  void forget(Number number);

  // Removes the enrichment that was added last.
  void undo_add(const Enrichment& enrichment);

  // Reserves memory, so that changing the status of one enrichment cannot throw.
  void reserve_more() { queue_.reserve_more(1); }

  // Plans the end of its present status, which began at `from`.
  void plan_status_end(Enrichment& enrichment, const scenario::StatusDuration& duration, Instant from);

  // The next status change by time, if any.
  std::optional<Due> next();

  // The only functions that change a status. They throw std::logic_error if the transition is illegal. The planned end
  // of the present status is cancelled. If one throws, nothing has changed.
  void process(Enrichment& enrichment, Instant at);
  void resolve(Enrichment& enrichment, Status to, Instant at);

  std::size_t unresolved() const { return unresolved_; }
  std::size_t timed() const { return timed_; }  // unresolved ones whose status changes by time

 private:
  void change(Enrichment& enrichment, Status to);

  IdSource ids_;
  RecordStore<Enrichment> enrichments_;
  std::map<EnrichmentId, Number> chosen_ids_;  // for ids that are not from ids_
  DueQueue queue_;
  std::size_t unresolved_ = 0, timed_ = 0;
};

}  // namespace enrichment_mock::engine
