#include "runner/directory.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <mutex>

#include "base/mask.h"
#include "base/mix.h"

namespace enrichment_mock::runner {

namespace {

// Of its hash, which tells nothing of the key.
std::string id_of(std::uint64_t hash) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
  return text.data();
}

}  // namespace

Directory::Directory(Surroundings surroundings, std::shared_ptr<const scenario::Library> library,
                     DirectorySettings settings)
    : around_(surroundings),
      settings_(std::move(settings)),
      strangers_(settings_.journal_size, *sequence_),
      library_(std::move(library)) {}

Directory::Opened Directory::open(std::string_view api_key) {
  if (auto known = find(api_key)) return known;
  const auto routing = library();
  auto routed = routing->route(api_key);
  if (auto* rejected = std::get_if<scenario::KeyRejected>(&routed)) return std::move(*rejected);
  auto& route = std::get<scenario::TeamRoute>(routed);

  std::shared_ptr<TeamRunner> team, gone;
  {
    std::unique_lock lock(mutex_);
    if (stopped_) return Full{};
    if (library_ != routing) {  // replaced meanwhile
      lock.unlock();
      return open(api_key);
    }
    auto found = by_identity_.find(route.identity);
    if (found == by_identity_.end()) {
      if (by_identity_.size() >= settings_.max_teams && !(gone = make_room())) return Full{};
      const std::string identity = route.identity, scenario = route.scenario->name;
      const std::string own_key(route.name.empty() ? api_key : std::string_view());
      found = by_identity_.emplace(identity, Entry{start(std::move(route), api_key), scenario, own_key}).first;
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
  auto masked = base::mask_key(api_key);
  const auto hash = base::mix(settings_.secret, route.identity);
  TeamProfile profile{.label = route.name.empty() ? masked : route.name,
                      .id = id_of(hash),
                      .masked_key = std::move(masked),
                      .order = ++opened_,
                      .journal_size = settings_.journal_size,
                      .came_back = let_go_.contains(hash),
                      .sequence = sequence_};
  auto team =
      std::make_shared<TeamRunner>(around_,
                                   engine::TeamSetup{std::move(route.scenario), std::move(route.identity),
                                                     std::move(route.name), credits, settings_.secret, settings_.keep},
                                   std::move(profile));
  if (!holds_up_) team->hold_up_nobody();
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
  let_go_.insert(base::mix(settings_.secret, oldest->first));
  gone_.add(gone->totals());
  std::erase_if(by_key_, [&](const auto& entry) { return entry.second == gone; });
  by_identity_.erase(oldest);
  return gone;
}

// Whoever holds a team may be about to use it: nobody can come by another hold while the lock is ours.
bool Directory::can_go(const Entry& entry) const {
  return entry.team.use_count() <= 1 + entry.keys && entry.team->nothing_pending();
}

std::shared_ptr<const scenario::Library> Directory::library() {
  std::shared_lock lock(mutex_);
  return library_;
}

std::vector<std::shared_ptr<TeamRunner>> Directory::teams() {
  std::vector<std::shared_ptr<TeamRunner>> all;
  std::shared_lock lock(mutex_);
  for (const auto& [identity, entry] : by_identity_) all.push_back(entry.team);
  std::ranges::sort(all, {}, [](const auto& team) { return team->profile().order; });
  return all;
}

std::shared_ptr<TeamRunner> Directory::find_team(std::string_view id) {
  std::shared_lock lock(mutex_);
  for (const auto& [identity, entry] : by_identity_)
    if (entry.team->profile().id == id) return entry.team;
  return nullptr;
}

engine::Totals Directory::gone() {
  std::shared_lock lock(mutex_);
  return gone_;
}

void Directory::reset(TeamRunner& team) {
  std::shared_lock unchanged(changes_);
  auto scenario = team.scenario();
  {
    std::shared_lock lock(mutex_);
    for (const auto& [identity, entry] : by_identity_)
      if (entry.team.get() == &team)
        if (auto loaded = library_->find(entry.scenario)) scenario = std::move(loaded);
  }
  team.reset(std::move(scenario));
}

std::vector<json_text::Problem> Directory::load(std::vector<scenario::Library::Source> sources) {
  std::lock_guard alone(changes_);
  auto [extended, problems] = library()->with(std::move(sources));
  go_over(std::make_shared<const scenario::Library>(std::move(extended)));
  return problems;
}

void Directory::replace(std::shared_ptr<const scenario::Library> library) {
  std::lock_guard alone(changes_);
  go_over(std::move(library));
}

void Directory::go_over(std::shared_ptr<const scenario::Library> library) {
  std::vector<std::pair<std::shared_ptr<TeamRunner>, std::shared_ptr<const scenario::Scenario>>> all;
  {
    std::lock_guard lock(mutex_);
    reroute_teams(*library);
    forget_rerouted_keys(*library);
    for (const auto& [identity, entry] : by_identity_) all.emplace_back(entry.team, library->find(entry.scenario));
    library_ = std::move(library);
  }
  for (auto& [team, loaded] : all)
    if (loaded && !team->has_own_scenario() && team->scenario() != loaded) team->replace(std::move(loaded));
}

// A key may have been used before the scenario that it names was there, or before one was no more the default.
void Directory::reroute_teams(const scenario::Library& library) {
  for (auto& [identity, entry] : by_identity_) {
    if (entry.own_key.empty()) continue;
    const auto routed = library.route(entry.own_key);
    const auto* route = std::get_if<scenario::TeamRoute>(&routed);
    if (route && route->identity == identity) entry.scenario = route->scenario->name;
  }
}

void Directory::forget_rerouted_keys(const scenario::Library& library) {
  std::erase_if(by_key_, [&](const auto& opened) {
    const auto routed = library.route(opened.first);
    const auto* route = std::get_if<scenario::TeamRoute>(&routed);
    const auto same = route ? by_identity_.find(route->identity) : by_identity_.end();
    if (same != by_identity_.end() && same->second.team == opened.second) return false;
    for (auto& [identity, entry] : by_identity_)
      if (entry.team == opened.second) --entry.keys;
    return true;
  });
}

void Directory::hold_up_nobody() {
  {
    std::lock_guard lock(mutex_);
    holds_up_ = false;
  }
  for (const auto& team : teams()) team->hold_up_nobody();
}

void Directory::stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  for (const auto& [identity, entry] : by_identity_) entry.team->stop();
}

}  // namespace enrichment_mock::runner
