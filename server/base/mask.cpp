#include "base/mask.h"

#include <algorithm>
#include <array>

#include "base/mix.h"
#include "base/text.h"

namespace enrichment_mock::base {

namespace {

// How much of the text's beginning is the character, escaped as in a URL or in JSON, or as it is; 0: it is another.
std::size_t length_as_spelled(std::string_view text, char c) {
  constexpr std::string_view kEscapedInJson = "\"\\/";
  const auto code = [&](std::size_t at) { return hex_value(text[at]) * 16 + hex_value(text[at + 1]); };
  const auto hex = [&](std::size_t at) { return hex_value(text[at]) >= 0 && hex_value(text[at + 1]) >= 0; };
  const int wanted = static_cast<unsigned char>(c);
  if (text.empty()) return 0;
  if (is_escape(text, 0) && code(1) == wanted) return 3;
  if (text.size() >= 6 && text.starts_with("\\u00") && hex(4) && code(4) == wanted) return 6;
  if (text.size() >= 2 && text[0] == '\\' && text[1] == c && kEscapedInJson.find(c) != kEscapedInJson.npos) return 2;
  return text[0] == c ? 1 : 0;
}

std::size_t length_as_spelled(std::string_view text, std::string_view api_key) {
  if (text.starts_with(api_key)) return api_key.size();
  std::size_t length = 0;
  for (const char c : api_key) {
    const auto one = length_as_spelled(text.substr(length), c);
    if (one == 0) return 0;
    length += one;
  }
  return length;
}

constexpr auto kWord = kLettersAndDigits.with("-_");

// Whether that text ends within a word; an escape is what it stands for.
bool ends_in_word(std::string_view text) {
  constexpr std::string_view kEscapedBlanks = "bfnrt";
  const auto size = text.size();
  if (size >= 3 && is_escape(text, size - 3)) return kWord.has(percent_decoded(text.substr(size - 3))[0]);
  if (size >= 2 && text[size - 2] == '\\' && kEscapedBlanks.find(text[size - 1]) != kEscapedBlanks.npos) return false;
  return size > 0 && kWord.has(text[size - 1]);
}

}  // namespace

std::string mask_key(std::string_view api_key) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string masked(api_key.substr(0, std::min<std::size_t>(4, api_key.size() / 3)));
  masked += "***#";
  const auto hash = mix(0, api_key);
  for (int shift = 12; shift >= 0; shift -= 4) masked += kHexDigits[(hash >> shift) & 15];
  return masked;
}

std::string hide_key(std::string_view text, std::string_view api_key) {
  constexpr std::size_t kShortest = 4, kUnmistakable = 16;
  if (api_key.size() < kShortest) return std::string(text);
  const std::array<char, 3> begins_with{api_key[0], '%', '\\'};
  const std::string_view beginnings(begins_with.data(), begins_with.size());
  std::string out;
  std::size_t copied = 0;
  for (auto at = text.find_first_of(beginnings); at != text.npos; at = text.find_first_of(beginnings, at + 1)) {
    const auto end = at + length_as_spelled(text.substr(at), api_key);
    if (end == at || at < copied) continue;
    const bool is_word = !ends_in_word(text.substr(0, at)) && (end == text.size() || !kWord.has(text[end]));
    if (api_key.size() < kUnmistakable && !is_word) continue;
    out.append(text.substr(copied, at - copied)).append(mask_key(api_key));
    copied = end;
  }
  return out.append(text.substr(copied));
}

std::string mask_userinfo(std::string_view url) {
  const auto scheme = url.find("://");
  const auto begin = scheme == url.npos ? 0 : scheme + 3;
  const auto authority = url.substr(begin, url.substr(begin).find_first_of("/?#"));
  const auto at = authority.rfind('@');
  if (at == authority.npos) return std::string(url);
  return std::string(url.substr(0, begin)) + "***" + std::string(url.substr(begin + at));
}

std::string mask_userinfo_in(std::string_view text) {
  constexpr std::string_view kSlashes[] = {"//", "\\/\\/"};  // as they are, and escaped in JSON
  std::string out;
  std::size_t copied = 0;
  for (auto at = text.find(':'); at != text.npos; at = text.find(':', at + 1)) {
    for (const auto slashes : kSlashes) {
      if (!text.substr(at + 1).starts_with(slashes)) continue;
      const auto begin = at + 1 + slashes.size();
      const auto authority = text.substr(begin, text.substr(begin).find_first_of("/?#\"<> \t\r\n"));
      const auto end = authority.rfind('@');
      if (end == authority.npos || begin < copied) continue;
      out.append(text.substr(copied, begin - copied)).append("***");
      copied = begin + end;
    }
  }
  return out.append(text.substr(copied));
}

bool is_secret_name(std::string_view name) {
  constexpr std::string_view kWords[] = {"api-key", "apikey", "token", "secret", "password", "authorization", "cookie"};
  const auto same = [](char one, char of_word) { return (one == '_' ? '-' : lower(one)) == of_word; };
  return std::ranges::any_of(kWords, [&](std::string_view word) {
    return std::search(name.begin(), name.end(), word.begin(), word.end(), same) != name.end();
  });
}

}  // namespace enrichment_mock::base
