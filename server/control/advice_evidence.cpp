#include "control/advice_evidence.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "base/text.h"
#include "control/control.h"
#include "control/slices.h"

namespace enrichment_mock::control {

namespace {

constexpr engine::Number kMovementsAtOnce = 1000;  // reading one is far less work than reading a record

bool changes_body(const scenario::Callback& settings) {
  return settings.raw_body || !settings.merge_patch.empty() ||
         std::ranges::any_of(settings.headers,
                             [](const auto& header) { return base::same_text(header.first, "Content-Type"); });
}

AdviceCallback facts_of(const engine::Callback& callback, const engine::Enrichment& enrichment, bool is_judged) {
  AdviceCallback facts{.id = engine::callback_id(enrichment.id, callback.copy),
                       .is_open = engine::is_open(callback.state),
                       .is_judged = is_judged};
  for (const auto& attempt : engine::ended_attempts(callback))
    facts.attempts.push_back({attempt.at, attempt.ended, attempt.result.status});
  return facts;
}

AdviceLookup facts_of(const engine::Enrichment& enrichment, const engine::Team& team, const Rewritten& rewritten) {
  AdviceLookup facts{.id = enrichment.id,
                     .linkedin_url = std::string(enrichment.linkedin_url()),
                     .type = enrichment.type,
                     .status = enrichment.status,
                     .resolved_at = enrichment.resolved_at};
  facts.counts_polls = enrichment.polls_left > 0 || std::holds_alternative<scenario::Polls>(enrichment.processing);
  if (enrichment.first_callback == engine::kNoCallback) return facts;
  const std::string url(*enrichment.callback_url());
  const bool is_judged =
      !changes_body(*enrichment.callback) && rewritten(url).value_or(url).find(kSinkPath) == std::string::npos;
  const auto& all = team.callbacks().all();
  for (auto number = enrichment.first_callback; number < all.end_number(); ++number) {
    const auto* callback = all.find(number);
    if (!callback || callback->enrichment != enrichment.number) break;
    facts.callbacks.push_back(facts_of(*callback, enrichment, is_judged));
  }
  return facts;
}

// Why the journal does not have all calls, or not all of their bodies.
std::optional<std::string> lost_calls(const runner::Journal& journal, const runner::Journal::Contents& contents) {
  if (!journal.on()) return "there is no journal (--journal-size 0)";
  if (contents.lost_at_start) return "the journal of what was before the start of the mock is lost";
  if (contents.evicted > 0)
    return std::to_string(contents.evicted) +
           " requests were evicted from the journal; increase --journal-size or --journal-bytes";
  const auto truncated = std::ranges::count_if(
      contents.entries, [](const auto& entry) { return entry->body_truncated() || entry->answer_truncated(); });
  if (truncated > 0)
    return std::to_string(truncated) + " requests have a truncated body (only the first " +
           std::to_string(base::kMaxKeptBody) + " bytes are kept)";
  return std::nullopt;
}

// Reads the facts about the enrichments that these calls requested. False: one is not there, because the team was reset
// or has forgotten it.
bool read_lookups(runner::TeamRunner& team, const std::vector<const runner::JournalEntry*>& requests,
                  const Rewritten& rewritten, std::vector<AdviceLookup>& into) {
  bool all_there = true;
  const bool is_same_team =
      team.read_in_slices(0, [&](const engine::Team& state, engine::Number begin) -> std::optional<engine::Number> {
        const auto end = std::min<engine::Number>(requests.size(), begin + kSlice);
        for (; begin < end; ++begin) {
          if (const auto* enrichment = state.find(*requests[begin]->enrichment))
            into.push_back(facts_of(*enrichment, state, rewritten));
          else
            all_there = false;
        }
        return all_there && end < requests.size() ? std::optional(end) : std::nullopt;
      });
  return is_same_team && all_there;
}

std::vector<base::Instant> read_credits_added(runner::TeamRunner& team) {
  std::vector<base::Instant> added;
  team.read_in_slices(0, [&](const engine::Team& state, engine::Number begin) -> std::optional<engine::Number> {
    const auto& ledger = state.ledger();
    const auto first = ledger.forgotten(), end = first + ledger.movements().size();
    auto number = std::max(begin, first);
    for (const auto slice_end = std::min(end, number + kMovementsAtOnce); number < slice_end; ++number) {
      const auto& movement = ledger.movements()[number - first];
      if (movement.kind == engine::Movement::Kind::adjustment && movement.amount > 0) added.push_back(movement.at);
    }
    return number < end ? std::optional(number) : std::nullopt;
  });
  return added;
}

}  // namespace

AdviceEvidence collect_evidence(runner::TeamRunner& team, const Rewritten& rewritten) {
  constexpr int kMostResets = 10;
  for (int resets = 0;; ++resets) {
    AdviceEvidence evidence{.ignored = team.scenario()->ignored_advice};
    if (auto lost = team.lost_state()) return {.lost = std::move(lost), .ignored = std::move(evidence.ignored)};
    auto contents = team.journal().contents();
    evidence.lost = lost_calls(team.journal(), contents);
    if (evidence.lost) return evidence;
    std::vector<const runner::JournalEntry*> requests;
    bool ran_out_of_credits = false;
    for (const auto& entry : contents.entries) {
      ran_out_of_credits = ran_out_of_credits || entry->status == 402;
      if (entry->method == "POST" && entry->enrichment) requests.push_back(entry.get());
    }
    evidence.lookups.reserve(requests.size());
    if (!read_lookups(team, requests, rewritten, evidence.lookups)) {
      const auto forgotten = team.read([](const engine::Team& state) { return state.forgotten(); });
      if (forgotten == 0 && resets < kMostResets) continue;  // the team was reset: start again
      evidence.lost =
          forgotten > 0 ? std::to_string(forgotten) + " enrichments are no longer kept; increase --keep-resolved"
                        : "the journal has requests of unknown enrichments; the team was restored from such a snapshot";
      return evidence;
    }
    if (ran_out_of_credits) evidence.credits_added = read_credits_added(team);
    const auto clock = team.clock().view();
    evidence.team_now = clock.now;
    evidence.always_real = clock.always_real;
    const auto real_now = std::chrono::floor<base::Duration>(std::chrono::system_clock::now());
    evidence.real_now = contents.as_of.value_or(real_now);
    evidence.calls = std::move(contents.entries);
    return evidence;
  }
}

}  // namespace enrichment_mock::control
