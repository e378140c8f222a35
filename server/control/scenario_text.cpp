#include "control/scenario_text.h"

#include <algorithm>
#include <map>

#include "base/mask.h"
#include "json/fields.h"
#include "json/json.h"
#include "json/tree.h"

namespace enrichment_mock::control {

namespace {

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

// Where keys are listed: the mask of each by the place at which it begins.
std::map<std::size_t, std::string> masks_in(json_text::Document& document) {
  std::map<std::size_t, std::string> masks;
  const auto root = json_text::parse_tree(document);
  if (!root) return masks;
  const auto teams = json_text::Value{*root, "", document}.member("teams");
  for (const auto& team : teams ? teams->children() : std::vector<json_text::Value>())
    if (const auto keys = team.member("api_keys"))
      for (const auto& key : keys->node.children) masks.emplace(key.begin, quoted(base::mask_key(key.text)));
  return masks;
}

std::string without_keys(std::string text, const scenario::Scenario& scenario) {
  for (const auto& team : scenario.teams)
    for (const auto& key : team.api_keys) text = base::hide_key(text, key);
  return text;
}

}  // namespace

std::string masked_text(const scenario::Scenario& scenario) {
  if (scenario.teams.empty()) return scenario.text;
  const std::string_view text = scenario.text;
  json_text::Document document{.file = "", .text = text, .problems = {}};
  const auto masks = masks_in(document);
  std::string out;
  for (std::size_t end = 0; end < text.size();) {
    const auto token = json_text::next_token(text, end);
    out += without_keys(std::string(text.substr(end, token.begin - end)), scenario);  // blanks and comments
    const auto mask = masks.find(token.begin);
    out += mask == masks.end() ? text.substr(token.begin, token.end - token.begin) : mask->second;
    end = token.end;
  }
  return out;
}

std::string unmasked_text(std::string text, const std::vector<std::shared_ptr<const scenario::Scenario>>& known) {
  for (const auto& scenario : known)
    for (const auto& team : scenario->teams)
      for (const auto& key : team.api_keys) {
        const auto mask = quoted(base::mask_key(key)), whole = quoted(key);
        for (auto at = text.find(mask); at != text.npos; at = text.find(mask, at + whole.size()))
          text.replace(at, mask.size(), whole);
      }
  return text;
}

}  // namespace enrichment_mock::control
