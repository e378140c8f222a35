#include "base/mask.h"

#include <algorithm>
#include <utility>

#include "base/mix.h"
#include "base/text.h"

namespace enrichment_mock::base {

namespace {

constexpr std::size_t kMinLength = 4;
constexpr std::size_t kFoundAnywhere = 16;  // a shorter key is found only as a word

// A mask: at most kMaskedBeginning bytes of the key, kMark, and kHashDigits hex digits.
constexpr std::size_t kMaskedBeginning = 4, kHashDigits = 4;
constexpr std::string_view kMark = "***#";
static_assert(kLongestMask == kMaskedBeginning + kMark.size() + kHashDigits);

bool is_mark(std::string_view text) {
  return text.starts_with(kMark) && text.size() >= kMark.size() + kHashDigits &&
         std::ranges::all_of(text.substr(kMark.size(), kHashDigits),
                             [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Whether text[begin, end), in which a key was found, is a part of a mask.
bool is_in_mask(std::string_view text, std::size_t begin, std::size_t end) {
  constexpr std::size_t kMarkAndHash = kMark.size() + kHashDigits;
  const auto from = begin - std::min(begin, kMarkAndHash);
  const auto near = text.substr(from, end + kMarkAndHash - from);
  for (auto at = near.find(kMark); at != near.npos; at = near.find(kMark, at + 1)) {
    const auto mark = from + at;
    if (is_mark(near.substr(at)) && begin + kMaskedBeginning >= mark && end <= mark + kMarkAndHash) return true;
  }
  return false;
}

// A character and the length of the escape that encodes it.
struct Escaped {
  char c = 0;
  std::size_t length = 0;  // 0: none
};

// The escape of a URL or of JSON that the text begins with.
Escaped escaped_at(std::string_view text) {
  constexpr std::string_view kEscapedInJson = "\"\\/";
  const auto code = [&](std::size_t at) {
    return static_cast<char>(hex_value(text[at]) * 16 + hex_value(text[at + 1]));
  };
  const auto hex = [&](std::size_t at) { return hex_value(text[at]) >= 0 && hex_value(text[at + 1]) >= 0; };
  if (is_escape(text, 0)) return {code(1), 3};
  if (text.size() >= 6 && text.starts_with("\\u00") && hex(4)) return {code(4), 6};
  if (text.size() >= 2 && text[0] == '\\' && kEscapedInJson.find(text[1]) != kEscapedInJson.npos) return {text[1], 2};
  return {};
}

constexpr auto kWord = kLettersAndDigits.with("-_");

// Whether the last character of the text belongs to a word. An escape counts as the character that it encodes.
bool ends_in_word(std::string_view text) {
  constexpr std::string_view kEscapedBlanks = "bfnrt";
  const auto size = text.size();
  if (size >= 3 && is_escape(text, size - 3)) return kWord.has(percent_decoded(text.substr(size - 3))[0]);
  if (size >= 2 && text[size - 2] == '\\' && kEscapedBlanks.find(text[size - 1]) != kEscapedBlanks.npos) return false;
  return size > 0 && kWord.has(text[size - 1]);
}

}  // namespace

bool is_mask(std::string_view text) {
  return text.size() >= kMark.size() + kHashDigits && text.size() <= kLongestMask &&
         is_mark(text.substr(text.size() - kMark.size() - kHashDigits));
}

std::string mask_key(std::string_view api_key) {
  std::array<char, kLongestMask> mask;
  return {mask.data(), write_mask(api_key, mask.data())};
}

char* write_mask(std::string_view api_key, char* to) {
  if (is_mask(api_key)) return std::ranges::copy(api_key, to).out;
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  auto beginning = api_key.substr(0, std::min(kMaskedBeginning, api_key.size() / 3));
  const auto of_characters = utf8_prefix(api_key, beginning.size());
  if (of_characters.size() < beginning.size() && !find_invalid_utf8(api_key)) beginning = of_characters;
  to = std::ranges::copy(beginning, to).out;
  to = std::ranges::copy(kMark, to).out;
  const auto hash = mix(0, api_key);
  for (int shift = 12; shift >= 0; shift -= 4) *to++ = kHexDigits[(hash >> shift) & 15];
  return to;
}

KeySet::KeySet(std::vector<std::string> keys) {
  for (auto& key : keys) {
    if (key.size() < kMinLength || is_mask(key)) continue;
    begins_[static_cast<unsigned char>(lower(key[0]))] = begins_[static_cast<unsigned char>(key[0])] = true;
    keys_.push_back({lower(key), std::move(key)});
  }
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; };
  for (const auto& [folded, key] : keys_)
    if (key.size() >= kFoundAnywhere) begins_[static_cast<unsigned char>(upper(folded[0]))] = true;
  if (!keys_.empty()) begins_['%'] = begins_['\\'] = true;
  std::ranges::sort(keys_, {}, &Key::folded);
}

std::size_t KeySet::longest_key() const {
  std::size_t longest = 0;
  for (const auto& each : keys_) longest = std::max(longest, each.key.size());
  return longest;
}

// Reads the text character by character and narrows the range of keys that match so far. A character that begins an
// escape may also be meant literally. Both readings are tried, unless they give the same character.
struct KeySet::Search {
  struct Range {
    std::size_t first, last;  // of the keys, exclusive
    bool empty() const { return first == last; }
  };
  const std::vector<Key>& keys;
  std::string_view text;
  std::size_t begin;
  bool with_escapes = false;
  std::string read = {};  // the characters so far
  bool met_escape = false;
  Found longest = {};

  // The keys of the range begin with the characters that were read. `at`: where the rest of the text begins.
  void match_rest(Range range, std::size_t at) {
    const auto read_before = read.size();
    for (;;) {
      for (; !range.empty() && keys[range.first].folded.size() == read.size(); ++range.first)
        keep_longest(keys[range.first].key, at);
      if (range.empty() || at >= text.size()) break;
      const auto escaped = escaped_at(text.substr(at));
      met_escape = met_escape || escaped.length > 0;
      if (with_escapes && escaped.length > 0) {
        const auto by_escape = narrowed(range, escaped.c);
        if (escaped.c == text[at]) {
          range = by_escape;
          read.push_back(escaped.c);
          at += escaped.length;
          continue;
        }
        if (!by_escape.empty()) {
          read.push_back(escaped.c);
          match_rest(by_escape, at + escaped.length);
          read.pop_back();
        }
      }
      range = narrowed(range, text[at]);
      read.push_back(text[at]);
      ++at;
    }
    read.resize(read_before);
  }

  Range narrowed(Range range, char c) const {
    const auto position = read.size();
    const auto first = keys.begin() + static_cast<std::ptrdiff_t>(range.first);
    const auto last = keys.begin() + static_cast<std::ptrdiff_t>(range.last);
    const auto character = [&](const Key& key) { return static_cast<unsigned char>(key.folded[position]); };
    const auto wanted = static_cast<unsigned char>(lower(c));
    const auto from = std::partition_point(first, last, [&](const Key& key) { return character(key) < wanted; });
    const auto to = std::partition_point(from, last, [&](const Key& key) { return character(key) == wanted; });
    return {static_cast<std::size_t>(from - keys.begin()), static_cast<std::size_t>(to - keys.begin())};
  }

  void keep_longest(const std::string& key, std::size_t end) {
    if (longest.key && longest.key->size() >= key.size()) return;
    if (key.size() < kFoundAnywhere) {
      const bool is_word = !ends_in_word(text.substr(0, begin)) && (end == text.size() || !kWord.has(text[end]));
      if (!is_word || key != read) return;
    }
    longest = {&key, end};
  }
};

KeySet::Found KeySet::find_at(std::string_view text, std::size_t at) const {
  Search search{keys_, text, at};
  search.match_rest({0, keys_.size()}, at);
  search.with_escapes = search.met_escape;
  if (search.with_escapes) search.match_rest({0, keys_.size()}, at);
  return search.longest;
}

KeyMasker::KeyMasker(std::vector<std::shared_ptr<const KeySet>> sets) : sets_(std::move(sets)) {
  std::erase_if(sets_, [](const auto& set) { return !set || set->empty(); });
}

std::size_t KeyMasker::longest_key() const {
  std::size_t longest = 0;
  for (const auto& set : sets_) longest = std::max(longest, set->longest_key());
  return longest;
}

KeySet::Found KeyMasker::find_at(std::string_view text, std::size_t at) const {
  KeySet::Found longest;
  for (const auto& set : sets_) {
    if (!set->may_begin_with(text[at])) continue;
    const auto found = set->find_at(text, at);
    if (found.key && (!longest.key || found.key->size() > longest.key->size())) longest = found;
  }
  return longest;
}

std::string KeyMasker::hide(std::string_view text) const {
  if (empty()) return std::string(text);
  std::string out;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto [key, end] = find_at(text, at);
    if (!key || is_in_mask(text, at, end)) continue;
    out.append(text.substr(copied, at - copied)).append(mask_key(*key));
    copied = end;
    at = end - 1;
  }
  return out.append(text.substr(copied));
}

KeyMasker KeyMasker::with(std::string_view api_key) const {
  auto sets = sets_;
  sets.push_back(std::make_shared<const KeySet>(std::vector{std::string(api_key)}));
  return KeyMasker(std::move(sets));
}

std::string hide_key(std::string_view text, std::string_view api_key) { return KeyMasker().with(api_key).hide(text); }

std::string masked_beginning(std::string_view text, std::size_t max_bytes, const KeyMasker& keys) {
  constexpr std::size_t kLongestEscape = 6, kLongestCharacter = 4;  // \u0041
  const auto needed = text.substr(0, max_bytes + kLongestEscape * keys.longest_key() + kLongestCharacter);
  return std::string(utf8_prefix(keys.hide(needed), max_bytes));
}

std::string mask_userinfo(std::string_view url) {
  const auto scheme = url.find("://");
  const auto begin = scheme == url.npos ? 0 : scheme + 3;
  const auto authority = url.substr(begin, url.substr(begin).find_first_of("/?#"));
  const auto at = authority.rfind('@');
  if (at == authority.npos) return std::string(url);
  return std::string(url.substr(0, begin)).append(kMaskedUserinfo) + std::string(url.substr(begin + at));
}

std::string mask_userinfo_in(std::string_view text) {
  constexpr std::string_view kSlashes[] = {"//", "\\/\\/"};  // plain, and escaped in JSON
  std::string out;
  std::size_t copied = 0;
  for (auto at = text.find(':'); at != text.npos; at = text.find(':', at + 1)) {
    for (const auto slashes : kSlashes) {
      if (!text.substr(at + 1).starts_with(slashes)) continue;
      const auto begin = at + 1 + slashes.size();
      const auto authority = text.substr(begin, text.substr(begin).find_first_of("/?#\"<> \t\r\n"));
      const auto end = authority.rfind('@');
      if (end == authority.npos || begin < copied) continue;
      out.append(text.substr(copied, begin - copied)).append(kMaskedUserinfo);
      copied = begin + end;
    }
  }
  return out.append(text.substr(copied));
}

bool is_secret_name(std::string_view name) {
  // This runs for each header of each request. Each word has a letter that the names of most headers do not have.
  static constexpr std::string_view kWords[] = {"api-key",  "apikey", "authorization", "cookie",
                                                "password", "secret", "token"};
  static constexpr auto kRareLetters = CharacterSet().with("kKzZwWrR"),
                        kFirstLetters = CharacterSet().with("aAcCpPsStT");
  const auto plain = [](char c) { return c == '_' ? '-' : lower(c); };
  if (std::none_of(name.begin(), name.end(), [](char c) { return kRareLetters.has(c); })) return false;
  for (; !name.empty(); name.remove_prefix(1)) {
    if (!kFirstLetters.has(name.front())) continue;
    for (const std::string_view word : kWords) {
      if (plain(name.front()) == word.front() && name.size() >= word.size() &&
          std::ranges::equal(name.substr(0, word.size()), word, {}, plain))
        return true;
    }
  }
  return false;
}

}  // namespace enrichment_mock::base
