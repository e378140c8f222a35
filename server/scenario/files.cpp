#include "scenario/files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace enrichment_mock::scenario {
namespace {

namespace fs = std::filesystem;

bool is_scenario_file(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  if (!name.ends_with(".json") || name == "scenario.schema.json" || name.starts_with('.')) return false;
  std::error_code error;
  const auto status = entry.status(error);
  return !fs::exists(status) || fs::is_regular_file(status);
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

bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return a == b || fs::equivalent(a, b, error);
}

}  // namespace enrichment_mock::scenario
