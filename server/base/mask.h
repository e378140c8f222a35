// API keys are secrets: nothing that people or files get to see shows one whole.
#pragma once
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace enrichment_mock::base {

// At most the first third and at most four characters, then four hex digits of a hash that tell keys apart:
// "acme***#1f0c".
std::string mask_key(std::string_view api_key);

// API keys, to be found in text as they are, percent-encoded or in JSON's escapes. A key of 16 characters or more is
// found anywhere and in any letter case. A shorter one is found only as a word of its own, since test-1 may well be a
// part of names that are no secret, such as test-1-lead; one of fewer than 4 is never found. Immutable.
class KeySet {
 public:
  KeySet() = default;
  explicit KeySet(std::vector<std::string> keys);

  bool empty() const { return keys_.empty(); }
  bool may_begin_with(char c) const { return begins_[static_cast<unsigned char>(c)]; }

  // The longest key that stands at that place of the text, and where it ends there.
  struct Found {
    const std::string* key = nullptr;  // null: none does
    std::size_t end = 0;
  };
  Found find_at(std::string_view text, std::size_t at) const;

 private:
  struct Key {
    std::string folded;  // in lower case; the keys are in its order
    std::string key;
  };
  struct Search;
  std::vector<Key> keys_;
  std::array<bool, 256> begins_{};
};

// Puts the masks of keys of several sets in place of the keys.
class KeyMasker {
 public:
  KeyMasker() = default;
  explicit KeyMasker(std::vector<std::shared_ptr<const KeySet>> sets);

  bool empty() const { return sets_.empty(); }
  std::string hide(std::string_view text) const;

  // Masks one key more.
  KeyMasker with(std::string_view api_key) const;

 private:
  KeySet::Found find_at(std::string_view text, std::size_t at) const;
  std::vector<std::shared_ptr<const KeySet>> sets_;  // none of them is empty
};

// The text with one key's mask wherever the key stands in it.
std::string hide_key(std::string_view text, std::string_view api_key);

// The text of a URL without its userinfo, in place of which "***" stands: "https://***@example.com/hook".
std::string mask_userinfo(std::string_view url);

// The same of each URL in a text of any kind.
std::string mask_userinfo_in(std::string_view text);

// Whether what is called so, a header or a query's parameter, has a secret for its value: X-Api-Key, api_key,
// X-Auth-Token, Set-Cookie.
bool is_secret_name(std::string_view name);

}  // namespace enrichment_mock::base
