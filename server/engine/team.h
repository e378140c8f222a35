// One team's world: its enrichments, ledger and callbacks, run by a scenario. A passive machine: commands go in with
// the team time at which they happen, typed results come out, and the events that they caused, if the caller listens.
// It knows no thread, socket or clock; its owner serialises the calls and never passes a time before that of an earlier
// call. If a command throws, for lack of memory, nothing is half done: no credit, callback or transition is lost, and
// the same may be tried again. A rule may have counted the call, and a request whose callback goes before its response
// may have been accepted.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "engine/callback.h"
#include "engine/counters.h"
#include "engine/enrichment.h"
#include "engine/event.h"
#include "engine/gate.h"
#include "engine/ledger.h"
#include "engine/rule_progress.h"

namespace enrichment_mock::engine {

struct TeamSetup {
  std::shared_ptr<const scenario::Scenario> scenario;
  std::string identity;      // what seeded ids are made from; the same in every run
  std::string name;          // for the rules' `team`
  std::int64_t credits = 0;  // opening balance
  std::uint64_t secret = 0;  // random, below 2^53: ids and draws where the scenario gives no seed
  Retention keep = {};
};

// What the script says to a call: the step that it met, and what that does to the answer. A reply with a status is sent
// in place of the API's, without one it disturbs that.
struct MatchedStep {
  struct Rule {
    std::string name;
    std::uint32_t step = 0;
  };
  std::optional<Rule> rule = {};
  const scenario::Step* step = nullptr;  // as long as the team has not been given another command
  std::shared_ptr<const scenario::Reply> reply = {};

  bool answers() const { return reply && reply->status; }
};

struct RequestResult {
  enum class Kind { accepted, scripted, no_credits };
  Kind kind = Kind::accepted;
  EnrichmentId id = {};  // accepted only
  MatchedStep script = {};
  // Of a callback that is to be made, and to end, before the request is answered.
  std::optional<DueAttempt> attempt_first = {};
};

struct PollResult {
  EnrichmentView view;
  MatchedStep script;
};

struct CreditsResult {
  std::int64_t balance = 0;
  MatchedStep script;
};

enum class FireWhat { everything, except_callbacks };

class Team {
 public:
  Team(TeamSetup setup, Instant now);

  // What every call meets first: the schedule's windows and the rate limit.
  Admission admit(Instant now, scenario::CallKind call);

  // Rules first, then credits (402 needs a balance below 1), as the order of checks in server/api/README.md says.
  RequestResult request(Context context, EnrichmentRequest request);

  // Empty: no enrichment of this team has that id. Moves a status on only if the scenario counts its polls: those that
  // are answered by the API itself and without a fault. `has_fault`: this one has a fault, unless a rule says
  // otherwise.
  std::optional<PollResult> poll(Context context, const EnrichmentId& id, bool has_fault = false);

  CreditsResult credits();

  // A request that was turned away for what it said, and a call that no endpoint answers: both count.
  void count_refused(int status) { counters_.count_request(status); }
  void count_unmatched() { ++counters_.unmatched; }

  // What a test does to the team by hand. -----------------------------------------------------------------------------

  // Forces a lookup to its outcome, via processing, now; callbacks go as usual. `email` of a completed one, a template:
  // else the planned one, else as the scenario has it.
  enum class ForceResult { done, unknown_id, already_resolved, no_credits };
  ForceResult force(Context context, const EnrichmentId& id, scenario::Outcome outcome,
                    const std::optional<std::string>& email);

  // The new enrichment's id; or why there is none: its id is taken, or it was to be charged and there is no credit.
  enum class SeedError { id_taken, no_credits };
  std::variant<EnrichmentId, SeedError> seed(Instant now, SeededEnrichment wanted);

  // One attempt more of a callback, to be made now. Empty: there is none with that number, or it is delivering.
  std::optional<DueAttempt> redeliver(Number callback, Instant now);

  // False, and nothing happens, if the balance would be negative or too large.
  bool adjust_credits(std::int64_t amount, Instant now) { return ledger_.adjust(amount, now); }

  // Puts a rule before those of the scenario, for `times` calls, 1 or more; it stays when the scenario is replaced.
  void add_extra_rule(scenario::Rule rule, std::uint64_t times);
  // Takes all such rules away; how many there were.
  std::size_t clear_extra_rules() { return extra_rules_.clear(); }
  const ExtraRules& extra_rules() const { return extra_rules_; }

