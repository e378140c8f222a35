#include "runner/directory.h"

#include <mutex>

#include "runner/key_mask.h"

namespace enrichment_mock::runner {

Directory::Directory(Surroundings surroundings, std::shared_ptr<const scenario::Library> library,
                     DirectorySettings settings)
    : around_(surroundings), library_(std::move(library)), settings_(std::move(settings)) {}

Directory::Opened Directory::open(std::string_view api_key) {
  if (auto known = find(api_key)) return known;
  auto routed = library_->route(api_key);
  if (auto* rejected = std::get_if<scenario::KeyRejected>(&routed)) return std::move(*rejected);
  auto& route = std::get<scenario::TeamRoute>(routed);

  std::shared_ptr<TeamRunner> team, gone;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return Full{};
    auto found = by_identity_.find(route.identity);
    if (found == by_identity_.end()) {
      if (by_identity_.size() >= settings_.max_teams && !(gone = make_room())) return Full{};
      const std::string identity = route.identity;
      found = by_identity_.emplace(identity, Entry{start(std::move(route), api_key)}).first;
    }
    team = found->second.team;
    if (by_key_.emplace(api_key, team).second) ++found->second.keys;
    team->touch(around_.time.now());
  }
  if (gone)
    settings_.warn("there are " + std::to_string(settings_.max_teams) + " teams (--max-teams): forgot team " +
                   gone->label() + ", the longest idle one with nothing pending");
  return team;
}

std::shared_ptr<TeamRunner> Directory::find(std::string_view api_key) {
  std::shared_lock lock(mutex_);
  const auto known = by_key_.find(api_key);
  if (known == by_key_.end()) return nullptr;
  known->second->touch(around_.time.now());
  return known->second;
}

std::shared_ptr<TeamRunner> Directory::start(scenario::TeamRoute route, std::string_view api_key) {
  const auto credits = route.credits.value_or(route.scenario->credits);
  auto label = route.name.empty() ? mask_key(api_key) : route.name;
  auto team = std::make_shared<TeamRunner>(around_,
                                           engine::TeamSetup{std::move(route.scenario), std::move(route.identity),
                                                             std::move(route.name), credits, settings_.secret},
                                           std::move(label));
  return team;
}

// The longest idle team with nothing pending goes; null if there is none.
std::shared_ptr<TeamRunner> Directory::make_room() {
  auto oldest = by_identity_.end();
  for (auto it = by_identity_.begin(); it != by_identity_.end(); ++it) {
    const bool older = oldest == by_identity_.end() || it->second.team->last_used() < oldest->second.team->last_used();
    if (older && can_go(it->second)) oldest = it;
  }
  if (oldest == by_identity_.end()) return nullptr;
  auto gone = std::move(oldest->second.team);
  std::erase_if(by_key_, [&](const auto& entry) { return entry.second == gone; });
  by_identity_.erase(oldest);
  return gone;
}

// Whoever holds a team may be about to use it: nobody can come by another hold while the lock is ours.
bool Directory::can_go(const Entry& entry) const {
  return entry.team.use_count() <= 1 + entry.keys && entry.team->nothing_pending();
}

void Directory::stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  for (const auto& [identity, entry] : by_identity_) entry.team->stop();
}

}  // namespace enrichment_mock::runner
