// One team: its enrichments, ledger and callbacks, driven by a scenario. It is a passive state machine: the caller
// passes commands with their team time, and gets typed results and, if it wants them, events. It knows no threads,
// sockets or clocks. The caller serialises the calls and never passes a time before an earlier one.
//
// If a command throws because memory has run out, nothing is half done: no credit, callback or transition is lost, and
// the command can be repeated. There are two exceptions: a rule may have counted the call, and a request with
// `before_response` may have been accepted.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
#include "engine/saved.h"

namespace enrichment_mock::engine {

struct TeamSetup {
  std::shared_ptr<const scenario::Scenario> scenario;
  std::string identity;      // seeded ids are derived from it; the same in every run
  std::string name;          // compared with `team` of a rule's match
  std::int64_t credits = 0;  // opening balance
  std::uint64_t secret = 0;  // random, below 2^53: the seed of ids and draws if the scenario has none
  Retention keep = {};
};

// The rule and step of the scenario that apply to a call, if any. A reply with a status replaces the API's response;
// one without a status delays or damages it.
struct MatchedStep {
  struct Rule {
    std::string name;
    std::uint32_t step = 0;
  };
  std::optional<Rule> rule = {};
  const scenario::Step* step = nullptr;  // valid until the next command
  std::shared_ptr<const scenario::Reply> reply = {};
  Duration delay{0};  // of this response, if there is a reply

  bool replaces_response() const { return reply && reply->status; }
};

struct RequestResult {
  enum class Kind { accepted, scripted, no_credits };
  Kind kind = Kind::accepted;
  EnrichmentId id = {};  // accepted only
  MatchedStep script = {};
  // An attempt that must end before the request is answered.
  std::optional<DueAttempt> attempt_first = {};
  bool waits = false;  // there is such an attempt, or was
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
  // Adds the enrichments of the scenario. Their ids do not change the ids that follow. Throws std::invalid_argument if
  // one cannot be added, because there is no credit to charge: the loader refuses such scenarios.
  Team(TeamSetup setup, Instant now);

  // Continues a saved team (saved.h). Its records follow with restore(): the enrichments, then the callbacks, in the
  // order of their numbers; the movements; the counts; the extra rules, the last of the list first. `forwarded`: the
  // headers of its request that the callbacks of the enrichment carry on; null: none. end_restore() completes it at
  // that time, which must not be before the time at which it was saved: then attempts that were under way have been
  // interrupted. Throws std::invalid_argument or std::out_of_range if records do not fit together.
  Team(TeamSetup setup, const TeamState& state);
  void restore(Enrichment enrichment, std::shared_ptr<const ForwardedHeaders> forwarded);
  void restore(Callback callback);
  void restore(const Movement& movement) { ledger_.restore(movement); }
  void restore(const ProfileCount& count);
  void restore(ExtraRules::Entry rule) { extra_rules_.restore(std::move(rule)); }
  std::vector<Number> end_restore(const TeamState& state, Instant now);  // returns the interrupted callbacks

  TeamState state() const;

  // From now on all changes are marked there; null: nowhere.
  void track(Changes* changes) { changes_ = changes; }

  // The attempts of callbacks that are due by `now` become due one after the other from then on: with `step` between
  // two, or less so that the last one is due within `time`.
  void spread_overdue_callbacks(Instant now, Duration step, Duration time);

  // Checks the windows of the schedule and the rate limit; the first step for every call.
  Admission admit(Instant now, scenario::CallKind call);

  // Applies the rules first, then checks the credits (402 if the balance is below 1).
  RequestResult request(Context context, const EnrichmentRequest& request);

  // Empty: this team has no enrichment with that id. A poll changes the status only if the scenario counts polls. It
  // counts a poll that the API itself answers without a fault. `has_fault`: a window damages this response, unless a
  // rule applies.
  std::optional<PollResult> poll(Context context, const EnrichmentId& id, bool has_fault = false);

  CreditsResult credits();

  // Count a request that was rejected because of its content, and a call that matches no endpoint.
  void count_refused(int status) {
    mark();
    counters_.count_request(status);
  }
  void count_unmatched() {
    mark();
    ++counters_.unmatched;
  }

  // Steering by tests. ------------------------------------------------------------------------------------------------

  // Resolves a lookup now, via processing; callbacks are sent as usual. `email`: template for a completed one; empty:
  // the planned email.
  enum class ForceResult { done, unknown_id, already_resolved, no_credits };
  ForceResult force(Context context, const EnrichmentId& id, scenario::Outcome outcome,
                    const std::optional<std::string>& email);

  // Adds an enrichment. Returns its id, or an error: the id is in use, or there is no credit to charge.
  enum class SeedError { id_taken, no_credits };
  std::variant<EnrichmentId, SeedError> seed(Instant now, const SeededEnrichment& wanted);

  // A manual attempt of a callback, to be made now. Empty: there is no such callback, or it is delivering.
  std::optional<DueAttempt> redeliver(Number callback, Instant now);

  // False, and nothing changes, if the balance would be negative or too large.
  bool adjust_credits(std::int64_t amount, Instant now) {
    mark();
    return ledger_.adjust(amount, now);
  }

  // Puts a rule before the rules of the scenario, for `times` calls, 1 or more. It stays if the scenario is replaced.
  void add_extra_rule(scenario::Rule rule, std::uint64_t times, RuleSource source = {});
  // Removes all such rules; returns how many there were.
  std::size_t clear_extra_rules();
  const ExtraRules& extra_rules() const { return extra_rules_; }

  // -------------------------------------------------------------------------------------------------------------------

  // When the next transition, attempt or moment of the schedule is due.
  std::optional<Instant> next_due(FireWhat what = FireWhat::everything);

