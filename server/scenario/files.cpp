#include "scenario/files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace enrichment_mock::scenario {
namespace {

namespace fs = std::filesystem;

bool is_scenario_file(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  std::error_code error;
  return name.ends_with(".json") && !name.ends_with("schema.json") && !name.starts_with('.') &&
         entry.is_regular_file(error);
}

}  // namespace

std::optional<std::vector<std::string>> files_in(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator entries(directory, error), end; !error && entries != end; entries.increment(error))
    if (is_scenario_file(*entries)) files.push_back(entries->path().string());
  if (error) return std::nullopt;
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace enrichment_mock::scenario
