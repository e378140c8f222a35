#include "emulator/saved_state.h"

#include <map>
#include <random>
#include <span>
#include <utility>

#include "api/error.h"
#include "emulator/load.h"

namespace enrichment_mock {

namespace {

// The secret of the file. A new file gets one at once, so that every later start has the same.
std::uint64_t secret_in(state::File& file) {
  if (const auto known = file.secret()) return *known;
  const auto made = random_secret();
  file.save({.teams = {}, .secret = made});
  return made;
}

state::Sync sync_of(StateSync sync) {
  switch (sync) {
    case StateSync::off:
      return state::Sync::off;
    case StateSync::normal:
      return state::Sync::normal;
    case StateSync::full:
      return state::Sync::full;
  }
  return state::Sync::normal;
}

// The scenario that a team ran when it was saved: the library's, if that still has the same text, so that the team
// continues it; else the saved copy. Its own scenario stays as it was, whatever the options say now.
std::shared_ptr<const scenario::Scenario> scenario_of(const std::string& text, const runner::OwnScenario* own,
                                                      const scenario::Library& library, Options options) {
  for (const auto& [name, loaded] : library.all())
    if (!own && loaded->text == text) return loaded;
  if (own) options.credits = own->credits;
  auto copy = load_scenario_text(text, options);
  if (const auto* problems = std::get_if<std::vector<json_text::Problem>>(&copy))
    throw std::invalid_argument(to_string(problems->front()));
  auto scenario = std::get<scenario::Scenario>(std::move(copy));
  if (own) scenario.seed = own->seed;
  return std::make_shared<const scenario::Scenario>(std::move(scenario));
}

// The scenarios of the library that teams ran and that are no longer loaded.
std::vector<scenario::Library::Source> gone_scenarios(std::span<const runner::SavedTeam> teams,
                                                      const scenario::Library& library) {
  std::map<std::string_view, const scenario::Scenario*> gone;
  for (const auto& team : teams)
    if (!team.has_own_scenario && team.scenario->name == team.library_scenario && !library.find(team.library_scenario))
      gone.emplace(team.library_scenario, team.scenario.get());
  std::vector<scenario::Library::Source> sources;
  for (const auto& [name, scenario] : gone)
    sources.emplace_back("the state file's copy of " + std::string(name), *scenario);
  return sources;
}

}  // namespace

std::uint64_t random_secret() {
  std::random_device device;
  return ((std::uint64_t{device()} << 32) ^ device()) >> 11;
}

SavedState::SavedState(const Options& options, std::function<void(std::string_view)> warn)
    : file_(options.state_file, sync_of(options.state_sync)),
      secret_(secret_in(file_)),
      commits_(file_.last_world()),
      warn_(std::move(warn)) {}

void SavedState::restore(runner::Directory& directory, const Options& options) try {
  const auto read_teams = [&] {
    const auto library = directory.library();
    return file_.teams([&](const std::string& text, const runner::OwnScenario* own) {
      return scenario_of(text, own, *library, options);
    });
  };
  auto teams = read_teams();
  if (auto gone = gone_scenarios(teams, *directory.library()); !gone.empty()) {
    for (const auto& [file, scenario] : gone)
      warn_("the scenario " + scenario.name + " is not loaded; its teams continue with the copy in the state file");
    for (const auto& problem : directory.load(std::move(gone))) warn_(to_string(problem));
    teams = read_teams();  // which now have the scenarios that the library has
  }
  directory.restore(teams, file_.closed_teams(),
                    [this](const runner::SavedTeam& saved, engine::Team& team) { file_.restore(saved, team); });
  writer_ = std::make_unique<state::Writer>(file_, commits_, warn_, [&directory] { directory.wake_waits(); });
} catch (const state::OpenError& error) {
  throw StartError(error.what());
} catch (const std::invalid_argument& error) {
  throw StartError("the state file " + options.state_file + " cannot be used: " + error.what());
}

void SavedState::finish(net::Response& response) const {
  try {
    commits_.check_saved(response.ticket);
  } catch (const runner::NotSaved& error) {
    response = not_saved(error);
  }
}

void SavedState::stop() { writer_.reset(); }

net::Response not_saved(const runner::NotSaved& error) {
  return {.status = 503,
          .body = api::error_body(503, "The state cannot be saved at present: " + std::string(error.what())),
          .headers = {{"X-Content-Type-Options", "nosniff"}}};
}

std::unique_ptr<SavedState> open_saved_state(const Options& options, std::function<void(std::string_view)> warn) {
  if (options.state_file.empty()) return nullptr;
  try {
    return std::make_unique<SavedState>(options, std::move(warn));
  } catch (const state::OpenError& error) {
    throw StartError(error.what());
  } catch (const state::SaveError& error) {
    throw StartError(error.what());
  }
}

}  // namespace enrichment_mock
