// Which teams have nothing pending, in the order in which they were last used or came to that: the first has been idle
// longest. Each operation but enroll() costs the same however many teams there are, and allocates nothing. Thread-safe;
// its mutex is the last that a thread takes.
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

  // A new team, which has nothing pending. From here on the others may be called for it, until drop().
  void enroll(Team team) {
    std::list<Place> place{{team, true}};
    std::lock_guard lock(idle_mutex_);
    places_.emplace(team, place.begin());
    idle_.splice(idle_.end(), place);
  }

  void drop(Team team) {
    std::lock_guard lock(idle_mutex_);
    const auto found = places_.find(team);
    if (found == places_.end()) return;
    list_of(*found->second).erase(found->second);
    places_.erase(found);
  }

  // It is being used.
  void touch(Team team) {
    std::lock_guard lock(idle_mutex_);
    const auto found = places_.find(team);
    if (found != places_.end() && found->second->idle) idle_.splice(idle_.end(), idle_, found->second);
  }

  // It has something pending, or no longer has.
  void set_idle(Team team, bool idle) {
    std::lock_guard lock(idle_mutex_);
    const auto found = places_.find(team);
    if (found == places_.end() || found->second->idle == idle) return;
    auto& from = list_of(*found->second);
    found->second->idle = idle;
    auto& to = list_of(*found->second);
    to.splice(to.end(), from, found->second);
  }

  // The first of those that `may` says may go. It must not call back.
  template <class May>
  std::optional<Team> first(May may) {
    std::lock_guard lock(idle_mutex_);
    for (const auto& place : idle_)
      if (may(place.team)) return place.team;
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
