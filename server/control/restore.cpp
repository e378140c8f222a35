#include "control/restore.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "base/suggest.h"
#include "control/restore_reader.h"
#include "control/restore_values.h"
#include "control/snapshot.h"
#include "json/fields.h"

namespace enrichment_mock::control {

namespace {

using base::Instant;
using engine::Number;
using json_text::Fields;
using json_text::unexpected;
using json_text::Value;
using restoring::differs;
using restoring::place_of;
using restoring::plural;
using restoring::ReadCallback;
using restoring::ReadEnrichment;
using restoring::ReadExchange;
using restoring::ReadTeam;

// Connects the parts of a team, and makes the team.
class TeamBuilder {
 public:
  explicit TeamBuilder(ReadTeam& team) : team_(team) {}

  std::optional<runner::TeamRunner::PutBack> build(Instant made_at) {
    check_references();
    if (failed()) return std::nullopt;
    auto made = make_team();
    if (!made || failed()) return std::nullopt;
    team_.calls.as_of = made_at;
    return runner::TeamRunner::PutBack{.scenario = team_.setup.scenario,
                                       .team = *std::move(made),
                                       .now = team_.now,
                                       .always_real = team_.always_real,
                                       .lost_state = team_.has_lost_state,
                                       .journal = std::move(team_.calls)};
  }

 private:
  bool failed() const { return !team_.value.document().problems().empty(); }

  void check_references() {
    engine::CallbackStore::Totals found;
    for (auto& callback : team_.callbacks) {
      team_.value.document().check_stop();
      connect(callback, found);
    }
    for (const auto& enrichment : team_.enrichments) check_callbacks_of(enrichment);
    if (failed()) return;
    const auto& totals = team_.state.callbacks.totals;
    const bool is_whole = team_.state.end_callback == team_.callbacks.size();
    if (is_whole ? found != totals
                 : found.delivered > totals.delivered || found.exhausted > totals.exhausted ||
                       found.dropped > totals.dropped)
      place_of(team_.value, "callbacks").problem("the callbacks do not add up to \"totals\" of the state's callbacks");
    if (const auto kept = team_.state.end_enrichment - team_.enrichments.size();
        team_.state.end_enrichment < team_.enrichments.size() || team_.state.forgotten > kept)
      differs(team_.value, "forgotten", team_.state.forgotten, kept,
              "the difference of \"next_enrichment\" and what is kept, or less");
    number_exchanges();
  }

  // Sets the enrichment of a callback, and its first callback there.
  void connect(ReadCallback& read, engine::CallbackStore::Totals& found) {
    using State = engine::CallbackState;
    auto& record = read.record;
    const auto at = place_of(read.value, "enrichment_id");
    const auto known = team_.by_id.find(read.enrichment);
    if (known == team_.by_id.end())
      return at.problem("found " + json_text::in_quotes(at.text()) + "; expected the id of an enrichment of this team");
    auto& enrichment = team_.enrichments[known->second];
    record.enrichment = enrichment.record.number;
    if (!enrichment.record.callback_url() || !engine::is_resolved(enrichment.record.status))
      return at.problem("found an enrichment that has no callback; expected one that has ended, with a callback_url");
    const auto id = engine::callback_id(read.enrichment, record.copy);
    if (read.id != id)
      return place_of(read.value, "id")
          .problem("found " + json_text::in_quotes(read.id) + "; expected " + json_text::in_quotes(id) +
                   ", from its enrichment and its copy");
    auto& first = enrichment.record.first_callback;
    if (first == engine::kNoCallback) first = record.number - std::min<Number>(record.number, record.copy);
    if (record.copy != enrichment.callbacks || record.number != first + record.copy)
      return read.value.problem(
          "found copy " + std::to_string(record.copy + 1) + " with the number " + std::to_string(record.number) +
          "; expected copy " + std::to_string(enrichment.callbacks + 1) + ", with the number after the copy before it");
    ++enrichment.callbacks;
    found.delivered += record.state == State::delivered;
    found.exhausted += record.state == State::exhausted;
    found.dropped += record.state == State::dropped;
    if (engine::is_open(record.state)) open_.insert(record.enrichment);
  }

  void check_callbacks_of(const ReadEnrichment& enrichment) const {
    const auto& record = enrichment.record;
    const auto& ids = enrichment.callback_ids;
    const auto at = place_of(enrichment.value, "callback_ids");
    const auto copies = static_cast<std::uint32_t>(record.callback->copies);
    if (enrichment.callbacks != ids.size())
      return at.problem("found " + plural(ids.size(), "id") + "; expected " + std::to_string(enrichment.callbacks) +
                        ", one for each callback of this enrichment");
    if (enrichment.callbacks != 0 && enrichment.callbacks != copies)
      return at.problem("found " + plural(ids.size(), "id") + "; expected " + std::to_string(copies) +
                        ", the \"copies\" of its callback settings");
    for (std::uint32_t copy = 0; copy < ids.size(); ++copy)
      if (ids[copy] != engine::callback_id(record.id, copy))
        return at.problem("found " + json_text::in_quotes(ids[copy]) + "; expected " +
                          json_text::in_quotes(engine::callback_id(record.id, copy)));
    if (engine::is_resolved(record.status) && record.ended_at == engine::kNever && !open_.contains(record.number))
      place_of(enrichment.value, "plan")
          .problem("the key \"ended\" is missing: the enrichment and its callbacks have ended");
  }

