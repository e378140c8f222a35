// A team's enrichments: found by number or id, led from status to status, and when each moves on by itself.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "engine/due_queue.h"
#include "engine/enrichment.h"

namespace enrichment_mock::engine {

class EnrichmentBook {
 public:
  explicit EnrichmentBook(IdSource ids) : ids_(ids) {}

  // A new one, pending from `now` on, with a chosen id that is not taken, or one of its own; what else it is made of is
  // the caller's to fill in, and then to begin.
  Enrichment& add(Instant now, std::uint64_t creation, const std::optional<EnrichmentId>& id = {});

  Enrichment* find(const EnrichmentId& id);
  const Enrichment* find(const EnrichmentId& id) const;
  Enrichment& at(Number number) { return enrichments_[number]; }
  const RecordStore<Enrichment>& all() const { return enrichments_; }

  // Takes a resolved one out.
  void forget(Number number);

  // The status that it has lasts for so long from then on.
  void plan_exit(Enrichment& enrichment, const scenario::Lasting& lasting, Instant from);

  // Who moves on next by time alone.
  std::optional<Due> next();
  // Takes that one, for it to be moved on.
  Enrichment& take_next();
  // A poll that shows the status. Returns whether it was the last that does, so that it is to be moved on.
  static bool count_poll(Enrichment& enrichment);

  // The only ways from status to status; each throws std::logic_error where it does not lead on from the present one.
  // What was planned for the present status is void.
  void process(Enrichment& enrichment, Instant at);
  void resolve(Enrichment& enrichment, Status to, Instant at);

  std::size_t unresolved() const { return unresolved_; }
  std::size_t timed() const { return timed_; }  // of those, the ones that time alone moves on

 private:
  void change(Enrichment& enrichment, Status to);

  IdSource ids_;
  RecordStore<Enrichment> enrichments_;
  std::map<std::string, Number> chosen_ids_;  // whose ids are not of ids_
  DueQueue queue_;
  std::size_t unresolved_ = 0, timed_ = 0;
};

}  // namespace enrichment_mock::engine
