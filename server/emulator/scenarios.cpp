// What the library says of scenarios without running them.
#include <iostream>
#include <iterator>

#include "emulator/load.h"
#include "enrichment_mock/emulator.h"
#include "scenario/loader.h"

namespace enrichment_mock {

std::vector<ScenarioInfo> shipped_scenarios() {
  std::vector<ScenarioInfo> infos;
  const auto library = load_library({});
  for (const auto& [name, scenario] : library->all()) infos.push_back({name, scenario->description});
  return infos;
}

std::vector<std::string> validate_scenario_file(const std::string& file) {
  const auto from_standard_input = [&] {
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    return scenario::load_text(text, file);
  };
  const auto result = file == "-" ? from_standard_input() : scenario::load_file(file);
  std::vector<std::string> messages;
  if (const auto* problems = std::get_if<std::vector<scenario::Problem>>(&result))
    for (const auto& problem : *problems) messages.push_back(to_string(problem));
  return messages;
}

}  // namespace enrichment_mock
