// The API keys that have opened a team. They are secrets: everything that is shown about the team masks them.
// Thread-safe.
#pragma once
#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/mask.h"

namespace enrichment_mock::runner {

class TeamKeys {
 public:
  // `is_secret`: everything that is shown masks it.
  void add(std::string_view api_key, bool is_secret) {
    std::lock_guard lock(keys_mutex_);
    if (!is_secret) return others_.emplace_back(api_key), void();
    if (std::ranges::find(keys_, api_key) != keys_.end()) return;
    auto keys = keys_;
    keys.emplace_back(api_key);
    set_ = std::make_shared<const base::KeySet>(keys);
    keys_.swap(keys);
  }

  std::vector<std::string> all() const {
    std::lock_guard lock(keys_mutex_);
    return keys_;
  }

  // Those that are not secret, too.
  std::vector<std::string> all_that_opened() const {
    std::lock_guard lock(keys_mutex_);
    auto keys = keys_;
    keys.insert(keys.end(), others_.begin(), others_.end());
    return keys;
  }

  // The keys, for a KeyMasker.
  std::shared_ptr<const base::KeySet> get() const {
    std::lock_guard lock(keys_mutex_);
    return set_;
  }

 private:
  mutable std::mutex keys_mutex_;  // guards all below
  std::vector<std::string> keys_, others_;
  std::shared_ptr<const base::KeySet> set_;  // null: no key yet
};

}  // namespace enrichment_mock::runner
