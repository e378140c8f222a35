// Masks API keys in texts that are shown. JSON is masked value by value: it stays valid JSON, and values without keys
// do not change.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mask.h"
#include "json/reader.h"
#include "json/writer.h"

namespace enrichment_mock::control {

using base::KeyMasker;
using json_text::Json;

// A part of a text and the text that replaces it.
struct Replacement {
  std::size_t begin = 0, length = 0;
  std::string text;
};
std::string replaced(std::string_view text, std::vector<Replacement> replacements);

// Adds a replacement for each string and each member name that contains a key, except strings for which `is_known` is
// true.
using IsKnown = std::function<bool(const json_text::Value& string)>;
void mask_strings(
    const json_text::Value& value, const KeyMasker& keys, std::vector<Replacement>& into,
    const IsKnown& is_known = [](const json_text::Value&) { return false; });

// The text itself if it is JSON with at most 64 levels, without byte order mark and duplicate keys; otherwise a string.
Json json_or_text(std::string_view text, const KeyMasker& keys = {});

}  // namespace enrichment_mock::control
