// From options to the library of scenarios that an emulator runs.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "enrichment_mock/emulator.h"
#include "scenario/library.h"

namespace enrichment_mock {

// The shipped scenarios. Throws ScenarioError, as load_library() does.
std::vector<scenario::Library::Source> load_shipped();

// What is wrong with files together, shipped scenarios that none of them replaces included.
std::vector<json_text::Problem> conflicts(const std::vector<scenario::Library::Source>& shipped,
                                          const std::vector<scenario::Library::Source>& files);

// Shipped scenarios, files and texts, with the options' overrides applied. Throws ScenarioError with every problem.
std::shared_ptr<const scenario::Library> load_library(const Options& options);

// One text, as a control call has it; one file; with the overrides applied.
scenario::LoadResult load_scenario_text(std::string_view text, const Options& options);
scenario::LoadResult load_scenario(const std::string& file, const Options& options);

}  // namespace enrichment_mock
