#include "emulator/load.h"

#include <iterator>

#include "scenario/loader.h"
#include "scenario/shipped.h"

namespace enrichment_mock {

namespace {

using scenario::Library;
using scenario::LoadResult;
using scenario::Problem;
using scenario::Scenario;

struct Loaded {
  std::vector<Library::Source> sources;
  std::vector<Problem> problems;

  // The scenario's name, or nothing.
  std::string add(const std::string& file, LoadResult result) {
    if (auto* found = std::get_if<std::vector<Problem>>(&result)) {
      std::move(found->begin(), found->end(), std::back_inserter(problems));
      return {};
    }
    auto& loaded = std::get<Scenario>(result);
    std::string name = loaded.name;
    sources.emplace_back(file, std::move(loaded));
    return name;
  }
};

void override_settings(Scenario& scenario, const Options& options) {
  if (options.manual_clock) scenario.clock.manual = *options.manual_clock;
  if (options.time_scale) scenario.clock.scale = *options.time_scale;
  if (options.seed) scenario.seed = options.seed;
  if (!options.credits) return;
  scenario.credits = *options.credits;
  scenario.expect.credits.reset();  // it goes by the file's own
  for (auto& team : scenario.teams) team.credits.reset();
}

[[noreturn]] void refuse(const std::vector<Problem>& problems) {
  std::string message;
  for (const auto& problem : problems) message += (message.empty() ? "" : "\n") + to_string(problem);
  throw ScenarioError(message);
}

LoadResult overridden(LoadResult result, const Options& options) {
  if (auto* scenario = std::get_if<Scenario>(&result)) override_settings(*scenario, options);
  return result;
}

}  // namespace

LoadResult load_scenario(const std::string& file, const Options& options) {
  return overridden(scenario::load_file(file), options);
}

LoadResult load_scenario_text(std::string_view text, const Options& options) {
  return overridden(scenario::load_text(text, ""), options);
}

std::vector<Library::Source> load_shipped() {
  Loaded loaded;
  for (const auto& shipped : scenario::shipped_files()) {
    const auto file = std::string(shipped.name) + ".json";
    loaded.add("(shipped)/" + file, scenario::load_text(shipped.text, file));
  }
  if (!loaded.problems.empty()) refuse(loaded.problems);
  return std::move(loaded.sources);
}

std::shared_ptr<const Library> load_library(const Options& options) {
  Loaded loaded{.sources = load_shipped(), .problems = {}};
  std::string default_name = options.default_scenario;
  const auto add = [&](const std::string& file, LoadResult result) {
    const auto name = loaded.add(file, std::move(result));
    if (default_name.empty()) default_name = name;
  };
  for (const auto& file : options.scenario_files) add(file, scenario::load_file(file));
  for (const auto& text : options.scenario_texts) add("(text)", scenario::load_text(text, "-"));
  if (!loaded.problems.empty()) refuse(loaded.problems);

  for (auto& [file, scenario] : loaded.sources) override_settings(scenario, options);
  auto built = Library::build(std::move(loaded.sources), default_name.empty() ? "default" : default_name);
  if (auto* problems = std::get_if<std::vector<Problem>>(&built)) refuse(*problems);
  return std::make_shared<const Library>(std::get<Library>(std::move(built)));
}

}  // namespace enrichment_mock
