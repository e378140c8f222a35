#include "scenario/library.h"

#include <utility>

#include "scenario/suggest.h"

namespace enrichment_mock::scenario {

namespace {

// Nearly every short word is one edit away from a name of two letters.
constexpr std::size_t kShortestSuggested = 3;

}  // namespace

std::variant<Library, std::vector<Problem>> Library::build(std::vector<Source> sources, std::string default_name) {
  Library library;
  for (auto& source : sources) library.add(std::move(source));
  auto problems = library.index_keys();
  library.default_ = library.find(default_name);
  if (!library.default_) {
    std::string message = "no scenario named \"" + default_name + "\" is loaded";
    std::vector<std::string_view> names;
    for (const auto& [name, scenario] : library.by_name_) names.push_back(name);
    if (const auto near = nearest(default_name, names)) message += "; did you mean \"" + std::string(*near) + "\"?";
    problems.push_back({.file = {}, .pointer = {}, .message = message});
  }
  if (!problems.empty()) return problems;
  return library;
}

std::variant<Library, std::vector<Problem>> Library::with(Source source) const {
  Library library = *this;
  library.add(std::move(source));
  auto problems = library.index_keys();
  if (!problems.empty()) return problems;
  library.default_ = library.find(default_->name);
  return library;
}

void Library::add(Source source) {
  const auto name = source.second.name;
  std::erase(order_, name);
  order_.push_back(name);
  files_[name] = std::move(source.first);
  by_name_[name] = std::make_shared<const Scenario>(std::move(source.second));
}

std::vector<Problem> Library::index_keys() {
  std::vector<Problem> problems;
  by_key_.clear();
  for (const auto& name : order_) {
    const auto& scenario = by_name_.at(name);
    for (std::size_t t = 0; t < scenario->teams.size(); ++t) {
      for (std::size_t k = 0; k < scenario->teams[t].api_keys.size(); ++k) {
        const auto [known, added] = by_key_.try_emplace(scenario->teams[t].api_keys[k], Listed{scenario, t});
        if (added) continue;
        problems.push_back({.file = files_.at(name),
                            .pointer = "/teams/" + std::to_string(t) + "/api_keys/" + std::to_string(k),
                            .message = "this API key is listed in the scenario \"" + known->second.scenario->name +
                                       "\" too; a key may open one team only"});
      }
    }
  }
  return problems;
}

std::shared_ptr<const Scenario> Library::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::variant<TeamRoute, KeyRejected> Library::route(std::string_view api_key) const {
  if (const auto listed = by_key_.find(api_key); listed != by_key_.end()) {
    const auto& [scenario, index] = listed->second;
    const auto& team = scenario->teams[index];
    return TeamRoute{scenario, scenario->name + "/" + team.name, team.name, team.credits};
  }
  const auto dot = api_key.find('.');
  const auto prefix = api_key.substr(0, dot);
  auto scenario = find(prefix);
  if (!scenario && dot != api_key.npos) {
    std::vector<std::string_view> names;
    for (const auto& [name, loaded] : by_name_)
      if (name.size() >= kShortestSuggested) names.push_back(name);
    if (const auto near = nearest(prefix, names, likely_edits(prefix)))
      return KeyRejected{"No scenario is named \"" + std::string(prefix) + "\"; did you mean \"" + std::string(*near) +
                             "\"? An API key may begin with the name of a loaded scenario and a dot",
                         default_};
  }
  if (!scenario) scenario = default_;
  if (scenario->rejects_unknown_keys) return KeyRejected{"Invalid API key", scenario};
  return TeamRoute{scenario, '\n' + std::string(api_key), "", std::nullopt};
}

}  // namespace enrichment_mock::scenario