  void number_exchanges() {
    std::ranges::stable_sort(team_.exchanges, {}, &ReadExchange::ended);
    for (auto& [ended, callback, attempt, content] : team_.exchanges) {
      auto& record = team_.callbacks[callback].record;
      team_.calls.exchanges.push_back(
          std::make_shared<const runner::JournalExchange>(record.number, attempt + 1, std::move(content)));
      record.attempts[attempt].exchange = static_cast<std::uint32_t>(team_.calls.exchanges.size());
    }
  }

  // The engine checks the rest.
  std::optional<engine::Team> make_team() {
    try {
      engine::Team made(team_.setup, team_.state);
      if (made.state().gate.passed != team_.state.gate.passed)
        place_of(team_.value, "state").problem("\"schedule_passed\": found more than the schedule of the scenario has");
      for (auto& [record, forwarded, ids, callbacks, value] : team_.enrichments) {
        value.document().check_stop();
        made.restore(std::move(record), std::move(forwarded));
      }
      for (auto& callback : team_.callbacks) {
        callback.value.document().check_stop();
        made.restore(std::move(callback.record));
      }
      for (const auto& movement : team_.movements) made.restore(movement);
      for (const auto& [key, count] : team_.profiles)
        if (key.of == engine::ProfileCount::Of::extra_rule)
          extra_rule(team_, key.index)->by_profile[key.profile] = count;
      for (auto rule = team_.extra_rules.rbegin(); rule != team_.extra_rules.rend(); ++rule)
        made.restore(std::move(*rule));
      for (const auto& count : team_.profiles)
        if (count.key.of != engine::ProfileCount::Of::extra_rule) made.restore(count);
      made.end_restore(team_.state, team_.now);
      return made;
    } catch (const std::invalid_argument& error) {
      team_.value.problem(error.what());
    } catch (const std::out_of_range& error) {
      team_.value.problem(error.what());
    }
    return std::nullopt;
  }

  ReadTeam& team_;
  std::set<Number> open_;  // enrichments with an open callback
};

}  // namespace

std::optional<Snapshot> read_snapshot(const Value& root) {
  if (!root.is_object()) {
    unexpected(root, "a snapshot, an object");
    return std::nullopt;
  }
  const auto format = root.member("format");
  if (!format) {
    root.problem(root.member("teams")
                     ? "the key \"format\" is missing: an older version has made this snapshot, which "
                       "cannot be restored; make a new one"
                     : "the key \"format\" is missing; expected a snapshot, as GET snapshot returns it");
    return std::nullopt;
  }
  if (json_text::to_whole_number<std::uint64_t>(*format) != kSnapshotFormat) {
    unexpected(*format, std::to_string(kSnapshotFormat) + ", the format that this version knows");
    return std::nullopt;
  }
  Snapshot snapshot;
  std::string version;
  Fields fields(root);
  restoring::skip(fields, {"format", "other_requests"});
  fields.require("version", json_text::read_filled_string, version);
  fields.require("time", json_text::read_instant, snapshot.time);
  const auto read_id_of = [](const Value& value) -> std::optional<SnapshotTeam> {
    if (value.document().is_full_of_problems()) {
      value.problem({});
      return std::nullopt;
    }
    SnapshotTeam team{.id = {}, .name = {}, .value = value};
    std::optional<std::string> name;
    Fields each(value);
    each.require("id", json_text::read_filled_string, team.id);
    each.require("name", restoring::or_null(json_text::read_filled_string), name);
    team.name = name.value_or("");
    return team;
  };
  const auto read_teams = [&](const Value& value) { return json_text::read_list(value, read_id_of); };
  fields.require("teams", read_teams, snapshot.teams);
  fields.finish();
  std::set<std::string_view> ids;
  for (const auto& team : snapshot.teams)
    if (!ids.insert(team.id).second && !team.id.empty())
      team.value.problem("found the id " + json_text::in_quotes(team.id) + " twice");
  if (!root.document().problems().empty()) return std::nullopt;
  return snapshot;
}

const SnapshotTeam* find_team(const Snapshot& snapshot, const std::optional<std::string>& id) {
  if (!id) return snapshot.teams.size() == 1 ? &snapshot.teams.front() : nullptr;
  const auto found = std::ranges::find(snapshot.teams, *id, &SnapshotTeam::id);
  return found == snapshot.teams.end() ? nullptr : &*found;
}

std::string no_such_team(const Snapshot& snapshot, const std::optional<std::string>& id) {
  constexpr std::size_t kMostListed = 20;
  if (snapshot.teams.empty()) return "the snapshot has no team";
  std::vector<std::string_view> ids;
  std::string listed;
  for (const auto& team : snapshot.teams) {
    ids.push_back(team.id);
    if (ids.size() > kMostListed) continue;
    listed.append(listed.empty() ? "" : ", ").append(team.id);
    if (!team.name.empty()) listed.append(" (").append(json_text::in_quotes(team.name)).append(")");
  }
  if (ids.size() > kMostListed) listed += " and " + std::to_string(ids.size() - kMostListed) + " more";
  if (!id) return "the snapshot has " + plural(ids.size(), "team") + "; choose one by ?team=ID: " + listed;
  return "the snapshot has no team " + json_text::in_quotes(*id) + json_text::did_you_mean(*id, ids) +
         "; its teams are " + listed;
}

std::optional<runner::TeamRunner::PutBack> read_team(const SnapshotTeam& team, const Snapshot& snapshot,
                                                     const runner::TeamRunner& of) {
  auto read = restoring::read_parts(team.value, of.read([](const engine::Team& present) { return present.setup(); }));
  return read ? TeamBuilder(*read).build(snapshot.time) : std::nullopt;
}

}  // namespace enrichment_mock::control
