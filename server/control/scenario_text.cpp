#include "control/scenario_text.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/mask.h"
#include "json/reader.h"

namespace enrichment_mock::control {

namespace {

using json_text::Problem;
using json_text::Value;

// Calls `visit` with each string of /teams/*/api_keys/*.
template <class Visit>
void for_listed_keys(const Value& scenario, Visit visit) {
  const auto teams = scenario.member("teams");
  if (!teams) return;
  for (const auto team : teams->children())
    if (const auto keys = team.member("api_keys"))
      for (const auto key : keys->children())
        if (key.is_string()) visit(key);
}

// Calls `visit` with each string /enrichments/*/callback_url, which may have credentials.
template <class Visit>
void for_callback_urls(const Value& scenario, Visit visit) {
  const auto enrichments = scenario.member("enrichments");
  if (!enrichments) return;
  for (const auto enrichment : enrichments->children())
    if (const auto url = enrichment.member("callback_url"); url && url->is_string()) visit(*url);
}

// The offsets of the strings that list a key.
std::set<std::size_t> offsets_of_keys(const Value& scenario) {
  std::set<std::size_t> offsets;
  for_listed_keys(scenario, [&](const Value& key) { offsets.insert(key.begin()); });
  return offsets;
}

// The known masks and their keys.
class Masks {
 public:
  Masks(const MaskedKeys& masked, std::string_view name) {
    for (const auto& scenario : masked.scenarios)
      for (const auto& team : scenario->teams)
        for (const auto& key : team.api_keys) {
          auto& owners = known_[base::mask_key(key)];
          if (scenario->name == name) owners.insert(key);
        }
    for (const auto& key : masked.others) known_[base::mask_key(key)];
  }

  // The keys of the text's scenario with this mask; null: not a known mask.
  const std::set<std::string>* find(std::string_view mask) const {
    const auto found = known_.find(mask);
    return found == known_.end() ? nullptr : &found->second;
  }

  // The first mask in a text.
  std::optional<std::string_view> first_in(std::string_view text) const {
    for (auto at = text.find(kMark); at != text.npos; at = text.find(kMark, at + 1))
      for (std::size_t before = std::min(at, kMaxBefore) + 1; before-- > 0;) {
        const auto candidate = text.substr(at - before, before + kMark.size() + kHash);
        if (find(candidate)) return candidate;
      }
    return std::nullopt;
  }

 private:
  static constexpr std::string_view kMark = "***#";
  static constexpr std::size_t kMaxBefore = 4, kHash = 4;
  std::map<std::string, std::set<std::string>, std::less<>> known_;
};

class Unmasker {
 public:
  Unmasker(json_text::Document& document, const Masks& masks)
      : masks_(masks), key_offsets_(offsets_of_keys(document.root())) {
    visit(document.root());
  }

  std::vector<Replacement> take() { return std::move(replacements_); }

 private:
  void visit(const Value& value) {
    if (value.is_string()) visit_string(value);
    for (const auto child : value.children()) {
      if (value.is_object())
        if (const auto mask = masks_.first_in(child.key())) child.key_problem(misplaced(*mask));
      visit(child);
    }
  }

  void visit_string(const Value& string) {
    const auto mask = masks_.first_in(string.text());
    if (!mask) return;
    if (*mask != string.text() || !key_offsets_.contains(string.begin())) return string.problem(misplaced(*mask));
    const auto& keys = *masks_.find(*mask);
    const auto found = json_text::in_quotes(*mask);
    if (keys.empty())
      string.problem(found +
                     " is a masked API key, and no scenario of this name lists its key; expected the key itself");
    else if (keys.size() > 1)
      string.problem(found + " is the mask of " + std::to_string(keys.size()) + " API keys; expected the key itself");
    else
      replacements_.push_back({string.begin(), string.raw().size(), Json(*keys.begin()).take()});
  }

  static std::string misplaced(std::string_view mask) {
    return "found " + json_text::in_quotes(mask) +
           ", a masked API key, which is only allowed in \"api_keys\"; expected another text";
  }

  const Masks& masks_;
  const std::set<std::size_t> key_offsets_;
  std::vector<Replacement> replacements_;
};

}  // namespace

std::string masked_text(const scenario::Scenario& scenario, const KeyMasker& keys) {
  if (keys.empty() && scenario.teams.empty() && scenario.enrichments.empty()) return scenario.text;
  const std::string_view text = scenario.text;
  json_text::Document document(text);
  document.read(json_text::Syntax::with_comments);
  std::vector<Replacement> replacements;
  for_listed_keys(document.root(), [&](const Value& key) {
    replacements.push_back({key.begin(), key.raw().size(), Json(base::mask_key(key.text())).take()});
  });
  auto known = offsets_of_keys(document.root());
  for_callback_urls(document.root(), [&](const Value& url) {
    const auto masked = base::mask_userinfo(url.text());
    if (masked == url.text()) return;
    replacements.push_back({url.begin(), url.raw().size(), Json(keys.hide(masked)).take()});
    known.insert(url.begin());
  });
  mask_strings(document.root(), keys, replacements,
               [&](const Value& string) { return known.contains(string.begin()); });
  for (const auto& [begin, end] : document.comments())
    replacements.push_back({begin, end - begin, keys.hide(text.substr(begin, end - begin))});
  return replaced(text, std::move(replacements));
}

std::variant<std::string, std::vector<Problem>> unmasked_text(const std::string& text, const MaskedKeys& masked) {
  json_text::Document document(text);
  if (!document.read(json_text::Syntax::with_comments)) return text;  // the loader reports the errors
  const auto name = document.root().member("name");
  const Masks masks(masked, name ? name->text() : std::string_view());
  auto replacements = Unmasker(document, masks).take();
  for_callback_urls(document.root(), [](const Value& url) {
    if (url.text().find("://***@") != std::string_view::npos)
      url.problem("its credentials are masked: found \"***\"; expected the user and the password");
  });
  if (!document.problems().empty()) return std::move(document.problems());
  return replaced(text, std::move(replacements));
}

}  // namespace enrichment_mock::control
