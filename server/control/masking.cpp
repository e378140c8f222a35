#include "control/masking.h"

#include <algorithm>

namespace enrichment_mock::control {

namespace {

void mask(std::string_view text, std::size_t begin, std::size_t length, const KeyMasker& keys,
          std::vector<Replacement>& into) {
  auto hidden = keys.hide(text);
  if (hidden != text) into.push_back({begin, length, Json(hidden).take()});
}

}  // namespace

std::string replaced(std::string_view text, std::vector<Replacement> replacements) {
  std::ranges::sort(replacements, {}, &Replacement::begin);
  std::string out;
  std::size_t copied = 0;
  for (const auto& [begin, length, replacement] : replacements) {
    out.append(text.substr(copied, begin - copied)).append(replacement);
    copied = begin + length;
  }
  return out.append(text.substr(copied));
}

void mask_strings(const json_text::Value& value, const KeyMasker& keys, std::vector<Replacement>& into,
                  const IsKnown& is_known) {
  if (value.is_string() && !is_known(value)) mask(value.text(), value.begin(), value.raw().size(), keys, into);
  for (const auto child : value.children()) {
    if (value.is_object()) mask(child.key(), child.key_begin(), child.raw_key().size(), keys, into);
    mask_strings(child, keys, into, is_known);
  }
}

Json json_or_text(std::string_view text, const KeyMasker& keys) {
  json_text::Document document(text);
  const bool is_json =
      !text.starts_with("\xEF\xBB\xBF") && document.read(json_text::Syntax::strict) && document.duplicates().empty();
  if (!is_json) return Json(keys.hide(text));
  std::vector<Replacement> replacements;
  if (!keys.empty()) mask_strings(document.root(), keys, replacements);
  if (replacements.empty()) return Json::raw(std::string(text));
  return json_or_text(replaced(text, std::move(replacements)));  // masking may have made two names equal
}

}  // namespace enrichment_mock::control
