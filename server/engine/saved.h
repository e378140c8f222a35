// What must be kept of a team so that it can continue later, in another process: its records (enrichments, callbacks,
// movements), the counts of its profiles, its extra rules, and everything else, which is TeamState. The scenario is
// kept by the caller.
//
//   const TeamState state = team.state();                  // and the records
//   …
//   Team again(setup, state);
//   for (…) again.restore(record);                         // in the order of their numbers
//   again.end_restore(state, now);
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/callback.h"
#include "engine/counters.h"
#include "engine/gate.h"
#include "engine/id.h"
#include "engine/ledger.h"

namespace enrichment_mock::engine {

struct TeamState {
  Instant origin{};  // from which the times of the schedule count
  IdSource::State ids = {};
  Gate::State gate = {};
  Ledger::State ledger = {};
  Counters counters = {};
  CallbackStore::State callbacks = {};
  std::vector<std::uint64_t> rules_followed = {};  // by rule of the scenario
  std::vector<std::string> rule_names = {};        // see Team::rule_names()
  std::uint64_t forgotten = 0, creations = 1;
  std::uint64_t extra_rules_added = 0;
  Number end_enrichment = 0, end_callback = 0;  // the numbers of the next records
};

// A count that a team keeps for each profile, by username: a later draw or step depends on it.
struct ProfileCount {
  enum class Of : unsigned char {
    accepted,   // accepted requests
    delays,     // drawn delays of responses, by kind of call
    rule,       // calls that followed a rule of the scenario
    extra_rule  // calls that followed an extra rule
  };
  struct Key {
    Of of = Of::accepted;
    std::uint64_t index = 0;  // scenario::CallKind, the index of the rule, or ExtraRules::Entry::number
    std::string profile = {};

    friend auto operator<=>(const Key&, const Key&) = default;
  };
  Key key;
  std::uint64_t count = 0;
};

inline constexpr auto kProfileCountWords =
    base::words<ProfileCount::Of>({{ProfileCount::Of::accepted, "accepted"},
                                   {ProfileCount::Of::delays, "delays"},
                                   {ProfileCount::Of::rule, "rule"},
                                   {ProfileCount::Of::extra_rule, "extra-rule"}});

// What changes of an enrichment while its lookup and its callbacks continue.
struct EnrichmentProgress {
  Number number = 0;
  Status status = Status::pending;
  bool charged = false;
  std::uint32_t polls_left = 0;
  Number first_callback = kNoCallback;
  Instant due = kNever, processing_at = kNever, resolved_at = kNever, ended_at = kNever;
};
EnrichmentProgress progress_of(const Enrichment& enrichment);
void apply(const EnrichmentProgress& progress, Enrichment& to);

// What has changed in a team since its changes were last taken, so that only that must be saved. Marking a change never
// throws: without memory for it, everything counts as changed.
class Changes {
 public:
  // Anything of TeamState. The other marks include it.
  void mark() noexcept { state_ = true; }
  void mark_enrichment(Number number) noexcept { add(enrichments_, number); }  // added, changed or forgotten
  void mark_progress(Number number) noexcept { add(progressed_, number); }     // see EnrichmentProgress
  void mark_callback(Number number) noexcept { add(callbacks_, number); }
  void mark_profile(ProfileCount::Of of, std::uint64_t index, std::string_view profile) noexcept;
  void mark_extra_rules() noexcept { extra_rules_ = state_ = true; }
  // The rules of the scenario begin from zero: their earlier counts by profile no longer exist.
  void mark_new_rules() noexcept;
  void mark_everything() noexcept { everything_ = state_ = true; }

  bool any() const { return state_; }
  bool everything() const { return everything_; }
  bool new_rules() const { return new_rules_; }
  bool extra_rules() const { return extra_rules_; }

  // Each once, in order.
  const std::vector<Number>& enrichments();
  const std::vector<Number>& progressed();  // without those in enrichments()
  const std::vector<Number>& callbacks();
  const std::vector<ProfileCount::Key>& profiles();

  void clear() noexcept;

 private:
  void add(std::vector<Number>& to, Number number) noexcept;

  bool state_ = false, everything_ = false, new_rules_ = false, extra_rules_ = false;
  std::vector<Number> enrichments_, progressed_, callbacks_;
  std::vector<ProfileCount::Key> profiles_;
};

}  // namespace enrichment_mock::engine
