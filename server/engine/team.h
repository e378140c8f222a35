// One team's world: its enrichments, ledger and callbacks, run by a scenario. A passive machine: commands and events
// go in with the team time at which they happen, typed results come out. It knows no thread, socket or clock; whoever
// owns it serialises the calls and never passes a time before that of an earlier call.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "engine/callback_book.h"
#include "engine/enrichment.h"
#include "engine/ledger.h"
#include "engine/schedule.h"

namespace enrichment_mock::engine {

struct TeamSetup {
  std::shared_ptr<const scenario::Scenario> scenario;
  std::string identity;      // what seeded ids are made from; the same in every run
  std::string name;          // for the rules' `team`
  std::int64_t credits = 0;  // opening balance
  std::uint64_t secret = 0;  // random, one per process: ids and draws where the scenario gives no seed
};

// A request's answer. `reply` with a status is sent in place of the API's, without one it disturbs it; null: neither.
struct RequestResult {
  enum class Kind { accepted, scripted, no_credits };
  Kind kind = Kind::accepted;
  EnrichmentId id;  // accepted only
  std::shared_ptr<const scenario::Reply> reply;
};

// Something that has just happened because it was due.
struct Fired {
  Instant at{};
  std::uint32_t enrichment = 0;  // its number
  // A status that was reached; an attempt that is to be made now; or an attempt that the scenario failed without
  // sending it, by its callback's number.
  struct Unsent {
    std::uint32_t callback = 0;
  };
  std::variant<Status, DueAttempt, Unsent> what;
};

enum class FireWhat { everything, transitions_only };

class Team {
 public:
  Team(TeamSetup setup, Instant now);

  // Rules first, then credits (402 needs a balance below 1), as the order of checks in the README says.
  RequestResult request(Instant now, EnrichmentRequest request);

  // Empty: no enrichment of this team has that id. Moves a status on only if the scenario counts its polls.
  std::optional<EnrichmentView> poll(Instant now, const EnrichmentId& id);

  // When something is due next.
  std::optional<Instant> next_due(FireWhat what = FireWhat::everything);

  // Makes the next thing happen that is due by `limit`, in the order (due time, creation). Empty: there is none.
  std::optional<Fired> fire_next(Instant limit, FireWhat what = FireWhat::everything);

  // Makes everything happen that is due by `limit`; returns the attempts that are to be made.
  std::vector<DueAttempt> advance(Instant limit);

  // The result of an attempt that fire_next handed out.
  void finish_attempt(std::uint32_t callback, AttemptResult result, Instant now);

  const scenario::Scenario& scenario() const { return *setup_.scenario; }
  const Ledger& ledger() const { return ledger_; }
  const std::deque<Enrichment>& enrichments() const { return enrichments_; }
  const CallbackBook& callbacks() const { return callbacks_; }
  std::size_t unresolved() const { return unresolved_; }  // lookups
  std::size_t timed() const { return timed_; }            // of those, the ones that time alone moves on
  std::size_t completed() const { return completed_; }

  // No timed lookup and no callback is left.
  bool settled() const { return timed_ == 0 && callbacks_.open_count() == 0; }

 private:
  Enrichment* find(const EnrichmentId& id);
  std::optional<Due> next_transition();
  Fired fire_transition();
  Fired fire_attempt();
  Enrichment& accept(Instant now, EnrichmentRequest request, const scenario::Step* step);
  void plan_exit(Enrichment& enrichment, const scenario::Lasting& lasting, Instant from);
  void move_on(Enrichment& enrichment, Instant at);
  void resolve(Enrichment& enrichment, Instant at);
  void change(Enrichment& enrichment, Status to);
  std::uint64_t count_accepted(const std::string& username);

  TeamSetup setup_;
  std::uint64_t seed_;
  bool counts_profiles_;
  IdSource ids_;
  Ledger ledger_;
  CallbackBook callbacks_;
  std::deque<Enrichment> enrichments_;                       // by number
  std::unordered_map<std::string, std::uint64_t> accepted_;  // per profile; only where draws need it
  Schedule transitions_;
  std::uint64_t creations_ = 0;
  std::size_t unresolved_ = 0, timed_ = 0, completed_ = 0;
};

}  // namespace enrichment_mock::engine
