#include "control/snapshot.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/mask.h"
#include "base/mix.h"
#include "base/version.h"
#include "control/advice.h"
#include "control/request_matcher.h"
#include "control/slices.h"
#include "engine/verify.h"
#include "scenario/callback_text.h"

namespace enrichment_mock::control {

namespace {

using engine::Number;
using runner::TeamRunner;

Json time_or_null(base::Instant at, base::Instant none) {
  return at == none ? Json() : Json(time_text(at, Times::exact));
}

std::string hex(std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(number >> shift) & 15];
  return text;
}

// The settings of callbacks that a team uses, each once.
class CallbackSettings {
 public:
  explicit CallbackSettings(const KeyMasker& keys) : keys_(keys) {}

  std::size_t index_of(const std::shared_ptr<const scenario::Callback>& settings) {
    const auto [known, is_new] = by_pointer_.try_emplace(settings, 0);
    if (!is_new) return known->second;
    const auto [same, has_new_text] = by_text_.try_emplace(scenario::callback_text(*settings), by_text_.size());
    if (has_new_text) list.add(json_or_text(same->first, keys_));
    return known->second = same->second;
  }

  Array list;

 private:
  const KeyMasker& keys_;
  std::unordered_map<std::shared_ptr<const scenario::Callback>, std::size_t> by_pointer_;
  std::unordered_map<std::string, std::size_t> by_text_;
};

Json render_duration(const scenario::StatusDuration& duration) {
  if (const auto* timed = std::get_if<base::Duration>(&duration)) return Json(base::format_duration(*timed));
  if (const auto* polls = std::get_if<scenario::Polls>(&duration)) return Object{{"polls", polls->count}};
  return Json("forever");
}

Array render_forwarded(const engine::ForwardedHeaders& headers, const KeyMasker& keys) {
  return Array::of(headers, [&](const auto& header) {
    const auto& [name, value] = header;
    const auto masked = base::is_secret_name(name) ? base::mask_key(value) : base::mask_userinfo_in(value);
    return Array::of(std::array{keys.hide(name), keys.hide(masked)});
  });
}

// What else is needed to continue with an enrichment.
Object plan_of(const engine::Enrichment& enrichment, const engine::Team& team, CallbackSettings& settings,
               const KeyMasker& keys) {
  Object plan{{"number", enrichment.number},
              {"creation", enrichment.creation},
              {"type", scenario::to_text(enrichment.type)},
              {"outcome", scenario::kOutcomeWords.text(enrichment.outcome)},
              {"email", keys.hide(enrichment.email())},
              {"processing", render_duration(enrichment.processing)},
              {"callback", settings.index_of(enrichment.callback)},
              {"callback_draw", enrichment.callback_draw}};
  if (enrichment.polls_left > 0) plan.add("polls_left", enrichment.polls_left);
  if (enrichment.due != engine::kNever) plan.add("due", time_text(enrichment.due, Times::exact));
  if (enrichment.ended_at != engine::kNever) plan.add("ended", time_text(enrichment.ended_at, Times::exact));
  if (const auto* next = team.enrichments().find(enrichment.ended_next); next && next->ended_at == enrichment.ended_at)
    plan.add("ended_before", next->number);
  if (const auto id = enrichment.external_id()) plan.add("external_id", keys.hide(*id));
  if (const auto url = enrichment.callback_url()) plan.add("callback_url", keys.hide(base::mask_userinfo(*url)));
  if (const auto forwarded = team.forwarded(enrichment.number))
    plan.add("forwarded", render_forwarded(*forwarded, keys));
  return plan;
}

// The same for a callback. An attempt under way is not in its list of attempts.
Object plan_of(const engine::Callback& callback) {
  Object plan{{"number", callback.number}, {"creation", callback.creation}, {"copy", callback.copy}};
  if (callback.manual_attempts > 0) plan.add("manual_attempts", callback.manual_attempts);
  if (callback.interrupted > 0) plan.add("interrupted", callback.interrupted);
  if (callback.burst) plan.add("burst", base::format_duration(*callback.burst));
  if (callback.state == engine::CallbackState::delivering)
    plan.add("delivering_since", time_text(callback.attempts.back().at, Times::exact));
  if (callback.before)
    plan.add("before", Object{{"state", engine::to_text(callback.before->state)},
                              {"due", time_or_null(callback.before->due, engine::kNever)}});
  return plan;
}

Object render_totals(const engine::CallbackStore::Totals& totals) {
  return {{"delivered", totals.delivered}, {"exhausted", totals.exhausted}, {"dropped", totals.dropped}};
}

Object render_state(const engine::Team& team, const KeyMasker& keys) {
  const auto state = team.state();
  const auto& counters = state.counters;
  Object rejected;
  for (const auto& [status, count] : counters.rejected) rejected.add(std::to_string(status), count);
  return {{"name", null_if_empty(keys.hide(team.name()))},
          {"secret", team.setup().secret},
          {"origin", time_text(state.origin, Times::exact)},
          {"ids", Object{{"seeded", state.ids.seeded}, {"base", hex(state.ids.base)}, {"before", state.ids.before}}},
          {"schedule_passed", state.gate.passed},
          {"rate_window", Object{{"begin", time_or_null(state.gate.window_begin, base::Instant::min())},
                                 {"admitted", state.gate.admitted}}},
          {"ledger", Object{{"opening", state.ledger.opening},
                            {"added", state.ledger.added},
                            {"charged", state.ledger.charged},
                            {"forgotten", state.ledger.forgotten}}},
          {"counters", Object{{"requests", counters.requests},
                              {"rejected", rejected},
                              {"completed", counters.completed},
                              {"not_found", counters.not_found},
                              {"failed", counters.failed},
                              {"unmatched", counters.unmatched}}},
          {"callbacks", Object{{"totals", render_totals(state.callbacks.totals)},
                               {"cumulative_totals", render_totals(state.callbacks.cumulative_totals)},
                               {"burst_end", time_or_null(state.callbacks.burst_end, base::Instant::min())}}},
          {"creations", state.creations},
          {"next_enrichment", state.end_enrichment},
          {"next_callback", state.end_callback},
          {"next_extra_rule", state.extra_rules_added}};
}

Array render_profiles(std::vector<engine::ProfileCount> counts, const KeyMasker& keys) {
  std::ranges::sort(counts, {}, &engine::ProfileCount::key);
  Array profiles;
  for (const auto& [key, count] : counts)
    if (count > 0)
      profiles.add(Object{{"of", engine::kProfileCountWords.text(key.of)},
                          {"index", key.index},
                          {"profile", keys.hide(key.profile)},
                          {"count", count}});
  return profiles;
}

// What of a record may change. Two records with the same number and the same fingerprint are shown in the same
// way.
std::uint64_t fingerprint(const engine::Enrichment& enrichment) {
  const auto count = [](base::Instant at) { return static_cast<std::uint64_t>(at.time_since_epoch().count()); };
  std::uint64_t print = base::mix(static_cast<std::uint64_t>(enrichment.status), enrichment.polls_left);
  for (const auto at : {enrichment.due, enrichment.processing_at, enrichment.resolved_at, enrichment.ended_at})
    print = base::mix(print, count(at));
  return base::mix(print, enrichment.ended_next);
}

std::uint64_t fingerprint(const engine::Callback& callback) {
  const auto due = static_cast<std::uint64_t>(callback.due.time_since_epoch().count());
  std::uint64_t print = base::mix(static_cast<std::uint64_t>(callback.state), due);
  print = base::mix(print, callback.attempts.size());
  return base::mix(print, callback.burst.has_value());
}

// The JSON of records, made in slices and brought up to date at the end.
template <class Record>
class ShownRecords {
 public:
  // Returns the JSON of the next record.
  const Json& add(const Record& record, Json json) {
    shown_.push_back({record.number, fingerprint(record), std::move(json)});
    return shown_.back().json;
  }

