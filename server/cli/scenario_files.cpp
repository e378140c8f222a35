#include "cli/scenario_files.h"

#include <algorithm>
#include <filesystem>

#include "scenario/library.h"

namespace enrichment_mock::cli {
namespace {

namespace fs = std::filesystem;

bool is_file(std::string_view text) { return text.find('/') != std::string_view::npos || text.ends_with(".json"); }

// The one that is called as this file is, and so is its scenario; or null.
const std::string* of_same_name(const std::vector<std::string>& files, const std::string& file) {
  const auto same = [&](const fs::path& other) { return other.stem() == fs::path(file).stem(); };
  const auto found = std::find_if(files.begin(), files.end(), same);
  return found == files.end() ? nullptr : &*found;
}

void add(std::vector<std::string>& files, const Given& one, Problems& problems) {
  const auto* known = of_same_name(files, one.text);
  if (!known)
    files.push_back(one.text);
  else if (!scenario::same_file(*known, one.text))
    problems.push_back(one.source + ": both " + *known + " and " + one.text + " are given for the scenario \"" +
                       fs::path(one.text).stem().string() + "\": expected one file of a name");
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
      add(chosen.files, one, problems);
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
    if (!of_same_name(by_itself, file)) chosen.files.push_back(file);
  return chosen;
}

}  // namespace enrichment_mock::cli
