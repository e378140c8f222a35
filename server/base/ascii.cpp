#include "base/ascii.h"

#include <algorithm>

namespace enrichment_mock::base {
namespace {

constexpr CharacterSet kTokenCharacters = kLettersAndDigits.with("!#$%&'*+-.^_`|~");

}  // namespace

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower(c);
  return result;
}

bool same_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool CharacterSet::has_all(std::string_view text) const {
  return std::all_of(text.begin(), text.end(), [this](char c) { return has(c); });
}

bool is_token(std::string_view text) { return !text.empty() && kTokenCharacters.has_all(text); }

}  // namespace enrichment_mock::base
