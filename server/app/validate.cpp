#include <algorithm>
#include <string>

#include "app/commands.h"
#include "app/standard_streams.h"

namespace enrichment_mock::app {

int run(const Validate& command) {
  bool valid = true;
  for (const std::string& file : command.files) {
    const auto problems = validate_scenario_file(file);
    for (const std::string& problem : problems) print_error(problem + "\n");
    if (problems.empty()) print(file + ": valid\n");
    valid = valid && problems.empty();
  }
  return valid ? 0 : 2;
}

int run(const ListScenarios&) {
  const auto scenarios = shipped_scenarios();
  std::size_t width = 0;
  for (const ScenarioInfo& scenario : scenarios) width = std::max(width, scenario.name.size());
  std::string text;
  for (const ScenarioInfo& scenario : scenarios) {
    text += scenario.name;
    text.append(width + 2 - scenario.name.size(), ' ');
    text += scenario.description + "\n";
  }
  print(text);
  return 0;
}

int run(const ShowText& command) {
  print(command.text);
  return 0;
}

}  // namespace enrichment_mock::app
