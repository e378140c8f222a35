// Texts as people get to see them: API keys have their masks in place. JSON is masked value by value, so that it stays
// JSON, and all that has no key in it stays as it is written.
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

// A piece of a text, and what stands there instead.
struct Replacement {
  std::size_t begin = 0, length = 0;
  std::string text;
};
std::string replaced(std::string_view text, std::vector<Replacement> replacements);

// Adds the strings and the names of members that have keys in them. `is_known` of a string: it is left out.
using IsKnown = std::function<bool(const json_text::Value& string)>;
void mask_strings(
    const json_text::Value& value, const KeyMasker& keys, std::vector<Replacement>& into,
    const IsKnown& is_known = [](const json_text::Value&) { return false; });

// A text that is JSON of no more than 64 levels, without a byte order mark and a key twice in an object, as it is; any
// other as a string.
Json json_or_text(std::string_view text, const KeyMasker& keys = {});

}  // namespace enrichment_mock::control
