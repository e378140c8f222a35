#include "control/snapshot.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/version.h"
#include "control/advice.h"
#include "control/request_matcher.h"
#include "control/slices.h"
#include "engine/verify.h"

namespace enrichment_mock::control {

namespace {

using runner::TeamRunner;

// The records of a team for a snapshot, read in slices of one generation.
class Records {
 public:
  Records(TeamRunner& team, const Rewritten& rewritten, const KeyMasker& keys)
      : team_(team), rewritten_(rewritten), keys_(keys) {}

  // False: the team was reset in the meantime.
  bool read() {
    return team_.read_in_slices(0, [this](const engine::Team& state, engine::Number begin) {
      const auto next = next_slice(state, begin);
      return next || ++part_ == kParts ? next : std::optional<engine::Number>(0);
    });
  }

  Json scenario, differences;
  std::uint64_t seed = 0;
  Array enrichments, callbacks, ledger;

 private:
  static constexpr int kParts = 4;

  // Adds a slice and returns where the next slice begins. Nothing: the part is complete.
  std::optional<engine::Number> next_slice(const engine::Team& state, engine::Number begin) {
    switch (part_) {
      case 0:
        scenario = render_scenario(state, keys_);
        seed = state.seed();
        differences = Array::of(engine::differences(state.scenario().expect, state),
                                [](const auto& each) { return Json(each.text); });
        ends_ = {state.enrichments().end_number(), state.callbacks().all().end_number(),
                 state.ledger().forgotten() + state.ledger().movements().size()};
        return std::nullopt;
      case 1:
        return add_slice(state.enrichments(), begin, ends_[0], [&](const engine::Enrichment& enrichment) {
          return add(render(enrichment, state, keys_), enrichments);
        });
      case 2:
        return add_slice(state.callbacks().all(), begin, ends_[1], [&](const engine::Callback& callback) {
          return add(render(callback, state, team_.journal(), rewritten_, keys_), callbacks);
        });
      default:
        return add_movements(state.ledger(), begin);
    }
  }

  Visit add(const Object& record, Array& to) {
    to.add(record);
    return slice_.add(record);
  }

  std::optional<engine::Number> add_movements(const engine::Ledger& movements, engine::Number begin) {
    const auto first = movements.forgotten();
    auto number = std::max(begin, first);
    for (const auto end = std::min(ends_[2], number + kSlice); number < end; ++number)
      ledger.add(render(movements.movements()[number - first]));
    return number < ends_[2] ? std::optional(number) : std::nullopt;
  }

  TeamRunner& team_;
  const Rewritten& rewritten_;
  const KeyMasker& keys_;
  SliceSize slice_;
  int part_ = 0;
  std::array<engine::Number, 3> ends_{};
};

// Each record shows one moment, but the records of a busy team may show different moments.
Object snapshot_of_team(TeamRunner& team, const Rewritten& rewritten) {
  for (;;) {
    Object json{{"id", team.profile().id},
                {"name", null_if_empty(team.masker().hide(team.profile().name))},
                {"key", team.profile().masked_key}};
    team.catch_up_and_read([&](const engine::Team& state) {
      json.add("credits", state.ledger().balance());
      json.add("forgotten", state.forgotten());
    });
    json.add("clock", render(team.clock().view()));
    const auto contents = team.journal().contents();
    const auto keys = team.masker();
    const auto render_each = [&](const auto& entry) { return render_call(*entry, &team, keys); };
    json.add("requests", Array::of(contents.entries, render_each));
    json.add("requests_evicted", contents.evicted);
    Records records(team, rewritten, keys);
    if (!records.read()) continue;  // start again: these records are from before a reset
    json.add("scenario", records.scenario);
    json.add("seed", records.seed);
    json.add("enrichments", records.enrichments);
    json.add("callbacks", records.callbacks);
    json.add("ledger", records.ledger);
    json.add("differences", records.differences);
    json.add("advice", render(advise(team, rewritten), keys));
    json.add("open", render(open_work_of(team)));
    return json;
  }
}

}  // namespace

Object snapshot_of(const Services& services, const std::shared_ptr<TeamRunner>& team) {
  Object json{{"version", base::version()},
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