  // Keeps what has not changed. `show` returns the JSON of a record.
  template <class Show>
  void update(const engine::RecordStore<Record>& all, Show show) {
    std::vector<Shown> current;
    current.reserve(all.size());
    auto before = shown_.begin();
    for (const auto& record : all) {
      while (before != shown_.end() && before->number < record.number) ++before;
      const auto print = fingerprint(record);
      if (before != shown_.end() && before->number == record.number && before->print == print)
        current.push_back(std::move(*before));
      else
        current.push_back({record.number, print, show(record)});
    }
    shown_ = std::move(current);
  }

  // Frees what it appends.
  Array take() {
    std::size_t bytes = 0;
    for (const auto& each : shown_) bytes += each.json.text().size() + 1;
    Array list;
    list.reserve(bytes);
    for (auto& each : shown_) list.add(Json::raw(each.json.take()));
    return list;
  }

 private:
  struct Shown {
    Number number;
    std::uint64_t print;
    Json json;
  };
  std::vector<Shown> shown_;
};

// The records of a team for a snapshot, read in slices of one generation. At the end, everything that has changed since
// then is read again while the team is locked, so that all records show the same moment.
class Records {
 public:
  Records(TeamRunner& team, const Rewritten& rewritten, const KeyMasker& keys)
      : settings(keys), team_(team), rewritten_(rewritten), keys_(keys) {}

