// Reads a snapshot, so that a team can continue with what it has of a team. snapshot.h writes it.
//
// All of it is checked first: what is wrong becomes a problem of the document, with its place, and what was expected.
// What only follows from other parts is not used: `differences`, `advice`, `open`, the bodies of callbacks, and the
// steps of rules. Secrets are masked in a snapshot, and stay masked.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "json/reader.h"
#include "runner/team_runner.h"

namespace enrichment_mock::control {

// Bytes of a snapshot. Other bodies must be smaller.
inline constexpr std::size_t kMaxSnapshot = base::kMaxSnapshot;

// A team of a snapshot. Valid as long as the document.
struct SnapshotTeam {
  std::string id, name;  // name: empty if it has none
  json_text::Value value;
};

struct Snapshot {
  base::Instant time{};  // real time
  std::vector<SnapshotTeam> teams;
};

// Nothing: the document is no snapshot, or has a format that this version does not know.
std::optional<Snapshot> read_snapshot(const json_text::Value& root);

// The team with that id; without one the only team. Null: there is none, or there are several.
const SnapshotTeam* find_team(const Snapshot& snapshot, const std::optional<std::string>& id);

// Why find_team() returns null, in words, with the ids that there are.
std::string no_such_team(const Snapshot& snapshot, const std::optional<std::string>& id);

// What the team `of` needs to continue as that team of the snapshot.
std::optional<runner::TeamRunner::PutBack> read_team(const SnapshotTeam& team, const Snapshot& snapshot,
                                                     const runner::TeamRunner& of);

}  // namespace enrichment_mock::control
