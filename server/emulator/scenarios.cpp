// What the library says of scenarios without running them.
#include <algorithm>
#include <iostream>
#include <iterator>

#include "emulator/load.h"
#include "enrichment_mock/emulator.h"
#include "scenario/loader.h"

namespace enrichment_mock {

namespace {

using scenario::Library;
using scenario::Problem;

ScenarioProblem told(const Problem& problem) {
  return {.file = problem.file,
          .pointer = problem.pointer,
          .line = problem.line,
          .column = problem.column,
          .message = problem.message,
          .text = to_string(problem)};
}

}  // namespace

std::vector<ScenarioInfo> shipped_scenarios() { return loaded_scenarios({}); }

std::vector<ScenarioInfo> loaded_scenarios(const Options& options) {
  std::vector<ScenarioInfo> infos;
  const auto library = load_library(options);
  for (const auto& [name, scenario] : library->all())
    infos.push_back({name, scenario->description, scenario == library->default_scenario()});
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
    std::ranges::transform(examined.problems, std::back_inserter(found[i]), told);
    sources.emplace_back(files[i], std::move(examined.scenario));
  }
  for (const auto& problem : conflicts(load_shipped(), sources))
    found[static_cast<std::size_t>(std::ranges::find(files, problem.file) - files.begin())].push_back(told(problem));
  return found;
}

}  // namespace enrichment_mock
