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

Directory::Directory(TeamServices services, std::shared_ptr<const scenario::Library> library,
                     DirectorySettings settings)
    : services_(services),
      settings_(std::move(settings)),
      unassigned_(settings_.journal_size, *sequence_),
      library_(std::move(library)) {}

Directory::Opened Directory::open(std::string_view api_key) {
  if (auto known = find(api_key)) return known;
  const auto routing = library();
  auto routed = routing->route(api_key);
  if (auto* rejected = std::get_if<scenario::KeyRejected>(&routed)) return std::move(*rejected);
  auto& route = std::get<scenario::TeamRoute>(routed);

  std::shared_ptr<TeamRunner> team, closed;
  {
    std::unique_lock lock(teams_mutex_);
    if (stopped_) return Full{};
    if (library_ != routing) {  // replaced meanwhile
      lock.unlock();
      return open(api_key);
    }
    auto found = by_identity_.find(route.identity);
    if (found == by_identity_.end()) {
      if (by_identity_.size() >= settings_.max_teams && !(closed = close_idle())) return Full{};
      const std::string identity = route.identity, scenario = route.scenario->name;
      const std::string own_key(route.name.empty() ? api_key : std::string_view());
      auto started = start(std::move(route), api_key);
      found = by_identity_.try_emplace(identity).first;
      found->second.team = std::move(started);
      found->second.scenario = scenario;
      found->second.own_key = own_key;
    }
    team = found->second.team;
    by_key_.emplace(api_key, &found->second);
    touch(found->second);
  }
  if (closed)
    settings_.warn("there are " + std::to_string(settings_.max_teams) + " teams (--max-teams): forgot team " +
                   closed->profile().label + ", the longest idle one with nothing pending");
  return team;
}

std::shared_ptr<TeamRunner> Directory::find(std::string_view api_key) {
  std::shared_lock lock(teams_mutex_);
  const auto known = by_key_.find(api_key);
  if (known == by_key_.end()) return nullptr;
  touch(*known->second);
  return known->second->team;
}

void Directory::touch(Entry& entry) const {
  entry.last_used.store(services_.time.now().time_since_epoch().count(), std::memory_order_relaxed);
}

std::shared_ptr<TeamRunner> Directory::start(scenario::TeamRoute route, std::string_view api_key) {
  const auto credits = route.credits.value_or(route.scenario->credits);
  auto masked = base::mask_key(api_key);
  const auto hash = base::mix(settings_.secret, route.identity);
  TeamProfile profile{.label = route.name.empty() ? masked : route.name,
                      .name = route.name,
                      .id = id_of(hash),
                      .masked_key = std::move(masked),
                      .order = ++opened_,
                      .journal_size = settings_.journal_size,
                      .reopened = closed_.contains(hash),
                      .sequence = sequence_};
  auto team =
      std::make_shared<TeamRunner>(services_,
                                   engine::TeamSetup{std::move(route.scenario), std::move(route.identity),
                                                     std::move(route.name), credits, settings_.secret, settings_.keep},
                                   std::move(profile));
  if (waits_cancelled_) team->cancel_waits();
  return team;
}

// Closes the team that has been idle longest; null if none is idle.
std::shared_ptr<TeamRunner> Directory::close_idle() {
  auto oldest = by_identity_.end();
  for (auto it = by_identity_.begin(); it != by_identity_.end(); ++it) {
    const bool older = oldest == by_identity_.end() || it->second.last_used < oldest->second.last_used;
    if (older && is_idle(it->second)) oldest = it;
  }
  if (oldest == by_identity_.end()) return nullptr;
  auto closed = std::move(oldest->second.team);
  closed_.insert(base::mix(settings_.secret, oldest->first));
  totals_of_closed_.add(closed->totals());
  std::erase_if(by_key_, [&](const auto& entry) { return entry.second == &oldest->second; });
  by_identity_.erase(oldest);
  return closed;
}

// A thread that holds a team may be about to use it: no other can get hold of it while the lock is ours.
bool Directory::is_idle(const Entry& entry) { return entry.team.use_count() == 1 && entry.team->nothing_pending(); }

std::shared_ptr<const scenario::Library> Directory::library() {
  std::shared_lock lock(teams_mutex_);
  return library_;
}

std::vector<std::shared_ptr<TeamRunner>> Directory::teams() {
  std::vector<std::shared_ptr<TeamRunner>> all;
  std::shared_lock lock(teams_mutex_);
  for (const auto& [identity, entry] : by_identity_) all.push_back(entry.team);
  std::ranges::sort(all, {}, [](const auto& team) { return team->profile().order; });
  return all;
}

std::shared_ptr<TeamRunner> Directory::find_team(std::string_view id) {
  std::shared_lock lock(teams_mutex_);
  for (const auto& [identity, entry] : by_identity_)
    if (entry.team->profile().id == id) return entry.team;
  return nullptr;
}

engine::Totals Directory::totals_of_closed() {
  std::shared_lock lock(teams_mutex_);
  return totals_of_closed_;
}

void Directory::reset(TeamRunner& team) {
  std::shared_lock unchanged(library_change_mutex_);
  auto scenario = team.scenario();
  {
    std::shared_lock lock(teams_mutex_);
    for (const auto& [identity, entry] : by_identity_)
      if (entry.team.get() == &team)
        if (auto loaded = library_->find(entry.scenario)) scenario = std::move(loaded);
  }
  team.reset(std::move(scenario));
}

std::vector<json_text::Problem> Directory::load(std::vector<scenario::Library::Source> sources) {
  std::lock_guard alone(library_change_mutex_);
  auto [extended, problems] = library()->with(std::move(sources));
  switch_to(std::make_shared<const scenario::Library>(std::move(extended)));
  return problems;
}

void Directory::replace(std::shared_ptr<const scenario::Library> library) {
  std::lock_guard alone(library_change_mutex_);
  switch_to(std::move(library));
}

void Directory::switch_to(std::shared_ptr<const scenario::Library> library) {
  std::vector<std::pair<std::shared_ptr<TeamRunner>, std::shared_ptr<const scenario::Scenario>>> all;
  {
    std::lock_guard lock(teams_mutex_);
    reroute_teams(*library);
    forget_rerouted_keys(*library);
    for (const auto& [identity, entry] : by_identity_) all.emplace_back(entry.team, library->find(entry.scenario));
    library_ = std::move(library);
  }
  for (auto& [team, loaded] : all)
    if (loaded && !team->has_own_scenario() && team->scenario() != loaded) team->replace(std::move(loaded));
}

// A key may have been used before its scenario was loaded, or before another one became the default.
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
    return same == by_identity_.end() || &same->second != opened.second;
  });
}

void Directory::cancel_waits() {
  {
    std::lock_guard lock(teams_mutex_);
    waits_cancelled_ = true;
  }
  for (const auto& team : teams()) team->cancel_waits();
}

void Directory::stop() {
  std::lock_guard lock(teams_mutex_);
  stopped_ = true;
  for (const auto& [identity, entry] : by_identity_) entry.team->stop();
}

}  // namespace enrichment_mock::runner
