#include "engine/saved.h"

#include <algorithm>
#include <new>

namespace enrichment_mock::engine {

namespace {

template <class Key>
const std::vector<Key>& each_once(std::vector<Key>& all) {
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace

void Changes::add(std::vector<Number>& to, Number number) noexcept {
  state_ = true;
  if (!to.empty() && to.back() == number) return;
  try {
    to.push_back(number);
  } catch (const std::bad_alloc&) {
    mark_everything();
  }
}

void Changes::mark_profile(ProfileCount::Of of, std::uint64_t index, std::string_view profile) noexcept {
  state_ = true;
  try {
    profiles_.push_back({of, index, std::string(profile)});
  } catch (const std::bad_alloc&) {
    mark_everything();
  }
}

const std::vector<Number>& Changes::enrichments() { return each_once(enrichments_); }
const std::vector<Number>& Changes::callbacks() { return each_once(callbacks_); }
const std::vector<ProfileCount::Key>& Changes::profiles() { return each_once(profiles_); }

void Changes::clear() noexcept {
  state_ = everything_ = extra_rules_ = false;
  enrichments_.clear();
  callbacks_.clear();
  profiles_.clear();
}

}  // namespace enrichment_mock::engine
