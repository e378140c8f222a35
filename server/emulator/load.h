// Loads the library of scenarios for the options of an emulator.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "enrichment_mock/emulator.h"
#include "scenario/library.h"

namespace enrichment_mock {

// The shipped scenarios. Throws ScenarioError.
std::vector<scenario::Library::Source> load_shipped();

// Conflicts between files, and between files and the shipped scenarios that they do not override.
std::vector<json_text::Problem> conflicts(const std::vector<scenario::Library::Source>& shipped,
                                          const std::vector<scenario::Library::Source>& files);

// Shipped scenarios, files and texts, with the options' overrides applied. Throws ScenarioError with every problem.
std::shared_ptr<const scenario::Library> load_library(const Options& options);

// What the public header says about each scenario.
std::vector<ScenarioInfo> infos_of(const scenario::Library& library);

// One text (of a control call) or one file, with the options' overrides applied.
scenario::LoadResult load_scenario_text(std::string_view text, const Options& options);
scenario::LoadResult load_scenario(const std::string& file, const Options& options);

// Throws ScenarioError with one line for each problem.
[[noreturn]] void refuse(const std::vector<json_text::Problem>& problems);

}  // namespace enrichment_mock
