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

EnrichmentProgress progress_of(const Enrichment& enrichment) {
  return {.number = enrichment.number,
          .status = enrichment.status,
          .charged = enrichment.charged,
          .polls_left = enrichment.polls_left,
          .first_callback = enrichment.first_callback,
          .due = enrichment.due,
          .processing_at = enrichment.processing_at,
          .resolved_at = enrichment.resolved_at,
          .ended_at = enrichment.ended_at};
}

void apply(const EnrichmentProgress& progress, Enrichment& to) {
  to.status = progress.status;
  to.charged = progress.charged;
  to.polls_left = progress.polls_left;
  to.first_callback = progress.first_callback;
  to.due = progress.due;
  to.processing_at = progress.processing_at;
  to.resolved_at = progress.resolved_at;
  to.ended_at = progress.ended_at;
}

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
const std::vector<Number>& Changes::progressed() {
  each_once(progressed_);
  std::erase_if(progressed_, [&](Number number) { return std::ranges::binary_search(enrichments(), number); });
  return progressed_;
}

const std::vector<Number>& Changes::callbacks() { return each_once(callbacks_); }
const std::vector<ProfileCount::Key>& Changes::profiles() { return each_once(profiles_); }

void Changes::mark_new_rules() noexcept {
  new_rules_ = state_ = true;
  std::erase_if(profiles_, [](const ProfileCount::Key& key) { return key.of == ProfileCount::Of::rule; });
}

void Changes::clear() noexcept {
  state_ = everything_ = new_rules_ = extra_rules_ = false;
  enrichments_.clear();
  progressed_.clear();
  callbacks_.clear();
  profiles_.clear();
}

}  // namespace enrichment_mock::engine
