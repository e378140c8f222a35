// What the library says of scenarios without running them.
#include <algorithm>
#include <iostream>

#include "emulator/load.h"
#include "enrichment_mock/emulator.h"
#include "scenario/loader.h"

namespace enrichment_mock {

namespace {

using scenario::Library;
using scenario::Problem;
using scenario::Scenario;

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
  auto sources = load_shipped();
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto result = files[i] == "-" ? scenario::load_stream(std::cin, "-") : scenario::load_file(files[i]);
    if (auto* scenario = std::get_if<Scenario>(&result)) {
      sources.emplace_back(files[i], std::move(*scenario));
    } else {
      std::ranges::transform(std::get<std::vector<Problem>>(result), std::back_inserter(found[i]), told);
    }
  }
  // What is shipped comes first and has "default", so that only the files can be at fault.
  const auto built = Library::build(std::move(sources), "default");
  if (const auto* problems = std::get_if<std::vector<Problem>>(&built))
    for (const auto& problem : *problems)
      found[static_cast<std::size_t>(std::ranges::find(files, problem.file) - files.begin())].push_back(told(problem));
  return found;
}

}  // namespace enrichment_mock
