#include "emulator/load.h"

#include <algorithm>
#include <iostream>
#include <iterator>

#include "enrichment_mock/emulator.h"
#include "scenario/library.h"
#include "scenario/loader.h"
#include "scenario/shipped.h"

namespace enrichment_mock {

namespace {

using json_text::Problem;
using scenario::Library;
using scenario::LoadResult;
using scenario::Scenario;

// Returns what is wrong with a scenario with these options, if anything is.
std::optional<Problem> override_settings(Scenario& scenario, const Options& options, const std::string& file) {
  if (options.manual_clock) scenario.clock.manual = *options.manual_clock;
  if (options.time_scale) scenario.clock.scale = *options.time_scale;
  if (options.seed) scenario.seed = options.seed;
  if (!options.credits) return std::nullopt;
  scenario.override_credits(*options.credits);
  const auto charged = std::ranges::count_if(scenario.enrichments, &scenario::SeededEnrichment::charge);
  if (charged <= *options.credits) return std::nullopt;
  return Problem{.file = file,
                 .pointer = "/enrichments",
                 .message = "found " + std::to_string(charged) + " with \"charge\"; expected at most " +
                            std::to_string(*options.credits) + ", the option \"credits\""};
}

LoadResult overridden(LoadResult result, const Options& options, const std::string& file) {
  if (auto* scenario = std::get_if<Scenario>(&result))
    if (auto problem = override_settings(*scenario, options, file)) return std::vector{*std::move(problem)};
  return result;
}

ScenarioProblem to_scenario_problem(const Problem& problem) {
  return {.file = problem.file,
          .pointer = problem.pointer,
          .line = problem.line,
          .column = problem.column,
          .message = problem.message,
          .text = to_string(problem)};
}

}  // namespace

void refuse(const std::vector<Problem>& problems) {
  std::string message;
  for (const auto& problem : problems) message += (message.empty() ? "" : "\n") + to_string(problem);
  throw ScenarioError(message);
}

LoadResult load_scenario(const std::string& file, const Options& options) {
  return overridden(scenario::load_file(file), options, file);
}

LoadResult load_scenario_text(std::string_view text, const Options& options) {
  return overridden(scenario::load_text(text, ""), options, "");
}

std::vector<Library::Source> load_shipped() {
  std::vector<Library::Source> sources;
  for (const auto& shipped : scenario::shipped_files()) {
    const auto file = std::string(shipped.name) + ".json";
    auto loaded = scenario::examine_text(shipped.text, file);
    if (!loaded.problems.empty()) refuse(loaded.problems);
    sources.emplace_back("(shipped)/" + file, std::move(loaded.scenario));
  }
  return sources;
}

std::vector<Problem> conflicts(const std::vector<Library::Source>& shipped, const std::vector<Library::Source>& files) {
  std::vector<scenario::Member> members;
  const auto named = [](const std::string& name) {
    return [&](const auto& source) { return source.second.name == name; };
  };
  for (const auto& source : shipped)
    if (std::ranges::none_of(files, named(source.second.name))) members.push_back({source.first, &source.second});
  for (auto source = files.begin(); source != files.end(); ++source) {
    const auto known = std::find_if(files.begin(), source, named(source->second.name));
    if (known == source || !scenario::same_file(known->first, source->first))
      members.push_back({source->first, &source->second});
  }
  auto problems = scenario::name_conflicts(members);
  std::ranges::move(scenario::key_conflicts(members), std::back_inserter(problems));
  return problems;
}

std::shared_ptr<const Library> load_library(const Options& options) {
  auto sources = load_shipped();
  std::vector<Library::Source> given;
  std::vector<Problem> problems;
  std::string default_name = options.default_scenario;
  const auto add = [&](const std::string& file, scenario::Examined examined) {
    std::ranges::move(examined.problems, std::back_inserter(problems));
    if (default_name.empty()) default_name = examined.scenario.name;
    given.emplace_back(file, std::move(examined.scenario));
  };
  for (const auto& file : options.scenario_files) add(file, scenario::examine_file(file));
  auto conflict_problems = conflicts(sources, given);
  json_text::limit_problems(conflict_problems);
  std::ranges::move(conflict_problems, std::back_inserter(problems));
  for (const auto& text : options.scenario_texts) add("(text)", scenario::examine_text(text, "-"));
  if (!problems.empty()) refuse(problems);

  std::ranges::move(given, std::back_inserter(sources));
  for (auto& [file, scenario] : sources)
    if (auto problem = override_settings(scenario, options, file)) problems.push_back(*std::move(problem));
  if (!problems.empty()) refuse(problems);
  auto built = Library::build(std::move(sources), default_name.empty() ? "default" : default_name);
  if (auto* found = std::get_if<std::vector<Problem>>(&built)) refuse(*found);
  return std::make_shared<const Library>(std::get<Library>(std::move(built)));
}

std::vector<ScenarioInfo> shipped_scenarios() { return loaded_scenarios({}); }

std::vector<ScenarioInfo> loaded_scenarios(const Options& options) { return infos_of(*load_library(options)); }

std::vector<ScenarioInfo> infos_of(const Library& library) {
  std::vector<ScenarioInfo> infos;
  for (const auto& [name, scenario] : library.all()) {
    ScenarioInfo info{.name = name,
                      .description = scenario->description,
                      .is_default = scenario == library.default_scenario(),
                      .accepts_any_key = !scenario->rejects_unknown_keys,
                      .has_schedule = !scenario->schedule.empty() || scenario->rate_limit.has_value()};
    for (const auto& team : scenario->teams)
      info.api_keys.insert(info.api_keys.end(), team.api_keys.begin(), team.api_keys.end());
    infos.push_back(std::move(info));
  }
  return infos;
}

std::vector<ScenarioProblem> validate_scenario_file(const std::string& file) {
  return validate_scenario_files({file}).front();
}

std::vector<std::vector<ScenarioProblem>> validate_scenario_files(const std::vector<std::string>& files) {
  std::vector<std::vector<ScenarioProblem>> found(files.size());
  std::vector<Library::Source> sources;
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto examined = files[i] == "-" ? scenario::examine_stream(std::cin, "-") : scenario::examine_file(files[i]);
    std::ranges::transform(examined.problems, std::back_inserter(found[i]), to_scenario_problem);
    sources.emplace_back(files[i], std::move(examined.scenario));
  }
  std::vector<std::vector<Problem>> conflicts_of(files.size());
  for (const auto& problem : conflicts(load_shipped(), sources))
    conflicts_of[static_cast<std::size_t>(std::ranges::find(files, problem.file) - files.begin())].push_back(problem);
  for (std::size_t i = 0; i < files.size(); ++i) {
    json_text::limit_problems(conflicts_of[i]);
    std::ranges::transform(conflicts_of[i], std::back_inserter(found[i]), to_scenario_problem);
  }
  return found;
}

std::optional<std::vector<std::string>> scenario_files_in(const std::string& directory) {
  return scenario::files_in(directory);
}

}  // namespace enrichment_mock