  // False: the team was reset in the meantime.
  bool read() {
    return team_.read_in_slices(0, [this](const engine::Team& team, Number begin, const runner::ClockView& now) {
      const auto next = next_slice(team, begin, now);
      return next || ++part_ == kParts ? next : std::optional<Number>(0);
    });
  }

  CallbackSettings settings;
  Object scenario, state;
  Json differences;
  runner::ClockView clock;
  runner::Journal::Contents calls;
  std::uint64_t seed = 0, forgotten = 0;
  std::int64_t credits = 0;
  std::vector<engine::ProfileCount> profiles;
  ShownRecords<engine::Enrichment> enrichments;
  ShownRecords<engine::Callback> callbacks;
  std::vector<Json> ledger;

 private:
  static constexpr int kParts = 4;

  // Adds a slice and returns where the next slice begins. Nothing: the part is complete.
  std::optional<Number> next_slice(const engine::Team& team, Number begin, const runner::ClockView& now) {
    switch (part_) {
      case 0:
        if (begin == 0) ends_ = {team.enrichments().end_number(), team.callbacks().all().end_number()};
        return add_slice(team.enrichments(), begin, ends_[0], [&](const engine::Enrichment& enrichment) {
          return slice_.add(enrichments.add(enrichment, show(enrichment, team)));
        });
      case 1:
        return add_slice(team.callbacks().all(), begin, ends_[1], [&](const engine::Callback& callback) {
          return slice_.add(callbacks.add(callback, show(callback, team)));
        });
      case 2:
        return add_movements(team.ledger());
      default:
        complete(team, now);
        return std::nullopt;
    }
  }

  Json show(const engine::Enrichment& enrichment, const engine::Team& team) {
    auto json = render(enrichment, team, keys_, Times::exact);
    json.add("plan", plan_of(enrichment, team, settings, keys_));
    return Json::raw(json.take());
  }

  Json show(const engine::Callback& callback, const engine::Team& team) {
    auto json = render(callback, team, team_.journal(), rewritten_, keys_, Times::exact);
    json.add("plan", plan_of(callback));
    return Json::raw(json.take());
  }

  // They do not change, except that the first one may replace older ones, see complete().
  std::optional<Number> add_movements(const engine::Ledger& movements) {
    if (ledger.empty()) first_movement_ = movements.forgotten();
    const auto end = movements.forgotten() + movements.movements().size();
    auto number = first_movement_ + ledger.size();
    if (number < movements.forgotten()) {
      ledger.clear();
      return 0;
    }
    for (const auto last = std::min<Number>(end, number + kSlice); number < last; ++number)
      ledger.push_back(render(movements.movements()[number - movements.forgotten()], Times::exact));
    return number < end ? std::optional(number) : std::nullopt;
  }

  // The moment that the snapshot shows.
  void complete(const engine::Team& team, const runner::ClockView& now) {
    enrichments.update(team.enrichments(), [&](const auto& enrichment) { return show(enrichment, team); });
    callbacks.update(team.callbacks().all(), [&](const auto& callback) { return show(callback, team); });
    const auto& all = team.ledger();
    if (all.forgotten() > first_movement_) {
      const auto gone = std::min<Number>(all.forgotten() - first_movement_ + 1, ledger.size());
      ledger.erase(ledger.begin(), ledger.begin() + static_cast<std::ptrdiff_t>(gone));
      ledger.insert(ledger.begin(), render(all.movements().front(), Times::exact));
    }
    for (auto i = ledger.size(); i < all.movements().size(); ++i)
      ledger.push_back(render(all.movements()[i], Times::exact));
    scenario = render_scenario(team, keys_, [&](const engine::ExtraRules::Entry& entry, Object& to) {
      to.add("number", entry.number);
      to.add("callback", settings.index_of(entry.source.callback));
      to.add("source", json_or_text(entry.source.text, keys_));
    });
    if (team.scenario().credits_overridden) scenario.add("credits_option", team.scenario().credits);
    state = render_state(team, keys_);
    profiles = team.profile_counts();
    seed = team.seed();
    credits = team.ledger().balance();
    forgotten = team.forgotten();
    differences =
        Array::of(engine::differences(team.scenario().expect, team), [](const auto& each) { return Json(each.text); });
    clock = now;
    calls = team_.journal().contents();
  }

