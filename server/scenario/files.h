// Scenario files in a directory.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace enrichment_mock::scenario {

// The *.json in a directory, in order of their names, but for hidden ones and *schema.json.
// Nothing if the directory cannot be read.
std::optional<std::vector<std::string>> files_in(const std::string& directory);

}  // namespace enrichment_mock::scenario
