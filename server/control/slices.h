// Visits all records of a team in slices, so that other calls of the team do not wait. A slice ends after kSlice
// records, or earlier if the visitor has had much to do. The team continues between two slices: a record is shown as it
// is when its slice is read, records that are added in the meantime are left out, and a reset ends the visit.
#pragma once
#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "engine/open_work.h"
#include "engine/team.h"
#include "json/writer.h"
#include "runner/team_runner.h"

namespace enrichment_mock::control {

constexpr std::size_t kSlice = 100;  // records that are read while the team is locked

constexpr std::size_t kSliceBytes = 64 * base::kKilobyte;  // of JSON that is made while the team is locked

// What to do after a record. `pause`: the team is unlocked before the next one.
enum class Visit { next, pause, stop };

// Tells a visitor that makes JSON when to pause.
class SliceSize {
 public:
  Visit add(const json_text::Json& made) {
    bytes_ += made.text().size();
    if (bytes_ < kSliceBytes) return Visit::next;
    bytes_ = 0;
    return Visit::pause;
  }

 private:
  std::size_t bytes_ = 0;
};

// Calls `take(record)`, which returns next or pause, for the records of one slice. Returns where the next slice begins;
// nothing: `end` is reached.
template <class Record, class Take>
std::optional<engine::Number> add_slice(const engine::RecordStore<Record>& all, engine::Number begin,
                                        engine::Number end, Take take) {
  std::size_t looks = 0;
  for (auto record = all.from(begin); record != all.end() && record.number() < end; ++record) {
    if (looks++ == kSlice) return record.number();
    if (take(*record) == Visit::pause) return record.number() + 1;
  }
  return std::nullopt;
}

// `of_team` returns the engine::RecordStore of a team; `take(record, team)` returns whether to continue. False: the
// team was reset in the meantime.
template <class OfTeam, class Take>
bool for_each_from(engine::Number from, runner::TeamRunner& team, OfTeam of_team, Take take) {
  std::optional<engine::Number> end;
  return team.read_in_slices(
      from, [&](const engine::Team& state, engine::Number begin) -> std::optional<engine::Number> {
        const auto& all = of_team(state);
        if (!end) end = all.end_number();
        std::size_t looks = 0;
        for (auto record = all.from(begin); record != all.end() && record.number() < *end; ++record) {
          if (looks++ == kSlice) return record.number();
          const auto visit = take(*record, state);
          if (visit == Visit::pause) return record.number() + 1;
          if (visit == Visit::stop) break;
        }
        return std::nullopt;
      });
}

// The same in reverse order, from the last record.
template <class OfTeam, class Take>
bool for_each_from_end(runner::TeamRunner& team, OfTeam of_team, Take take) {
  return team.read_in_slices(engine::kNoCallback,
                             [&](const engine::Team& state, engine::Number end) -> std::optional<engine::Number> {
                               const auto& all = of_team(state);
                               std::size_t looks = 0;
                               for (const auto* record = all.before(std::min(end, all.end_number())); record;
                                    record = all.before(record->number)) {
                                 if (looks++ == kSlice) return record->number + 1;
                                 const auto visit = take(*record, state);
                                 if (visit == Visit::pause) return record->number;
                                 if (visit == Visit::stop) break;
                               }
                               return std::nullopt;
                             });
}

inline const auto& enrichments_of(const engine::Team& team) { return team.enrichments(); }
inline const auto& callbacks_of(const engine::Team& team) { return team.callbacks().all(); }

// Lookups first, then callbacks, each in the order of creation.
std::vector<engine::OpenWork> open_work_of(runner::TeamRunner& team);

}  // namespace enrichment_mock::control
