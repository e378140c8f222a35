#include "control/scenario_text.h"

#include <algorithm>

#include "base/mask.h"
#include "json/reader.h"
#include "json/writer.h"

namespace enrichment_mock::control {

namespace {

std::string in_json(std::string_view text) { return json_text::Json(text).take(); }

struct Replacement {
  std::size_t begin = 0, length = 0;
  std::string text;
};

void mask_listed_keys(const json_text::Value& scenario, std::vector<Replacement>& into) {
  const auto teams = scenario.member("teams");
  if (!teams) return;
  for (const auto team : teams->children())
    if (const auto keys = team.member("api_keys"))
      for (const auto key : keys->children())
        into.push_back({key.begin(), key.written().size(), in_json(base::mask_key(key.text()))});
}

std::string without_team_keys(std::string text, const scenario::Scenario& scenario) {
  for (const auto& team : scenario.teams)
    for (const auto& key : team.api_keys) text = base::hide_key(text, key);
  return text;
}

}  // namespace

std::string masked_text(const scenario::Scenario& scenario) {
  if (scenario.teams.empty()) return scenario.text;
  const std::string_view text = scenario.text;
  json_text::Document document(text);
  document.read(json_text::Syntax::with_comments);
  std::vector<Replacement> replacements;
  mask_listed_keys(document.root(), replacements);
  for (const auto& [begin, end] : document.comments())
    replacements.push_back(
        {begin, end - begin, without_team_keys(std::string(text.substr(begin, end - begin)), scenario)});
  std::ranges::sort(replacements, {}, &Replacement::begin);
  std::string out;
  std::size_t copied = 0;
  for (const auto& [begin, length, replacement] : replacements) {
    out.append(text.substr(copied, begin - copied)).append(replacement);
    copied = begin + length;
  }
  return out.append(text.substr(copied));
}

std::string unmasked_text(std::string text, const std::vector<std::shared_ptr<const scenario::Scenario>>& known) {
  for (const auto& scenario : known)
    for (const auto& team : scenario->teams)
      for (const auto& key : team.api_keys) {
        const auto mask = in_json(base::mask_key(key)), whole = in_json(key);
        for (auto at = text.find(mask); at != text.npos; at = text.find(mask, at + whole.size()))
          text.replace(at, mask.size(), whole);
      }
  return text;
}

}  // namespace enrichment_mock::control
