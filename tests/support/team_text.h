// Everything that a team remembers, as text: two teams with the same text continue in the same way. Not in it: the
// journal's numbers of attempts, which mean nothing in another process; and the numbers of the next records, which
// Team::end_restore() sets.
#pragma once
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "engine/team.h"
#include "scenario/callback_text.h"

namespace enrichment_mock::support {

class TeamText {
 public:
  static std::string of(const engine::Team& team) {
    TeamText text;
    text.add_state(team.state());
    for (const auto& enrichment : team.enrichments()) text.add(enrichment, team.forwarded(enrichment.number).get());
    for (const auto& callback : team.callbacks().all()) text.add(callback);
    for (const auto& each : team.ledger().movements())
      text.line("movement", time(each.at), each.amount, each.balance, to_text(each.enrichment), to_text(each.kind));
    auto counts = team.profile_counts();
    std::erase_if(counts, [](const auto& each) { return each.count == 0; });
    std::ranges::sort(counts, [](const auto& a, const auto& b) { return a.key < b.key; });
    for (const auto& [key, count] : counts) text.line("count", static_cast<int>(key.of), key.index, key.profile, count);
    for (const auto& rule : team.extra_rules().all())
      text.line("extra rule", rule.number, rule.rule.name, rule.rule.steps.size(), rule.source.text,
                callback_text(*rule.source.callback), rule.left, rule.followed);
    return text.out_.str();
  }

 private:
  static std::string time(engine::Instant at) { return std::to_string(at.time_since_epoch().count()); }

  template <class... Parts>
  void line(const Parts&... parts) {
    ((out_ << parts << '|'), ...);
    out_ << '\n';
  }

  void add_state(const engine::TeamState& state) {
    line("state", time(state.origin), state.forgotten, state.creations, state.extra_rules_added);
    line("ids", state.ids.seeded, state.ids.base, state.ids.before, state.ids.count);
    line("gate", state.gate.passed, time(state.gate.window_begin), state.gate.admitted);
    line("ledger", state.ledger.opening, state.ledger.added, state.ledger.charged, state.ledger.forgotten);
    const auto& counters = state.counters;
    line("counters", counters.requests, counters.completed, counters.not_found, counters.failed, counters.unmatched);
    for (const auto& [status, count] : counters.rejected) line("rejected", status, count);
    for (const auto& totals : {state.callbacks.totals, state.callbacks.cumulative_totals})
      line("callbacks", totals.delivered, totals.exhausted, totals.dropped);
    line("burst end", time(state.callbacks.burst_end));
    for (const auto count : state.rules_followed) line("followed", count);
    for (const auto& name : state.rule_names) line("rule name", name);
  }

  void add(const engine::Enrichment& each, const engine::ForwardedHeaders* forwarded) {
    line("enrichment", each.number, to_text(each.id), to_text(each.status), to_text(each.type),
         static_cast<int>(each.outcome), each.charged, each.polls_left, each.rule, each.callback_draw,
         each.first_callback, each.creation, time(each.due), time(each.pending_at), time(each.processing_at),
         time(each.resolved_at), time(each.ended_at), each.processing.index(), each.linkedin_url(), each.email(),
         each.callback_url().value_or("none"), each.external_id().value_or("none"));
    if (const auto* fixed = std::get_if<base::Duration>(&each.processing)) line("  processing", fixed->count());
    if (const auto* polls = std::get_if<scenario::Polls>(&each.processing)) line("  processing", polls->count);
    line("  settings", each.callback ? callback_text(*each.callback) : "none");
    if (forwarded)
      for (const auto& [name, value] : *forwarded) line("  forwarded", name, value);
  }

  void add(const engine::Callback& each) {
    line("callback", each.number, each.enrichment, each.copy, to_text(each.state), each.creation, time(each.due),
         each.burst.value_or(base::Duration(-1)).count(), each.manual_attempts, each.interrupted);
    if (each.before) line("  before", to_text(each.before->state), time(each.before->due));
    for (const auto& attempt : each.attempts)
      line("  attempt", time(attempt.at), time(attempt.ended), attempt.result.status, attempt.result.error,
           attempt.result.latency.count());
  }

  std::ostringstream out_;
};

}  // namespace enrichment_mock::support
