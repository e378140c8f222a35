#include <algorithm>
#include <string>

#include "cli/commands.h"
#include "cli/standard_streams.h"

namespace enrichment_mock::cli {

int run(const ListScenarios& command) {
  const auto scenarios = loaded_scenarios(command.loaded);
  std::size_t width = 0;
  for (const ScenarioInfo& scenario : scenarios) width = std::max(width, scenario.name.size());
  std::string text;
  for (const ScenarioInfo& scenario : scenarios) {
    text += scenario.name;
    text.append(width + 2 - scenario.name.size(), ' ');
    text += scenario.description + (scenario.is_default && scenario.name != "default" ? " (default)\n" : "\n");
  }
  print(text);
  return 0;
}

}  // namespace enrichment_mock::cli
