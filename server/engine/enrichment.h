// Enrichments: the records behind the `_id`s, their states and the only ways between them (documented: pending,
// processing, completed, not-found, failed), and the requests and views that go in and out of the engine.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/words.h"
#include "engine/due_queue.h"
#include "engine/id.h"
#include "engine/record_store.h"
#include "scenario/model.h"

namespace enrichment_mock::engine {

using base::Duration;
using base::Instant;
using scenario::EmailType;

enum class Status : unsigned char { pending, processing, completed, not_found, failed };

// pending → processing → completed | not-found | failed, and nothing else.
bool is_legal(Status from, Status to);

bool is_resolved(Status status);

Status status_of(scenario::Outcome outcome);

// As the API writes it: "not-found".
inline constexpr auto kStatusWords = base::words<Status>({{Status::pending, "pending"},
                                                          {Status::processing, "processing"},
                                                          {Status::completed, "completed"},
                                                          {Status::not_found, "not-found"},
                                                          {Status::failed, "failed"}});
constexpr std::string_view to_text(Status status) { return kStatusWords.text(status); }

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
inline constexpr Number kNotEnded = ~Number{0};  // or forgotten as such
inline constexpr Number kLastEnded = kNotEnded - 1;

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
  Number ended_next = kNotEnded;        // the one that ended after it
  std::uint64_t creation = 0;           // breaks ties of due times
  Instant due = kNever;                 // of the next timed change
  Instant pending_at{}, processing_at = kNever, resolved_at = kNever, ended_at = kNever;
  scenario::StatusDuration processing;  // its jitter is in it already
  std::string linkedin_url, email;      // email: planned; shown when completed
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
// and send no callback.
struct SeededEnrichment {
  EnrichmentRequest request;
  std::optional<EnrichmentId> id;    // else one is made
  Status status = Status::pending;   // pending and processing ones go on as the scenario has it
  std::optional<std::string> email;  // of a completed one, a template; else as the scenario has it
  bool charge = false;               // takes a credit; completed only
};

struct HistoryEntry {
  Instant at;
  Status status;
};
std::vector<HistoryEntry> history_of(const Enrichment& enrichment);

// A team's enrichments: found by number or id, led from status to status, and when each moves on by itself.
class EnrichmentStore {
 public:
  explicit EnrichmentStore(IdSource ids) : ids_(ids) {}

  // A new one, pending from `now` on, with a chosen id that is not taken, or one of its own; what else it is made of is
  // the caller's to fill in, and then to begin.
  Enrichment& add(Instant now, std::uint64_t creation, const std::optional<EnrichmentId>& id = {});

  Enrichment* find(const EnrichmentId& id);
  const Enrichment* find(const EnrichmentId& id) const;
  Enrichment& at(Number number) { return enrichments_[number]; }
  const RecordStore<Enrichment>& all() const { return enrichments_; }

  // Takes a resolved one out.
  void forget(Number number);

  // Takes one out that was only just added.
  void take_back(const Enrichment& enrichment);

  // From here on one of them can be led from status to status without allocating.
  void reserve_more() { queue_.reserve_more(1); }

  // The status that it has lasts for so long from then on.
  void plan_status_end(Enrichment& enrichment, const scenario::StatusDuration& lasting, Instant from);

  // Which moves on next by time alone.
  std::optional<Due> next();

  // The only ways from status to status; each throws std::logic_error if it does not lead on from the present one.
  // What was planned for the present status is void. Nothing has happened if one throws.
  void process(Enrichment& enrichment, Instant at);
  void resolve(Enrichment& enrichment, Status to, Instant at);

  std::size_t unresolved() const { return unresolved_; }
  std::size_t timed() const { return timed_; }  // of those, the ones that time alone moves on

 private:
  void change(Enrichment& enrichment, Status to);

  IdSource ids_;
  RecordStore<Enrichment> enrichments_;
  std::map<EnrichmentId, Number> chosen_ids_;  // whose ids are not of ids_
  DueQueue queue_;
  std::size_t unresolved_ = 0, timed_ = 0;
};

}  // namespace enrichment_mock::engine
