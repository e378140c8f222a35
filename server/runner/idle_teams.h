// The teams that have nothing pending, ordered by when they were last used or became idle: the first has been idle
// longest. The cost of an operation does not depend on the number of teams, and only add() allocates. Thread-safe. Its
// mutex may be locked under any other; no other is locked under it.
#pragma once
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace enrichment_mock::runner {

class IdleTeams {
 public:
  using Team = std::uint64_t;  // TeamProfile::order

  // Adds a new team, which has nothing pending.
  void add(Team team) {
    std::list<Place> place{{team, true}};
    std::lock_guard lock(idle_mutex_);
    places_.emplace(team, place.begin());
    idle_.splice(idle_.end(), place);
  }

  void remove(Team team) {
    std::lock_guard lock(idle_mutex_);
    const auto found = places_.find(team);
    if (found == places_.end()) return;
    list_of(*found->second).erase(found->second);
    places_.erase(found);
  }

  // The team is being used: it is now the last in the order.
  void touch(Team team) {
    std::lock_guard lock(idle_mutex_);
    const auto found = places_.find(team);
    if (found != places_.end() && found->second->idle) idle_.splice(idle_.end(), idle_, found->second);
  }

  // Says whether the team has nothing pending.
  void set_idle(Team team, bool idle) {
    std::lock_guard lock(idle_mutex_);
    const auto found = places_.find(team);
    if (found == places_.end() || found->second->idle == idle) return;
    auto& from = list_of(*found->second);
    found->second->idle = idle;
    auto& to = list_of(*found->second);
    to.splice(to.end(), from, found->second);
  }

  // The first idle team for which `accepts` returns true. `accepts` must not call this object.
  template <class Predicate>
  std::optional<Team> first(Predicate accepts) {
    std::lock_guard lock(idle_mutex_);
    for (const auto& place : idle_)
      if (accepts(place.team)) return place.team;
    return std::nullopt;
  }

 private:
  struct Place {
    Team team;
    bool idle;
  };
  std::list<Place>& list_of(const Place& place) { return place.idle ? idle_ : busy_; }

  std::mutex idle_mutex_;  // guards all below
  std::list<Place> idle_, busy_;
  std::unordered_map<Team, std::list<Place>::iterator> places_;
};

}  // namespace enrichment_mock::runner
