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

  std::lock_guard lock(mutex_);
  if (stopped_) return Full{};
  const auto found = by_identity_.find(route.identity);
  auto team = found != by_identity_.end() ? found->second : nullptr;
  if (!team) {
    if (by_identity_.size() >= settings_.max_teams && !make_room()) return Full{};
    const std::string identity = route.identity;
    team = start(std::move(route), api_key);
    by_identity_.emplace(identity, team);
  }
  by_key_.emplace(api_key, team);
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
  team->touch(around_.time.now());
  return team;
}

// The longest idle team with nothing pending goes.
bool Directory::make_room() {
  auto oldest = by_identity_.end();
  for (auto it = by_identity_.begin(); it != by_identity_.end(); ++it) {
    if (oldest != by_identity_.end() && it->second->last_used() >= oldest->second->last_used()) continue;
    if (it->second->nothing_pending()) oldest = it;
  }
  if (oldest == by_identity_.end()) return false;
  const auto gone = oldest->second;
  settings_.warn("there are " + std::to_string(by_identity_.size()) + " teams (--max-teams): forgot team " +
                 gone->label() + ", the longest idle one with nothing pending");
  std::erase_if(by_key_, [&](const auto& entry) { return entry.second == gone; });
  by_identity_.erase(oldest);
  return true;
}

void Directory::stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  for (const auto& [identity, team] : by_identity_) team->stop();
}

}  // namespace enrichment_mock::runner
