#include "app/scenario_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "scenario/files.h"

namespace enrichment_mock::app {
namespace {

namespace fs = std::filesystem;

bool is_file(std::string_view text) { return text.find('/') != std::string_view::npos || text.ends_with(".json"); }

void add_once(std::vector<std::string>& files, const std::string& file) {
  std::error_code error;
  const auto same = [&](const std::string& other) { return other == file || fs::equivalent(other, file, error); };
  if (std::none_of(files.begin(), files.end(), same)) files.push_back(file);
}

// A scenario is called as its file is.
bool holds_same_scenario(const std::vector<std::string>& files, const std::string& file) {
  const auto same = [&](const fs::path& other) { return other.filename() == fs::path(file).filename(); };
  return std::any_of(files.begin(), files.end(), same);
}

std::vector<std::string> files_of(const Given& directory, Problems& problems) {
  const auto files = scenario::files_in(directory.text);
  if (!files) complain(directory, "a directory that can be read", problems);
  return files.value_or(std::vector<std::string>{});
}

}  // namespace

ChosenScenarios choose_scenarios(const std::vector<Given>& given, const std::optional<Given>& directory,
                                 std::span<const std::string> shipped, Problems& problems) {
  const auto in_directory = directory ? files_of(*directory, problems) : std::vector<std::string>{};
  std::vector<std::string> names(shipped.begin(), shipped.end());
  for (const std::string& file : in_directory) names.push_back(fs::path(file).stem().string());

  ChosenScenarios chosen;
  for (const Given& one : given) {
    if (is_file(one.text)) {
      add_once(chosen.files, one.text);
    } else if (std::find(names.begin(), names.end(), one.text) == names.end()) {
      problems.push_back(one.source + ": no scenario is called \"" + one.text + "\": expected a name that " +
                         "enrichment-mock scenarios lists, or a file" + did_you_mean(one.text, names));
    } else if (&one == &given.front()) {
      chosen.default_scenario = one.text;
    }
  }
  if (given.empty() && !in_directory.empty()) chosen.default_scenario = "default";
  const auto by_itself = chosen.files;
  for (const std::string& file : in_directory)
    if (!holds_same_scenario(by_itself, file)) add_once(chosen.files, file);
  return chosen;
}

}  // namespace enrichment_mock::app