  TeamRunner& team_;
  const Rewritten& rewritten_;
  const KeyMasker& keys_;
  SliceSize slice_;
  int part_ = 0;
  std::array<Number, 2> ends_{};
  Number first_movement_ = 0;
};

// A call with everything that the advice depends on. Connections are numbered in the order of their first calls.
class CallRenderer {
 public:
  CallRenderer(TeamRunner& team, const KeyMasker& keys) : team_(team), keys_(keys) {}

  Object render(const runner::JournalEntry& entry) {
    auto json = render_call(entry, &team_, keys_, Times::exact);
    if (!entry.matched) json.add("matched", false);
    if (entry.connection != 0) {
      const auto number = connections_.try_emplace(entry.connection, connections_.size() + 1).first->second;
      json.add("connection", Object{{"number", number}, {"since", time_text(entry.connected_at, Times::exact)}});
    }
    if (entry.retry_after) json.add("retry_after", *entry.retry_after);
    if (entry.delay.count() > 0) json.add("delay", base::format_duration(entry.delay));
    if (entry.awaited) json.add("awaited", entry.awaited->load());
    if (entry.client_left) json.add("client_left", true);
    return json;
  }

 private:
  TeamRunner& team_;
  const KeyMasker& keys_;
  std::unordered_map<std::uint64_t, std::size_t> connections_;
};

Object snapshot_of_team(TeamRunner& team, const Rewritten& rewritten) {
  for (;;) {
    const auto keys = team.masker();
    Records records(team, rewritten, keys);
    if (!records.read()) continue;  // start again: these records are from before a reset
    Object json{{"id", team.profile().id},
                {"name", null_if_empty(keys.hide(team.profile().name))},
                {"key", team.profile().masked_key},
                {"credits", records.credits},
                {"forgotten", records.forgotten}};
    auto clock = render(records.clock, Times::exact);
    clock.add("always_real", records.clock.always_real);
    json.add("clock", clock);
    CallRenderer calls(team, keys);
    json.add("requests", Array::of(records.calls.entries, [&](const auto& entry) { return calls.render(*entry); }));
    json.add("requests_evicted", records.calls.evicted);
    if (records.calls.lost_at_start) json.add("requests_lost", true);
    json.add("scenario", records.scenario);
    json.add("seed", records.seed);
    json.add("enrichments", records.enrichments.take());
    json.add("callbacks", records.callbacks.take());
    json.add("ledger", Array::of(records.ledger));
    json.add("callback_settings", records.settings.list);
    records.state.add("profiles", render_profiles(std::move(records.profiles), keys));
    records.state.add("lost", team.lost_state().has_value());
    json.add("state", records.state);
    json.add("differences", records.differences);
    json.add("advice", render(advise(team, rewritten), keys));
    json.add("open", render(open_work_of(team)));
    return json;
  }
}

}  // namespace

Object snapshot_of(const Services& services, const std::shared_ptr<TeamRunner>& team) {
  Object json{{"version", base::version()},
              {"format", kSnapshotFormat},
              {"time", time_text(std::chrono::floor<base::Duration>(std::chrono::system_clock::now()))}};
  const auto teams = team ? std::vector{team} : services.directory.teams();
  const auto render_team_state = [&](const auto& each) { return snapshot_of_team(*each, services.rewritten); };
  json.add("teams", Array::of(teams, render_team_state));
  if (!team) {
    const auto contents = services.directory.unassigned().contents();
    const auto keys = services.directory.library()->masker();
    const auto render_each = [&](const auto& entry) { return render(*entry, "", keys); };
    json.add("other_requests", Array::of(contents.entries, render_each));
  }
  return json;
}

}  // namespace enrichment_mock::control