  // -------------------------------------------------------------------------------------------------------------------

  // When something is due next.
  std::optional<Instant> next_due(FireWhat what = FireWhat::everything);

  // Makes the next thing happen that is due by the context's time, in the order (due time, creation). If that is an
  // attempt which is to be made now, it is added to `attempts`. False: nothing is due.
  bool fire_next(Context limit, std::vector<DueAttempt>& attempts, FireWhat what = FireWhat::everything);

  // Makes everything happen that is due by the context's time; returns the attempts that are to be made.
  std::vector<DueAttempt> advance(Context limit);

  // The result of an attempt that was handed out. Allocates nothing but the event.
  void finish_attempt(Number callback, AttemptResult result, Context context);

  // From now on another scenario: what was accepted keeps its whole plan, the rules begin anew; balance, ids and the
  // schedule's origin stay, and moments of the new schedule that lie in the past do not happen.
  void replace(std::shared_ptr<const scenario::Scenario> scenario, Instant now);

  // Forgets what has come to its end, as Retention has it; at most so many enrichments.
  void forget(Instant now, std::size_t most = SIZE_MAX);

  const scenario::Scenario& scenario() const { return *setup_.scenario; }
  const Ledger& ledger() const { return ledger_; }
  const RecordStore<Enrichment>& enrichments() const { return enrichments_.all(); }
  const CallbackStore& callbacks() const { return callbacks_; }
  const RuleProgress& rules() const { return rules_; }
  const std::vector<std::string>& rule_names() const { return rule_names_; }
  const std::string& name() const { return setup_.name; }
  std::uint64_t seed() const { return seed_; }  // the scenario's, else what takes its place
  const Enrichment* find(const EnrichmentId& id) const { return enrichments_.find(id); }
  const Counters& counters() const { return counters_; }
  std::size_t unresolved() const { return enrichments_.unresolved(); }  // lookups

  // How many enrichments have been forgotten.
  std::uint64_t forgotten() const { return forgotten_; }

  // No timed lookup and no callback is left.
  bool settled() const { return enrichments_.timed() == 0 && callbacks_.open_count() == 0; }

 private:
  struct Next;
  std::optional<Next> find_next(FireWhat what);
  void fire_callback(const Due& due, Events* events, std::vector<DueAttempt>& attempts);
  void fire_moment(Context context);
  scenario::RequestFacts facts_of(const EnrichmentRequest& request) const;
  MatchedStep follow(scenario::CallKind call, const scenario::RequestFacts& facts);
  Enrichment& accept(Instant now, EnrichmentRequest request, const MatchedStep& script);
  Enrichment& plan(Instant now, EnrichmentRequest request, const scenario::Step* step, std::uint64_t n,
                   const std::optional<EnrichmentId>& id);
  DueAttempt attempt_of(const Callback& callback) const;
  std::uint32_t number_of_rule(const std::string& name);
  void go_to_next_status(Enrichment& enrichment, Context context);
  void process(Enrichment& enrichment, Context context);
  Status charge(Enrichment& enrichment, Context context);
  std::optional<Number> resolve(Enrichment& enrichment, Status to, Context context);
  std::optional<DueAttempt> resolve_immediately(Enrichment& enrichment, Context context);
  std::optional<DueAttempt> begin_attempt(Number callback, Context context);
  bool has_open_callback(const Enrichment& enrichment) const;
  void mark_ended(Enrichment& enrichment, Instant at);

  TeamSetup setup_;
  Instant origin_;
  std::uint64_t seed_;
  bool counts_per_profile_;
  Gate gate_;
  RuleProgress rules_;
  ExtraRules extra_rules_;
  std::vector<std::string> rule_names_;  // that enrichments were accepted by
  std::unordered_map<std::string, std::uint32_t> rule_numbers_;
  Ledger ledger_;
  EnrichmentStore enrichments_;
  CallbackStore callbacks_;
  Counters counters_;
  std::unordered_map<std::string, std::uint64_t> accepted_by_profile_;  // per profile; only where draws need it
  // The enrichments that have ended, in that order, each with the number of the next: Enrichment::ended_next.
  std::size_t ended_ = 0;
  Number first_ended_ = 0, last_ended_ = 0;
  std::uint64_t forgotten_ = 0;
  std::uint64_t creations_ = 1;  // the schedule's moments come before all else
};

}  // namespace enrichment_mock::engine
