#include "scenario/conflicts.h"

#include <map>
#include <string>

namespace enrichment_mock::scenario {

namespace {

std::string told(const Member& member) {
  const auto& name = member.scenario->name;
  return name.empty() ? std::string(member.file) : "the scenario \"" + name + '"';
}

}  // namespace

std::vector<Problem> name_conflicts(std::span<const Member> members) {
  std::vector<Problem> problems;
  std::map<std::string_view, std::string_view> files;
  for (const auto& [file, scenario] : members) {
    if (scenario->name.empty()) continue;
    const auto [known, added] = files.try_emplace(scenario->name, file);
    if (added) continue;
    problems.push_back({.file = std::string(file),
                        .pointer = "/name",
                        .message = "the scenario \"" + scenario->name + "\" is in " + std::string(known->second) +
                                   " too; expected one file of a name"});
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
             .message = "this API key is listed in " + told(*holder) + " too; a key may open one team only"});
      }
    }
  }
  return problems;
}

}  // namespace enrichment_mock::scenario
