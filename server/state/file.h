// The file of `--state`: the records of all teams in SQLite. One process at a time has it open for writing; others may
// read it meanwhile. Not thread-safe.
//
// All times are microseconds since 1970. The schema has a version (PRAGMA user_version); server/state/README.md
// describes its views, which people may query.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/words.h"
#include "engine/team.h"
#include "runner/saved_team.h"

namespace enrichment_mock::state {

// When a commit reaches the disk. `off`: when the system writes it. `normal`: the same, but the file stays intact if
// the power fails. `full`: before the commit ends, so that a power failure loses nothing. Whatever it is, a commit
// survives the end of the process.
enum class Sync : unsigned char { off, normal, full };
inline constexpr auto kSyncWords =
    base::words<Sync>({{Sync::off, "off"}, {Sync::normal, "normal"}, {Sync::full, "full"}});

// The file cannot be used. what() names it, and says what to do.
struct OpenError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A commit was not saved. what() names the file and the cause. The same commit may succeed later. If the process ends
// before that, the file has nothing of the commit, or all of it: the disk may have failed when everything was written.
struct SaveError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class File {
 public:
  // Opens the file, or creates it with the mode 0600. An empty file counts as new. Throws OpenError if it cannot be
  // read or written, belongs to another program, has a newer version, is damaged, or is in use by another process.
  // An older version is migrated.
  File(std::string path, Sync sync);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // What all teams share: the secret from which ids are made, nothing in a new file; and the hashes of the teams that
  // were closed.
  std::optional<std::uint64_t> secret() const;
  std::vector<std::uint64_t> closed_teams() const;
  std::uint64_t last_world() const;  // the highest number that a world has had; 0: there was none

  // Returns the scenario for a text that was saved; `own`: if it is a team's own, what it has instead of what the text
  // says, else null. Throws std::invalid_argument if it is invalid.
  using LoadScenario =
      std::function<std::shared_ptr<const scenario::Scenario>(const std::string& text, const runner::OwnScenario* own)>;

  // All teams, in their order. Throws OpenError if the content is damaged.
  std::vector<runner::SavedTeam> teams(const LoadScenario& load) const;

  // Passes all records of the world to `team`, see engine::Team::restore. Throws OpenError if they are damaged.
  void restore(const runner::SavedTeam& saved, engine::Team& team) const;

  // Saves all of it, or throws SaveError. The worlds in `ended` no longer exist; their records are removed later.
  struct Commit {
    std::span<const runner::TeamChanges> teams = {};
    std::span<const std::uint64_t> ended_worlds = {};
    std::span<const std::uint64_t> closed_teams = {};  // more hashes
    std::optional<std::uint64_t> secret = {};
  };
  void save(const Commit& commit);

  // Removes some records of worlds that have ended, and gives some free space back to the system. Returns whether more
  // is to be done. Takes a few milliseconds. Throws SaveError.
  bool clean_up();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace enrichment_mock::state
