// Scenario files in a directory.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace enrichment_mock::scenario {

// The *.json in a directory, in order of their names, but for hidden ones and the schema (scenario.schema.json). What
// turns out not to be readable, such as a link that leads nowhere, is among them, so that whoever reads it says so;
// folders, pipes and devices are not. Nothing if the directory cannot be read.
std::optional<std::vector<std::string>> files_in(const std::string& directory);

// Whether two paths lead to one file.
bool same_file(const std::string& a, const std::string& b);

}  // namespace enrichment_mock::scenario
