#include "runner/journal.h"

#include <algorithm>

namespace enrichment_mock::runner {

void Entry::clear() {
  for (auto* text : {&method, &target, &headers, &body, &key, &answer, &fault, &rule, &enrichment_id, &reason})
    text->clear();
  number = 0;
  status = 0;
  step = 0;
  matched = true;
  scenario.reset();
  extra_rules.reset();
}

Entry& Journal::next_slot() {
  if (used_ < size_) {
    const auto at = (begin_ + used_++) % size_;
    if (at == slots_.size()) return slots_.emplace_back();
    slots_[at].clear();
    return slots_[at];
  }
  Entry& oldest = slots_[begin_];
  begin_ = (begin_ + 1) % size_;
  ++evicted_;
  oldest.clear();
  return oldest;
}

std::vector<Entry> Journal::entries(std::uint64_t after, std::size_t limit,
                                    const std::function<bool(const Entry&)>& wanted) const {
  std::vector<Entry> found;
  std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < used_ && found.size() < limit; ++i) {
    const Entry& entry = slots_[(begin_ + i) % slots_.size()];
    if (entry.number > after && wanted(entry)) found.push_back(entry);
  }
  return found;
}

std::vector<Entry> Journal::latest(std::size_t count, const std::function<bool(const Entry&)>& wanted) const {
  std::vector<Entry> found;
  std::lock_guard lock(mutex_);
  for (auto i = used_; i > 0 && found.size() < count; --i) {
    const Entry& entry = slots_[(begin_ + i - 1) % slots_.size()];
    if (wanted(entry)) found.push_back(entry);
  }
  std::ranges::reverse(found);
  return found;
}

Journal::Contents Journal::contents() const {
  Contents contents;
  std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < used_; ++i) contents.entries.push_back(slots_[(begin_ + i) % slots_.size()]);
  contents.evicted = evicted_;
  return contents;
}

std::size_t Journal::count() const {
  std::lock_guard lock(mutex_);
  return used_;
}

void Journal::clear() {
  std::lock_guard lock(mutex_);
  used_ = 0;
  begin_ = 0;
  evicted_ = 0;
}

}  // namespace enrichment_mock::runner
