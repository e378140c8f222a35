#include "scenario/library.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include "base/suggest.h"

namespace enrichment_mock::scenario {

namespace {

namespace fs = std::filesystem;

// Characters that people put after a name instead of a dot. A dash is not among them: names contain dashes.
constexpr std::string_view kWrongSeparators = ":/_,;|@#";

// Nearly every short word is one edit away from a name of two letters.
constexpr std::size_t kMinSuggestedLength = 3;

// A client can use any number of keys, and each is stored.
constexpr std::size_t kMaxKeyLength = 2048;

std::string describe(const Member& member) {
  const auto& name = member.scenario->name;
  return name.empty() ? std::string(member.file) : "the scenario \"" + name + '"';
}

bool is_scenario_file(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  if (!name.ends_with(".json") || name == "scenario.schema.json" || name.starts_with('.')) return false;
  std::error_code error;
  const auto status = entry.status(error);
  return !fs::exists(status) || fs::is_regular_file(status);
}

}  // namespace

std::variant<Library, std::vector<Problem>> Library::build(std::vector<Source> sources, std::string default_name) {
  Library library;
  for (auto& [file, scenario] : sources)
    library.add({std::move(file), std::make_shared<const Scenario>(std::move(scenario))});
  auto problems = library.conflicts();
  library.default_ = library.find(default_name);
  if (!library.default_) {
    std::string message = "no scenario named \"" + default_name + "\" is loaded";
    std::vector<std::string_view> names;
    for (const auto& [name, scenario] : library.by_name_) names.push_back(name);
    if (const auto near = base::nearest(default_name, names))
      message += "; did you mean \"" + std::string(*near) + "\"?";
    problems.push_back({.file = {}, .pointer = {}, .message = message});
  }
  if (!problems.empty()) return problems;
  library.index_keys();
  return library;
}

Library::Extended Library::with(std::vector<Source> sources) const {
  std::vector<Loaded> added;
  for (auto& [file, scenario] : sources)
    added.emplace_back(std::move(file), std::make_shared<const Scenario>(std::move(scenario)));
  std::vector<Problem> problems;
  for (;;) {
    Library library = *this;
    for (const auto& loaded : added) library.add(loaded);
    const auto found = library.conflicts();
    if (found.empty()) {
      library.default_ = library.find(default_->name);
      library.index_keys();
      return {std::move(library), std::move(problems)};
    }
    // If a new scenario is left out, the one that it would have replaced stays, and may conflict with others. A problem
    // never names a scenario that was there before, because it precedes all new ones.
    for (const auto& problem : found)
      std::erase_if(added, [&](const Loaded& loaded) { return loaded.first == problem.file; });
    problems.insert(problems.end(), found.begin(), found.end());
  }
}

void Library::add(Loaded loaded) {
  const auto name = loaded.second->name;
  std::erase(order_, name);
  order_.push_back(name);
  files_[name] = std::move(loaded.first);
  by_name_[name] = std::move(loaded.second);
}

std::vector<Problem> Library::conflicts() const {
  std::vector<Member> members;
  for (const auto& name : order_) members.push_back({files_.at(name), by_name_.at(name).get()});
  return key_conflicts(members);
}

void Library::index_keys() {
  by_key_.clear();
  for (const auto& [name, scenario] : by_name_)
    for (std::size_t t = 0; t < scenario->teams.size(); ++t)
      for (const auto& key : scenario->teams[t].api_keys) by_key_.emplace(key, Listed{scenario, t});
}

std::shared_ptr<const Scenario> Library::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

base::KeyMasker Library::masker() const {
  std::vector<std::shared_ptr<const base::KeySet>> sets;
  for (const auto& [name, scenario] : by_name_) sets.push_back(scenario->listed_keys);
  return base::KeyMasker(std::move(sets));
}

std::variant<TeamRoute, KeyRejected> Library::route(std::string_view api_key) const {
  if (const auto listed = by_key_.find(api_key); listed != by_key_.end()) {
    const auto& [scenario, index] = listed->second;
    const auto& team = scenario->teams[index];
    return TeamRoute{scenario, scenario->name + "/" + team.name, team.name, team.credits};
  }
  if (api_key.size() > kMaxKeyLength)
    return KeyRejected{"The API key is longer than " + std::to_string(kMaxKeyLength) + " bytes", default_};
  if (const auto end = api_key.find_first_of(kWrongSeparators); end != api_key.npos)
    if (const auto name = api_key.substr(0, end); find(name))
      return KeyRejected{"An API key that runs the scenario \"" + std::string(name) + "\" is \"" + std::string(name) +
                             "\", or begins with \"" + std::string(name) + ".\"; found \"" + api_key[end] +
                             "\" in place of the dot",
                         default_};
  const auto dot = api_key.find('.');
  const auto prefix = api_key.substr(0, dot);
  auto scenario = find(prefix);
  if (!scenario && dot != api_key.npos) {
    std::vector<std::string_view> names;
    for (const auto& [name, loaded] : by_name_)
      if (name.size() >= kMinSuggestedLength) names.push_back(name);
    if (const auto near = base::nearest(prefix, names, base::likely_edits(prefix)))
      return KeyRejected{"No scenario is named \"" + std::string(prefix) + "\"; did you mean \"" + std::string(*near) +
                             "\"? An API key may begin with the name of a loaded scenario and a dot",
                         default_};
  }
  if (!scenario) scenario = default_;
  if (scenario->rejects_unknown_keys) return KeyRejected{"Invalid API key", scenario};
  return TeamRoute{scenario, '\n' + std::string(api_key), "", std::nullopt};
}

std::vector<Problem> name_conflicts(std::span<const Member> members) {
  std::vector<Problem> problems;
  std::map<std::string_view, std::string_view> files;
  for (const auto& [file, scenario] : members) {
    if (scenario->name.empty()) continue;
    const auto [known, added] = files.try_emplace(scenario->name, file);
    if (added) continue;
    problems.push_back({.file = std::string(file),
                        .pointer = "/name",
                        .message = "the scenario \"" + scenario->name + "\" is also in " + std::string(known->second) +
                                   "; expected one file for each name"});
  }
  return problems;
}

std::vector<Problem> key_conflicts(std::span<const Member> members) {
  std::vector<Problem> problems;
  std::map<std::string_view, const Member*> holders;
  for (const auto& member : members) {
    const auto& teams = member.scenario->teams;
    for (std::size_t t = 0; t < teams.size(); ++t) {
      for (std::size_t k = 0; k < teams[t].api_keys.size(); ++k) {
        const auto holder = holders.try_emplace(teams[t].api_keys[k], &member).first->second;
        if (holder == &member || holder->scenario->name == member.scenario->name) continue;
        problems.push_back(
            {.file = std::string(member.file),
             .pointer = "/teams/" + std::to_string(t) + "/api_keys/" + std::to_string(k),
             .message = "this API key is also listed in " + describe(*holder) + "; a key can open only one team"});
      }
    }
  }
  return problems;
}

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
