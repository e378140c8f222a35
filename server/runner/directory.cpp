#include "runner/directory.h"

#include <array>
#include <cstdio>
#include <mutex>

#include "base/mask.h"
#include "base/memory.h"
#include "base/mix.h"
#include "base/undo.h"

namespace enrichment_mock::runner {

namespace {

// A hash does not reveal the key.
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
      journals_(std::make_shared<Journals>(settings_.journal)),
      unassigned_(*journals_),
      library_(std::move(library)) {}

Directory::Opened Directory::open(std::string_view api_key) {
  if (auto known = find_by_key(api_key)) return known;
  const auto routing = library();
  auto routed = routing->route(api_key);
  if (auto* rejected = std::get_if<scenario::KeyRejected>(&routed)) return std::move(*rejected);
  auto& route = std::get<scenario::TeamRoute>(routed);

  std::shared_ptr<TeamRunner> team, closed;  // `closed` is destroyed outside the lock
  std::string warning;
  bool is_new_key = false;
  {
    std::unique_lock lock(teams_mutex_);
    if (stopped_) return TooManyTeams{};
    if (library_ != routing) {  // it was replaced meanwhile
      lock.unlock();
      return open(api_key);
    }
    const auto found = by_identity_.find(route.identity);
    if (found == by_identity_.end() && by_identity_.size() >= settings_.max_teams) {
      if (!(closed = close_idle())) return TooManyTeams{};
      warning = closing_warning(*closed);
    }
    Entry& entry = found == by_identity_.end() ? open_new(std::move(route), api_key) : found->second;
    if (!by_key_.contains(api_key)) {
      entry.team->add_key(api_key, !library_->find(api_key));  // the name of a scenario is no secret
      entry.keys.emplace_back(api_key);
      by_key_.emplace(api_key, &entry);
      is_new_key = true;
    }
    team = acquire(entry);
  }
  if (is_new_key) team->announce_profile();
  if (!warning.empty()) settings_.warn(warning);
  return team;
}

std::shared_ptr<TeamRunner> Directory::find_by_key(std::string_view api_key) {
  std::shared_lock lock(teams_mutex_);
  const auto known = by_key_.find(api_key);
  return known == by_key_.end() ? nullptr : acquire(*known->second);
}

// A team is not closed while the result exists.
std::shared_ptr<TeamRunner> Directory::acquire(const Entry& entry) {
  idle_teams_->touch(entry.team->profile().order);
  return {entry.in_use, entry.team.get()};
}

Directory::Entry& Directory::open_new(scenario::TeamRoute route, std::string_view api_key) {
  Entry made{
      .team = nullptr, .identity = route.identity, .scenario = route.scenario->name, .keys = {}, .in_use = nullptr};
  made.team = start(std::move(route), api_key);
  made.team->set_library_scenario(made.scenario);
  Entry& entry = add(std::move(made));
  // The enrichments of the scenario continue even if no command follows.
  if (!entry.team->scenario()->enrichments.empty()) entry.team->wake();
  return entry;
}

Directory::Entry& Directory::add(Entry made) {
  made.in_use = std::make_shared<const std::shared_ptr<TeamRunner>>(made.team);
  const TeamProfile& profile = made.team->profile();
  const auto place = by_identity_.try_emplace(made.identity).first;
  base::Undo undo([&] {
    by_order_.erase(profile.order);
    by_id_.erase(profile.id);
    by_identity_.erase(place);
  });
  Entry& entry = place->second;
  by_id_.emplace(profile.id, &entry);
  by_order_.emplace(profile.order, &entry);
  idle_teams_->add(profile.order);
  undo.cancel();
  entry = std::move(made);
  return entry;
}

void Directory::restore(std::span<const SavedTeam> saved, std::span<const std::uint64_t> closed,
                        const ReadRecords& read_records) {
  closed_.insert(closed.begin(), closed.end());
  for (const auto& each : saved) {
    opened_ = std::max(opened_, each.order);
    TeamProfile profile{.label = each.label,
                        .name = each.name,
                        .id = each.id,
                        .masked_key = each.masked_key,
                        .own_key = each.own_key,
                        .order = each.order,
                        .reopened = each.reopened,
                        .journals = journals_,
                        .idle_teams = idle_teams_,
                        .sink = settings_.sink};
    Entry& entry = add({.team = std::make_shared<TeamRunner>(services_, each, settings_.keep, std::move(profile),
                                                             [&](engine::Team& team) { read_records(each, team); }),
                        .identity = each.identity,
                        .scenario = each.library_scenario,
                        .keys = each.keys,
                        .in_use = nullptr});
    for (const auto& key : each.keys) {
      entry.team->add_key(key, !library_->find(key));
      by_key_.emplace(key, &entry);
    }
  }
  for_each_team([](TeamRunner& team) { team.resume(); });  // before a scenario is replaced, which fires what is due
  switch_to(library_);
  while (by_identity_.size() > settings_.max_teams && close_idle()) {
  }
}

std::shared_ptr<TeamRunner> Directory::start(scenario::TeamRoute route, std::string_view api_key) {
  const auto credits = route.credits.value_or(route.scenario->credits);
  auto masked = base::mask_key(api_key);
  const auto hash = base::mix(settings_.secret, route.identity);
  const base::KeyMasker listed({route.scenario->listed_keys});
  TeamProfile profile{.label = route.name.empty() ? masked : listed.hide(route.name),
                      .name = route.name,
                      .id = id_of(hash),
                      .masked_key = std::move(masked),
                      .own_key = std::string(route.name.empty() ? api_key : std::string_view()),
                      .order = ++opened_,
                      .reopened = closed_.contains(hash),
                      .journals = journals_,
                      .idle_teams = idle_teams_,
                      .sink = settings_.sink};
  auto team =
      std::make_shared<TeamRunner>(services_,
                                   engine::TeamSetup{std::move(route.scenario), std::move(route.identity),
                                                     std::move(route.name), credits, settings_.secret, settings_.keep},
                                   std::move(profile));
  if (waits_cancelled_) team->cancel_waits();
  return team;
}

// Closes the team that has been idle longest. Skips teams that are in use: their callers may be about to send a
// command. Null: no team can be closed.
std::shared_ptr<TeamRunner> Directory::close_idle() {
  const auto order =
      idle_teams_->first([this](IdleTeams::Team team) { return by_order_.at(team)->in_use.use_count() == 1; });
  if (!order) return nullptr;
  const Entry& entry = *by_order_.at(*order);
  auto closed = entry.team;
  const auto hash = base::mix(settings_.secret, entry.identity);
  auto totals = closed_totals_;
  totals.add(closed->totals());
  const bool is_new = closed_.insert(hash).second;
  base::Undo undo([&] {
    if (is_new) closed_.erase(hash);
  });
  closed->end_saving(hash);
  undo.cancel();
  closed_totals_ = std::move(totals);
  idle_teams_->remove(*order);
  by_order_.erase(*order);
  by_id_.erase(closed->profile().id);
  for (const auto& key : entry.keys) by_key_.erase(key);
  by_identity_.erase(by_identity_.find(entry.identity));
  return closed;
}

// Empty: there was such a warning a short time ago.
std::string Directory::closing_warning(const TeamRunner& closed) {
  const auto unreported = closing_warnings_.record(services_.time.now());
  if (!unreported) return "";
  return "the limit of " + std::to_string(settings_.max_teams) + " teams (--max-teams) is reached: closed team " +
         closed.profile().label + ", which was idle longest" +
         (*unreported > 0 ? ", and " + std::to_string(*unreported) + " others since the last warning" : "");
}

std::shared_ptr<const scenario::Library> Directory::library() {
  std::shared_lock lock(teams_mutex_);
  return library_;
}

std::vector<std::shared_ptr<TeamRunner>> Directory::teams() { return snapshot().teams; }

Directory::Snapshot Directory::snapshot() {
  Snapshot snapshot;
  std::shared_lock lock(teams_mutex_);
  snapshot.teams.reserve(by_order_.size());
  for (const auto& [order, entry] : by_order_) snapshot.teams.push_back(entry->team);
  snapshot.closed = closed_totals_;
  return snapshot;
}

std::shared_ptr<TeamRunner> Directory::find_by_id(std::string_view id) {
  std::shared_lock lock(teams_mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : acquire(*found->second);
}

base::KeyMasker Directory::masker() {
  std::vector<std::string> keys;
  std::shared_lock lock(teams_mutex_);
  std::vector<std::shared_ptr<const base::KeySet>> sets;
  for (const auto& [name, scenario] : library_->all()) sets.push_back(scenario->listed_keys);
  for (const auto& [key, entry] : by_key_)
    if (!library_->find(key)) keys.push_back(key);
  lock.unlock();
  sets.push_back(std::make_shared<const base::KeySet>(std::move(keys)));
  return base::KeyMasker(std::move(sets));
}

void Directory::reset(TeamRunner& team) {
  std::shared_lock unchanged(library_change_mutex_);
  auto scenario = team.scenario();
  {
    std::shared_lock lock(teams_mutex_);
    const auto found = by_order_.find(team.profile().order);
    if (found != by_order_.end())
      if (auto loaded = library_->find(found->second->scenario)) scenario = std::move(loaded);
  }
  base::return_free_memory(team.reset(std::move(scenario)));
}

std::shared_ptr<TeamRunner> Directory::stand_in() {
  auto services = services_;
  services.commits = nullptr;
  auto scenario = library()->default_scenario();
  const auto credits = scenario->credits;
  return std::make_shared<TeamRunner>(
      services, engine::TeamSetup{std::move(scenario), "", "", credits, settings_.secret, settings_.keep},
      TeamProfile{.label = ""});
}

void Directory::put_back(TeamRunner& team, TeamRunner::PutBack world) {
  std::shared_lock unchanged(library_change_mutex_);
  base::return_free_memory(team.put_back(std::move(world)));
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
    const auto& own_key = entry.team->profile().own_key;
    if (own_key.empty()) continue;
    const auto routed = library.route(own_key);
    const auto* route = std::get_if<scenario::TeamRoute>(&routed);
    if (!route || route->identity != identity) continue;
    entry.scenario = route->scenario->name;
    entry.team->set_library_scenario(entry.scenario);
  }
}

void Directory::forget_rerouted_keys(const scenario::Library& library) {
  std::erase_if(by_key_, [&](const auto& opened) {
    const auto& [key, entry] = opened;
    const auto routed = library.route(key);
    const auto* route = std::get_if<scenario::TeamRoute>(&routed);
    if (route && route->identity == entry->identity) return false;
    std::erase(entry->keys, key);
    return true;
  });
}

void Directory::wake_waits() {
  for_each_team([](TeamRunner& team) { team.wake_waits(); });
  settings_.sink->wake_waits();
}

void Directory::cancel_waits() {
  {
    std::lock_guard lock(teams_mutex_);
    waits_cancelled_ = true;
  }
  for_each_team([](TeamRunner& team) { team.cancel_waits(); });
  settings_.sink->cancel_waits();
}

void Directory::stop() {
  {
    std::lock_guard lock(teams_mutex_);
    stopped_ = true;
  }
  for_each_team([](TeamRunner& team) { team.stop(); });
}

// Does not copy the list of teams, because stopping must succeed when there is no memory.
template <class Action>
void Directory::for_each_team(Action action) {
  std::shared_lock lock(teams_mutex_);
  for (const auto& [order, entry] : by_order_) action(*entry->team);
}

}  // namespace enrichment_mock::runner
