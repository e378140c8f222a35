#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "cli/commands.h"
#include "cli/standard_streams.h"
#include "json/json.h"
#include "scenario/library.h"

namespace enrichment_mock::cli {

namespace {

// A file, or a directory that gives none.
struct Checked {
  std::string file;
  std::vector<ScenarioProblem> problems;
};

Checked barren(const std::string& directory, const std::string& message) {
  return {directory, {{.file = directory, .pointer = {}, .message = message, .text = directory + ": " + message}}};
}

std::vector<Checked> check(const std::vector<std::string>& words) {
  std::vector<std::string> files;
  std::vector<Checked> checked;
  for (const std::string& word : words) {
    std::error_code error;
    if (!std::filesystem::is_directory(word, error)) {
      files.push_back(word);
      continue;
    }
    const auto found = scenario::files_in(word);
    if (!found) checked.push_back(barren(word, "is a directory that cannot be read"));
    if (found && found->empty()) checked.push_back(barren(word, "is a directory without scenario files (*.json)"));
    if (found) files.insert(files.end(), found->begin(), found->end());
  }
  auto problems = validate_scenario_files(files);
  for (std::size_t i = 0; i < files.size(); ++i) checked.push_back({std::move(files[i]), std::move(problems[i])});
  return checked;
}

void print_text(const std::vector<Checked>& checked) {
  for (const auto& [file, problems] : checked) {
    for (const auto& problem : problems) print_error(problem.text + "\n");
    if (problems.empty()) print(file + ": valid\n");
  }
}

nlohmann::ordered_json to_json(const ScenarioProblem& problem) {
  nlohmann::ordered_json json{{"pointer", problem.pointer}};
  if (problem.line != 0) json.update({{"line", problem.line}, {"column", problem.column}});
  json["message"] = problem.message;
  return json;
}

void print_json(const std::vector<Checked>& checked) {
  auto files = nlohmann::ordered_json::array();
  for (const auto& [file, problems] : checked) {
    auto listed = nlohmann::ordered_json::array();
    for (const auto& problem : problems) listed.push_back(to_json(problem));
    files.push_back({{"file", file}, {"valid", problems.empty()}, {"problems", std::move(listed)}});
  }
  const nlohmann::ordered_json report{{"files", std::move(files)}};
  print(report.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace

int run(const Validate& command) {
  const auto checked = check(command.words);
  command.as_json ? print_json(checked) : print_text(checked);
  return std::ranges::all_of(checked, [](const Checked& one) { return one.problems.empty(); }) ? 0 : 2;
}

int run(const ShowText& command) {
  print(command.text);
  return 0;
}

}  // namespace enrichment_mock::cli
