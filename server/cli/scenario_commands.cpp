// The commands about scenario files: init, validate, scenarios.
#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/process.h"
#include "enrichment_mock/emulator.h"
#include "json/writer.h"

namespace enrichment_mock::cli {
namespace {

constexpr std::string_view kName = "{name}";

constexpr std::string_view kStarter =
    R"(// A scenario of enrichment-mock: it describes how the API behaves. Comments are allowed. You may change or remove
// everything except "name", which must be the file's name. scenarios/README.md lists the defaults of missing keys.
{
  "name": "{name}",
  "description": "Every lookup takes a second. Requests for some profiles fail.",
  "credits": 250,

  // The course of a lookup, unless a rule below changes it. Outcomes: completed, not-found, failed.
  "lookup": { "pending": "200ms", "processing": "800ms", "outcome": "completed", "email": "{username}@example.com" },

  // Delivery of callbacks: the total number of attempts and the time between them.
  "callback": { "max_attempts": 3, "backoff": ["1s", "2s"] },

  // Known profiles; null: there is no such email.
  "profiles": {
    "janedoe": { "work": "jane.doe@acme.example", "personal": null }
  },

  // The first rule that matches a request applies; * and ? are wildcards.
  "rules": [
    {
      "name": "no email for this name",
      "match": { "username": "nobody*" },
      "lookup": { "outcome": "not-found" }
    },
    {
      "name": "503 twice, then success",
      "match": { "username": "unlucky*" },
      "steps": [
        { "response": { "status": 503, "headers": { "Retry-After": "1" } } },
        { "response": { "status": 503, "headers": { "Retry-After": "1" } } },
        {}
      ]
    },
    {
      "name": "first two callback attempts fail",
      "match": { "username": "forgetful*", "has_callback": true },
      "callback": { "fail_first": 2 }
    }
  ]
}
)";

// A valid scenario file with comments.
std::string starter_scenario(std::string_view name) {
  std::string text(kStarter);
  return text.replace(text.find(kName), kName.size(), name);
}

// A file, or a directory without usable files.
struct Checked {
  std::string file;
  std::vector<ScenarioProblem> problems;
};

Checked unusable(const std::string& directory, const std::string& message) {
  return {directory, {{.file = directory, .pointer = {}, .message = message, .text = directory + ": " + message}}};
}

std::vector<Checked> check(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  std::vector<Checked> checked;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    const auto found = scenario_files_in(path);
    if (!found) checked.push_back(unusable(path, "is a directory that cannot be read"));
    if (found && found->empty()) checked.push_back(unusable(path, "is a directory without scenario files (*.json)"));
    if (found) files.insert(files.end(), found->begin(), found->end());
  }
  auto problems = validate_scenario_files(files);
  for (std::size_t i = 0; i < files.size(); ++i) checked.push_back({std::move(files[i]), std::move(problems[i])});
  return checked;
}

void print_text(const std::vector<Checked>& checked) {
  for (const auto& [file, problems] : checked) {
    for (const auto& problem : problems) print_error(base::printable(problem.text) + "\n");
    if (problems.empty()) print(base::printable(file) + ": valid\n");
  }
}

json_text::Object to_json(const ScenarioProblem& problem) {
  json_text::Object json{{"pointer", problem.pointer}};
  if (problem.line != 0) json.add_all({{"line", problem.line}, {"column", problem.column}});
  json.add("message", problem.message);
  return json;
}

json_text::Object to_json(const Checked& checked) {
  return {{"file", checked.file},
          {"valid", checked.problems.empty()},
          {"problems", json_text::Array::of(checked.problems, [](const auto& each) { return to_json(each); })}};
}

void print_json(const std::vector<Checked>& checked) {
  const auto files = json_text::Array::of(checked, [](const Checked& each) { return to_json(each); });
  print(base::printable(json_text::Object{{"files", files}}.text()) + "\n");
}

}  // namespace

int init(const Settings& settings) {
  const std::string& file = settings.starter_file;
  const std::string text = starter_scenario(settings.starter_name);
  if (file.empty()) {
    print(text);
    return 0;
  }
  write_new(file, text);
  print("Wrote " + file + ". Check it with: enrichment-mock validate " + file +
        "\nRun it with: enrichment-mock --scenario " + file + "\n");
  return 0;
}

int validate(const Settings& settings) {
  const auto checked = check(settings.paths);
  settings.as_json ? print_json(checked) : print_text(checked);
  return std::ranges::all_of(checked, [](const Checked& one) { return one.problems.empty(); }) ? 0 : 2;
}

int list_scenarios(const Settings& settings) {
  const auto scenarios = loaded_scenarios(settings.emulator);
  std::size_t width = 0;
  for (const ScenarioInfo& scenario : scenarios) width = std::max(width, scenario.name.size());
  std::string text;
  for (const ScenarioInfo& scenario : scenarios) {
    text += scenario.name;
    text.append(width + 2 - scenario.name.size(), ' ');
    text += base::printable(scenario.description) +
            (scenario.is_default && scenario.name != "default" ? " (default)\n" : "\n");
  }
  print(text);
  return 0;
}

}  // namespace enrichment_mock::cli
