// All teams, by API key: opens a team's world when its key is first seen, and lets idle ones go when there are too many
// (design: "One team, one world"). Safe to use from any thread.
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

#include "runner/team_runner.h"
#include "scenario/library.h"

namespace enrichment_mock::runner {

struct DirectorySettings {
  std::size_t max_teams = 10'000;
  std::uint64_t secret = 0;      // random, drawn at start
  engine::Retention keep = {};   // of each team
  std::size_t journal_size = 0;  // calls that are kept of each team; 0: none
  std::function<void(std::string_view)> warn = [](std::string_view) {};
};

// There are max_teams teams and each has something pending.
struct Full {};

class Directory {
 public:
  using Opened = std::variant<std::shared_ptr<TeamRunner>, scenario::KeyRejected, Full>;

  Directory(Surroundings surroundings, std::shared_ptr<const scenario::Library> library, DirectorySettings settings);

  // The world of a key that is not blank.
  Opened open(std::string_view api_key);

  std::shared_ptr<const scenario::Library> library();

  // The same library with these, too, whatever others load meanwhile. The problems, by file, of those left out.
  std::vector<json_text::Problem> load(std::vector<scenario::Library::Source> sources);

  // Goes over to another library: each team runs the scenario that its key leads to there, or the one of the name that
  // it runs, but for one that has a scenario of its own until its reset; and a key that opens another team there, or
  // none, does so when it is next used.
  void replace(std::shared_ptr<const scenario::Library> library);

  // Every team, in the order of their opening; the one with that id, or null.
  std::vector<std::shared_ptr<TeamRunner>> teams();
  std::shared_ptr<TeamRunner> find_team(std::string_view id);

  // A new generation of the team, run by the scenario that its key leads to.
  void reset(TeamRunner& team);

  // What had been counted of teams that were let go.
  engine::Totals gone();

  const Audience* audience() const { return around_.audience; }

  // The calls that were no team's.
  Journal& strangers() { return strangers_; }

  // No request waits for a callback from here on, so that the server can stop.
  void hold_up_nobody();

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
    std::string scenario;  // the name of the one that its key leads to
    std::string own_key;   // whose team it is; empty: a team that a file names
    long keys = 0;         // that open it
  };

  std::shared_ptr<TeamRunner> find(std::string_view api_key);
  std::shared_ptr<TeamRunner> make_room();  // under mutex_
  bool can_go(const Entry& entry) const;    // under mutex_
  std::shared_ptr<TeamRunner> start(scenario::TeamRoute route, std::string_view api_key);

  void go_over(std::shared_ptr<const scenario::Library> library);  // under changes_
  void reroute_teams(const scenario::Library& library);            // under mutex_, as the next
  void forget_rerouted_keys(const scenario::Library& library);

  Surroundings around_;
  const DirectorySettings settings_;
  const std::shared_ptr<Sequence> sequence_ = std::make_shared<Sequence>();
  Journal strangers_;

  std::shared_mutex changes_;  // held by whoever changes the library, until all teams know
  std::shared_mutex mutex_;    // guards all below
  std::shared_ptr<const scenario::Library> library_;
  ByText<std::shared_ptr<TeamRunner>> by_key_;  // several keys may open one team
  ByText<Entry> by_identity_;                   // one entry per team
  std::unordered_set<std::uint64_t> let_go_;    // hashes of the identities of teams that had to go
  std::uint64_t opened_ = 0;                    // teams so far
  engine::Totals gone_;                         // of those that were let go
  bool holds_up_ = true;
  bool stopped_ = false;
};

}  // namespace enrichment_mock::runner