  // Fires the next thing that is due by the context's time, in the order (due time, creation). An attempt that the
  // caller must make is added to `attempts`. False: nothing is due.
  bool fire_next(Context limit, std::vector<DueAttempt>& attempts, FireWhat what = FireWhat::everything);

  // Fires everything that is due by the context's time. Returns the attempts that the caller must make.
  std::vector<DueAttempt> advance(Context limit);

  // Records the result of an attempt. Allocates memory only for the event. `exchange`: see Attempt.
  void finish_attempt(Number callback, AttemptResult result, Context context, std::uint32_t exchange = 0);

  // Replaces the scenario, without its enrichments. Accepted ones keep their plan. The rules start from zero. Balance,
  // ids and the origin of the schedule stay. Moments of the new schedule that are in the past do not happen.
  void replace(std::shared_ptr<const scenario::Scenario> scenario, Instant now);

  // Forgets ended enrichments as Retention says, at most `max_count` of them.
  void forget(Instant now, std::size_t max_count = SIZE_MAX);

  const scenario::Scenario& scenario() const { return *setup_.scenario; }
  const Ledger& ledger() const { return ledger_; }
  const RecordStore<Enrichment>& enrichments() const { return enrichments_.all(); }
  const CallbackStore& callbacks() const { return callbacks_; }
  const RuleProgress& rules() const { return rules_; }
  const std::vector<std::string>& rule_names() const { return rule_names_; }
  const TeamSetup& setup() const { return setup_; }
  // Null: the callbacks of that enrichment carry on no headers.
  std::shared_ptr<const ForwardedHeaders> forwarded(Number enrichment) const;
  std::vector<ProfileCount> profile_counts() const;
  std::uint64_t profile_count(const ProfileCount::Key& key) const;
  const std::string& name() const { return setup_.name; }
  std::uint64_t seed() const { return seed_; }  // from the scenario, else TeamSetup::secret
  const Enrichment* find(const EnrichmentId& id) const { return enrichments_.find(id); }
  const Counters& counters() const { return counters_; }
  std::size_t unresolved() const { return enrichments_.unresolved(); }

  // How many enrichments were forgotten.
  std::uint64_t forgotten() const { return forgotten_; }

  // Whether no lookup with a timed status and no open callback is left.
  bool settled() const { return enrichments_.timed() == 0 && callbacks_.open_count() == 0; }

 private:
  void mark() {
    if (changes_) changes_->mark();
  }
  void mark(const Enrichment& enrichment) {
    if (changes_) changes_->mark_enrichment(enrichment.number);
  }
  void mark_progress(const Enrichment& enrichment) {
    if (changes_) changes_->mark_progress(enrichment.number);
  }
  void mark_callback(Number callback) {
    if (changes_) changes_->mark_callback(callback);
  }
  void mark_profile(ProfileCount::Of of, std::uint64_t index, std::string_view profile) {
    if (changes_) changes_->mark_profile(of, index, profile);
  }
  void link_ended();
  std::vector<Number> held_callbacks() const;

  struct Next;
  std::optional<Next> find_next(FireWhat what);
  void fire_callback(const Due& due, Events* events, std::vector<DueAttempt>& attempts);
  void fire_moment(Context context);
  scenario::RequestFacts facts_of(const EnrichmentRequest& request) const;
  MatchedStep follow(scenario::CallKind call, const scenario::RequestFacts& facts);
  Duration draw_delay(const scenario::Reply& reply, scenario::CallKind call, std::string_view username);
  Enrichment& accept(Instant now, const EnrichmentRequest& request, const MatchedStep& script);
  Enrichment& plan(Instant now, const EnrichmentRequest& request, const scenario::Step* step, std::uint64_t n,
                   const std::optional<EnrichmentId>& id);
  DueAttempt attempt_of(const Callback& callback) const;
  std::uint32_t rule_number(const std::string& name);
  void go_to_next_status(Enrichment& enrichment, Context context);
  void process(Enrichment& enrichment, Context context);
  Status reserve_and_charge(Enrichment& enrichment, Context context);
  std::optional<Number> resolve(Enrichment& enrichment, Status to, Context context);
  std::optional<DueAttempt> resolve_immediately(Enrichment& enrichment, Context context);
  std::optional<DueAttempt> begin_attempt(Number callback, Context context);
  bool has_open_callback(const Enrichment& enrichment) const;
  void mark_ended(Enrichment& enrichment, Instant at);

  Changes* changes_ = nullptr;
  TeamSetup setup_;
  Instant origin_;
  std::uint64_t seed_;
  bool counts_per_profile_;
  Gate gate_;
  RuleProgress rules_;
  ExtraRules extra_rules_;
  std::vector<std::string> rule_names_;  // of the rules that accepted enrichments
  std::unordered_map<std::string, std::uint32_t> rule_numbers_;
  Ledger ledger_;
  EnrichmentStore enrichments_;
  CallbackStore callbacks_;
  Counters counters_;
  std::unordered_map<Number, std::shared_ptr<const ForwardedHeaders>> forwarded_;  // by the number of the enrichment
  std::unordered_map<std::string, std::uint64_t> accepted_by_profile_;             // only if draws need the counts
  // How many delays of responses were drawn, by username and kind of call; only for delays that vary.
  std::unordered_map<std::string, std::array<std::uint64_t, 3>> drawn_delays_;
  // A linked list of the ended enrichments, in the order in which they ended. Enrichment::ended_next links them.
  std::size_t ended_ = 0;
  Number first_ended_ = 0, last_ended_ = 0;
  std::uint64_t forgotten_ = 0;
  std::uint64_t creations_ = 1;  // 0 is for the moments of the schedule: they come first
};

}  // namespace enrichment_mock::engine
