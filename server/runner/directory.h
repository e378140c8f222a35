// All teams, by API key: opens a team's world when its key is first seen, and closes idle ones when there are too many.
// Each key is a world of its own, unless a scenario file lists several for one team. Safe to use from any thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
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
  std::function<void(std::string_view)> warn = [](std::string_view) {};
};

// There are max_teams teams and each has something pending.
struct Full {};

class Directory {
 public:
  using Opened = std::variant<std::shared_ptr<TeamRunner>, scenario::KeyRejected, Full>;

  Directory(TeamServices services, std::shared_ptr<const scenario::Library> library, DirectorySettings settings);

  // The world of a key that is not blank.
  Opened open(std::string_view api_key);

  std::shared_ptr<const scenario::Library> library();

  // The same library with these, too, whatever others load meanwhile. The problems, by file, of those left out.
  std::vector<json_text::Problem> load(std::vector<scenario::Library::Source> sources);

  // Switches to another library: each team runs the scenario that its key leads to there, or the one of the name that
  // it runs, unless it has a scenario of its own until its reset. A key that opens another team there, or none, does so
  // when it is next used.
  void replace(std::shared_ptr<const scenario::Library> library);

  // Every team, in the order of their opening. That somebody looks at all of them keeps none from being closed.
  std::vector<std::shared_ptr<TeamRunner>> teams();

  // The same, with what had been counted of teams that were closed by then.
  struct Census {
    std::vector<std::shared_ptr<TeamRunner>> teams;
    engine::Totals closed;
  };
  Census census();

  // The one with that id, or null.
  std::shared_ptr<TeamRunner> find_team(std::string_view id);

  // A new generation of the team, run by the scenario that its key leads to.
  void reset(TeamRunner& team);

  // Masks the keys of all teams.
  base::KeyMasker masker();

  // Null: there is none.
  const EventObserver* observer() const { return services_.observer; }

  // The calls that were no team's.
  Journal& unassigned() { return unassigned_; }

  // No call waits for anything from here on, so that the server can stop.
  void cancel_waits();

  // Stops every team; none is opened any more (Full).
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
    std::string scenario;           // the name of the one that its key leads to
    std::string own_key;            // whose team it is; empty: a team that a file names
    std::vector<std::string> keys;  // that have opened it
    // What those who use the team hold of it, beside this entry.
    std::shared_ptr<const std::shared_ptr<TeamRunner>> in_use;
  };

  std::shared_ptr<TeamRunner> find(std::string_view api_key);

  // Under teams_mutex_.
  std::shared_ptr<TeamRunner> lend(const Entry& entry);
  Entry& open_new(scenario::TeamRoute route, std::string_view api_key);
  std::shared_ptr<TeamRunner> start(scenario::TeamRoute route, std::string_view api_key);
  std::shared_ptr<TeamRunner> close_idle();
  std::string told_of(const TeamRunner& closed);
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

  std::shared_mutex library_change_mutex_;  // held while the library changes, until all teams know; taken first
  std::shared_mutex teams_mutex_;           // guards all below
  std::shared_ptr<const scenario::Library> library_;
  ByText<Entry> by_identity_;  // one entry per team
  ByText<Entry*> by_key_;      // of those; several keys may open one team
  ByText<Entry*> by_id_;       // TeamProfile::id
  std::map<IdleTeams::Team, Entry*> by_order_;
  WarningLimiter closings_;                   // of which `warn` is told
  std::unordered_set<std::uint64_t> closed_;  // hashes of the identities of teams that were closed
  engine::Totals totals_of_closed_;
  std::uint64_t opened_ = 0;  // teams so far
  bool waits_cancelled_ = false;
  bool stopped_ = false;
};

}  // namespace enrichment_mock::runner
