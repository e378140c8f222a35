#include "runner/journal.h"

#include <algorithm>
#include <utility>

#include "base/mask.h"

namespace enrichment_mock::runner {

namespace {

// What an allocation costs beyond its size.
constexpr std::size_t kAllocation = 16;

std::size_t memory_of(const std::string& text) {
  static const std::size_t kInline = std::string().capacity();
  return text.capacity() <= kInline ? 0 : text.capacity() + kAllocation;
}

}  // namespace

std::size_t Entry::keep(std::string_view whole, std::string& kept) const {
  constexpr std::size_t kLongestEscape = 6, kLongestCharacter = 4;  // \u0041
  if (whole.size() <= base::kMostBodyKept)
    kept = whole;
  else
    kept = base::beginning_of(
        base::hide_key(whole.substr(0, base::kMostBodyKept + kLongestEscape * key.size() + kLongestCharacter), key));
  return whole.size();
}

std::size_t Entry::memory() const {
  std::size_t bytes = sizeof(Entry) + kAllocation + sizeof(EntryPtr);
  for (const auto* text : {&method, &target, &headers, &body, &key, &answer, &fault, &rule, &enrichment_id, &reason})
    bytes += memory_of(*text);
  return bytes;
}

std::size_t Entry::cut_memory() const {
  return (body_truncated() ? memory_of(body) : 0) + (answer_truncated() ? memory_of(answer) : 0);
}

void Journals::join(Journal& journal) {
  std::lock_guard lock(mutex_);
  journals_.insert(&journal);
}

void Journals::leave(Journal& journal) {
  std::lock_guard lock(mutex_);
  journals_.erase(&journal);
}

// A little more room than is needed, so that the next call does not need some again.
void Journals::make_room() {
  if (bytes_ <= limits_.total_bytes) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;  // another thread makes it
  const auto goal = limits_.total_bytes - limits_.total_bytes / 32;
  if (level_for(goal) < kSafe)
    for (auto* journal : journals_) journal->drop_truncated_bodies();
  const auto level = level_for(goal);
  for (auto* journal : journals_) journal->trim_to(level);
}

// How much each journal may hold, so that all of them together hold no more than that.
std::size_t Journals::level_for(std::size_t goal) const {
  std::vector<std::size_t> sizes;
  for (const auto* journal : journals_) sizes.push_back(journal->bytes());
  std::ranges::sort(sizes);
  auto left = goal;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto share = left / (sizes.size() - i);
    if (sizes[i] > share) return share;
    left -= sizes[i];
  }
  return goal;
}

Journal::~Journal() {
  if (joined_) journals_.leave(*this);
  forget_bytes();
}

void Journal::add(const std::shared_ptr<Entry>& entry) {
  if (!joined_) {
    journals_.join(*this);
    joined_ = true;
  }
  const auto& limits = journals_.limits_;
  {
    std::lock_guard lock(mutex_);
    entry->number = ++journals_.last_number_;
    entries_.push_back(entry);
    cut_bytes_ += entry->cut_memory();
    change_bytes(entry->memory(), 0);
    while (entries_.size() > limits.calls || (bytes_ > limits.bytes && entries_.size() > 1)) evict_oldest();
    tell_bytes();
  }
  journals_.make_room();
}

void Journal::change_bytes(std::size_t added, std::size_t removed) {
  bytes_.store(bytes_.load(std::memory_order_relaxed) + added - removed, std::memory_order_relaxed);
}

// Nothing, as a rule: the entry that comes is as large as the one that goes.
void Journal::tell_bytes() {
  const auto bytes = bytes_.load(std::memory_order_relaxed);
  if (bytes == told_bytes_) return;
  journals_.bytes_.fetch_add(bytes - told_bytes_, std::memory_order_relaxed);
  told_bytes_ = bytes;
}

void Journal::evict_oldest() {
  const Entry& oldest = *entries_.front();
  cut_bytes_ -= oldest.cut_memory();
  change_bytes(0, oldest.memory());
  entries_.pop_front();
  ++evicted_;
}

void Journal::trim_to(std::size_t bytes) {
  if (bytes_ <= bytes) return;
  std::lock_guard lock(mutex_);
  while (bytes_ > bytes && !entries_.empty()) evict_oldest();
  tell_bytes();
}

void Journal::drop_truncated_bodies() {
  std::lock_guard lock(mutex_);
  if (cut_bytes_ == 0) return;
  for (auto& entry : entries_) {
    if (entry->cut_memory() == 0) continue;
    auto smaller = std::make_shared<Entry>(*entry);
    for (auto [text, is_cut] :
         {std::pair(&smaller->body, entry->body_truncated()), std::pair(&smaller->answer, entry->answer_truncated())})
      if (is_cut) std::string().swap(*text);
    cut_bytes_ -= entry->cut_memory();
    change_bytes(smaller->memory(), entry->memory());
    entry = std::move(smaller);
  }
  tell_bytes();
}

std::vector<EntryPtr> Journal::entries(std::uint64_t after, std::size_t limit,
                                       const std::function<bool(const Entry&)>& wanted) const {
  std::vector<EntryPtr> found;
  for (auto& entry : contents().entries) {
    if (found.size() == limit) break;
    if (entry->number > after && wanted(*entry)) found.push_back(std::move(entry));
  }
  return found;
}

std::vector<EntryPtr> Journal::latest(std::size_t count, const std::function<bool(const Entry&)>& wanted) const {
  std::vector<EntryPtr> found;
  auto all = contents().entries;
  for (auto entry = all.rbegin(); entry != all.rend() && found.size() < count; ++entry)
    if (wanted(**entry)) found.push_back(std::move(*entry));
  std::ranges::reverse(found);
  return found;
}

Journal::Contents Journal::contents() const {
  std::lock_guard lock(mutex_);
  return {{entries_.begin(), entries_.end()}, evicted_};
}

std::size_t Journal::count() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

void Journal::forget_bytes() {
  change_bytes(0, bytes_);
  tell_bytes();
}

std::deque<EntryPtr> Journal::clear() {
  std::deque<EntryPtr> forgotten;  // even an empty one allocates
  std::lock_guard lock(mutex_);
  forget_bytes();
  cut_bytes_ = 0;
  evicted_ = 0;
  entries_.swap(forgotten);
  return forgotten;
}

}  // namespace enrichment_mock::runner
