// All teams, by API key. Opens a team when its key is first used, and closes the team that has been idle longest when
// there are too many. Each key has its own team, unless a scenario file lists several keys for one team. Thread-safe.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "runner/idle_teams.h"
#include "runner/team_runner.h"
#include "runner/warning_limiter.h"
#include "scenario/library.h"

namespace enrichment_mock::runner {

struct DirectorySettings {
  std::size_t max_teams = 10'000;
  std::uint64_t secret = 0;     // random, drawn at start
  engine::Retention keep = {};  // of each team
  JournalLimits journal = {};
  std::shared_ptr<Sink> sink = std::make_shared<Sink>();
  std::function<void(std::string_view)> warn = [](std::string_view) {};
};

// No team can be opened: there are max_teams teams, and each has something pending.
struct TooManyTeams {};

class Directory {
 public:
  using Opened = std::variant<std::shared_ptr<TeamRunner>, scenario::KeyRejected, TooManyTeams>;

  Directory(TeamServices services, std::shared_ptr<const scenario::Library> library, DirectorySettings settings);

  // Continues saved teams; before anything else is called. `read_records` passes the records of a team to its engine's
  // team. `closed`: hashes of teams that were closed. If there are too many teams, those that are idle are closed, the
  // oldest first.
  using ReadRecords = std::function<void(const SavedTeam&, engine::Team&)>;
  void restore(std::span<const SavedTeam> saved, std::span<const std::uint64_t> closed,
               const ReadRecords& read_records);

  // The team of a key, which must not be blank. Opens it if necessary.
  Opened open(std::string_view api_key);

  std::shared_ptr<const scenario::Library> library();

  // Adds sources to the library; concurrent calls do not lose each other's sources. Sources with problems are left out.
  // Returns the problems, by file.
  std::vector<json_text::Problem> load(std::vector<scenario::Library::Source> sources);

  // Switches to another library. Each team then runs the scenario that the new library has for its key, or else the one
  // with the name of its present scenario. A team with its own scenario keeps that until its reset. A key that belongs
  // to another team in the new library, or to none, changes when it is next used.
  void replace(std::shared_ptr<const scenario::Library> library);

  // All teams, in the order in which they were opened. Holding them does not prevent that they are closed.
  std::vector<std::shared_ptr<TeamRunner>> teams();

  // The same, with the totals of the teams that have been closed.
  struct Snapshot {
    std::vector<std::shared_ptr<TeamRunner>> teams;
    engine::Totals closed;
  };
  Snapshot snapshot();

  // The team with that TeamProfile::id, or null.
  std::shared_ptr<TeamRunner> find_by_id(std::string_view id);

  // Resets the team to the scenario that the library has for its key.
  void reset(TeamRunner& team);

  // A team that nobody can open, and that has nothing: to read a snapshot before a team is opened for it.
  std::shared_ptr<TeamRunner> stand_in();

  // The team continues with what a snapshot has, and keeps its scenario also if the library changes at the same time.
  void put_back(TeamRunner& team, TeamRunner::PutBack world);

  // Masks the keys of all teams.
  base::KeyMasker masker();

  // May be null.
  const EventObserver* observer() const { return services_.observer; }

  // The journal of the calls that belong to no team.
  Journal& unassigned() { return unassigned_; }

  Sink& sink() { return *settings_.sink; }

  // Saving has begun to fail, so that all waits of all teams and of the sink end with NotSaved.
  void wake_waits();

  // Ends all waits of all teams and of the sink, and prevents new ones, so that the server can stop.
  void cancel_waits();

  // Whether cancel_waits() was called, for long work that does not wait.
  const std::atomic<bool>& waits_are_cancelled() const { return waits_cancelled_; }

  // Stops every team. Afterwards open() returns TooManyTeams for a new key.
  void stop();

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <class Value>
  using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

  struct Entry {
    std::shared_ptr<TeamRunner> team;
    std::string identity;
    std::string scenario;           // the name of the scenario that the library has for its key
    std::vector<std::string> keys;  // the keys that have opened it
    // Callers of open() hold a copy. If this is the only copy, the team may be closed.
    std::shared_ptr<const std::shared_ptr<TeamRunner>> in_use;
  };

  std::shared_ptr<TeamRunner> find_by_key(std::string_view api_key);

  // Under teams_mutex_:
  std::shared_ptr<TeamRunner> acquire(const Entry& entry);
  Entry& add(Entry made);
  Entry& open_new(scenario::TeamRoute route, std::string_view api_key);
  std::shared_ptr<TeamRunner> start(scenario::TeamRoute route, std::string_view api_key);
  std::shared_ptr<TeamRunner> close_idle();
  std::string closing_warning(const TeamRunner& closed);
  template <class Action>
  void for_each_team(Action action);  // takes teams_mutex_
  void reroute_teams(const scenario::Library& library);
  void forget_rerouted_keys(const scenario::Library& library);

  void switch_to(std::shared_ptr<const scenario::Library> library);  // under library_change_mutex_

  TeamServices services_;
  const DirectorySettings settings_;
  const std::shared_ptr<Journals> journals_;
  const std::shared_ptr<IdleTeams> idle_teams_ = std::make_shared<IdleTeams>();
  Journal unassigned_;

  std::shared_mutex library_change_mutex_;  // held while the library and the teams' scenarios change; locked first
  std::shared_mutex teams_mutex_;           // guards all below
  std::shared_ptr<const scenario::Library> library_;
  ByText<Entry> by_identity_;  // one entry per team
  ByText<Entry*> by_key_;      // several keys may have the same team
  ByText<Entry*> by_id_;       // by TeamProfile::id
  std::map<IdleTeams::Team, Entry*> by_order_;
  WarningLimiter closing_warnings_;
  std::unordered_set<std::uint64_t> closed_;  // hashes of the closed teams' identities
  engine::Totals closed_totals_;
  std::uint64_t opened_ = 0;                   // the number of teams opened so far
  std::atomic<bool> waits_cancelled_ = false;  // set under teams_mutex_
  bool stopped_ = false;
};

}  // namespace enrichment_mock::runner
