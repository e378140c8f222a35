// Masking of secrets. API keys are secret: nothing that is shown or stored contains a complete key.
#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace enrichment_mock::base {

// The first third of the key (at most four characters), then four hex digits of a hash, so that two keys can be
// distinguished: "acme***#1f0c". The mask of a mask is itself: a snapshot that is restored has masks for keys.
std::string mask_key(std::string_view api_key);

// Writes it to `to`, which has room for kLongestMask characters, and returns its end.
inline constexpr std::size_t kLongestMask = 12;
char* write_mask(std::string_view api_key, char* to);

// Whether the text is what mask_key() makes.
bool is_mask(std::string_view text);

// A set of API keys that can be searched for in text. A key is also found percent-encoded or with JSON escapes. A key
// of 16 characters or more is found anywhere and in any letter case. A shorter key is found only as a separate word,
// because test-1 may be part of a name that is not secret, such as test-1-lead. A key of fewer than 4 characters is
// never found, and neither is a mask. Immutable.
class KeySet {
 public:
  KeySet() = default;
  explicit KeySet(std::vector<std::string> keys);

  bool empty() const { return keys_.empty(); }
  std::size_t longest_key() const;
  bool may_begin_with(char c) const { return begins_[static_cast<unsigned char>(c)]; }

  // The longest key that begins at text[at], and the offset of its end.
  struct Found {
    const std::string* key = nullptr;  // null: none
    std::size_t end = 0;
  };
  Found find_at(std::string_view text, std::size_t at) const;

 private:
  struct Key {
    std::string folded;  // in lower case; the keys are sorted by it
    std::string key;
  };
  struct Search;
  std::vector<Key> keys_;
  std::array<bool, 256> begins_{};
};

// Replaces the keys of several sets by their masks. Masks in a text stay as they are, even if a part of one is a key.
class KeyMasker {
 public:
  KeyMasker() = default;
  explicit KeyMasker(std::vector<std::shared_ptr<const KeySet>> sets);

  bool empty() const { return sets_.empty(); }
  std::string hide(std::string_view text) const;
  std::size_t longest_key() const;  // in bytes

  // A masker that masks this key, too.
  KeyMasker with(std::string_view api_key) const;

 private:
  KeySet::Found find_at(std::string_view text, std::size_t at) const;
  std::vector<std::shared_ptr<const KeySet>> sets_;  // none of them is empty
};

// Replaces each occurrence of one key by its mask.
std::string hide_key(std::string_view text, std::string_view api_key);

// The beginning of a text, at most `max_bytes` bytes of whole characters, with the keys masked. It does not end in a
// part of a key.
std::string masked_beginning(std::string_view text, std::size_t max_bytes, const KeyMasker& keys);

inline constexpr std::string_view kMaskedUserinfo = "***";

// Replaces the userinfo of a URL by "***": "https://***@example.com/hook".
std::string mask_userinfo(std::string_view url);

// Does the same for each URL in a text of any kind.
std::string mask_userinfo_in(std::string_view text);

// Whether the value of a header or query parameter of that name is secret: X-Api-Key, api_key, X-Auth-Token,
// Set-Cookie.
bool is_secret_name(std::string_view name);

}  // namespace enrichment_mock::base
