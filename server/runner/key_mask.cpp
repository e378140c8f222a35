#include "runner/key_mask.h"

#include <algorithm>

#include "base/ascii.h"
#include "scenario/draw.h"

namespace enrichment_mock::runner {

std::string mask_key(std::string_view api_key) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string masked(api_key.substr(0, std::min<std::size_t>(4, api_key.size() / 3)));
  masked += "***#";
  const auto hash = scenario::mix(0, api_key);
  for (int shift = 12; shift >= 0; shift -= 4) masked += kDigits[(hash >> shift) & 15];
  return masked;
}

std::string hide_key(std::string_view text, std::string_view api_key) {
  constexpr std::size_t kShortest = 4, kUnmistakable = 16;
  constexpr auto kWord = base::kLettersAndDigits.with("-_");
  std::string out;
  auto at = api_key.size() < kShortest ? text.npos : text.find(api_key);
  if (at == text.npos) return std::string(text);
  std::size_t copied = 0;
  for (; at != text.npos; at = text.find(api_key, at + 1)) {
    const auto end = at + api_key.size();
    const bool begins = at == 0 || !kWord.has(text[at - 1]), ends = end == text.size() || !kWord.has(text[end]);
    if (at < copied || (api_key.size() < kUnmistakable && !(begins && ends))) continue;
    out.append(text.substr(copied, at - copied)).append(mask_key(api_key));
    copied = end;
  }
  return out.append(text.substr(copied));
}

bool is_secret_name(std::string_view name) {
  constexpr std::string_view kWords[] = {"api-key", "apikey", "token", "secret", "password", "authorization", "cookie"};
  const auto same = [](char one, char of_word) { return (one == '_' ? '-' : base::lower(one)) == of_word; };
  return std::ranges::any_of(kWords, [&](std::string_view word) {
    return std::search(name.begin(), name.end(), word.begin(), word.end(), same) != name.end();
  });
}

}  // namespace enrichment_mock::runner
