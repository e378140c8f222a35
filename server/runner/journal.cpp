#include "runner/journal.h"

#include <algorithm>
#include <new>
#include <utility>

namespace enrichment_mock::runner {

namespace {

// The overhead of an allocation.
constexpr std::size_t kAllocation = 16;

std::size_t memory_of(const std::string& text) {
  static const std::size_t kInline = std::string().capacity();
  return text.capacity() <= kInline ? 0 : text.capacity() + kAllocation;
}

template <class Entry, class Action>
void for_each_text(Entry& entry, Action action) {
  const auto each = [&](auto&... text) { (action(text), ...); };
  each(entry.method, entry.target, entry.headers, entry.key, entry.body, entry.answer, entry.fault, entry.rule,
       entry.reason);
}

std::size_t size_of_texts(const JournalEntry& entry) {
  std::size_t size = 0;
  for_each_text(entry, [&size](std::string_view text) { size += text.size(); });
  return size;
}

// The memory for an entry's texts, behind the entry.
struct Room {
  std::size_t size;
  char* begin = nullptr;
};

template <class Value>
struct AllocatorWithRoom {
  using value_type = Value;
  explicit AllocatorWithRoom(Room& its_room) : room(&its_room) {}
  template <class Other>
  AllocatorWithRoom(const AllocatorWithRoom<Other>& other) : room(other.room) {}

  Value* allocate(std::size_t count) {
    void* const memory = ::operator new(count * sizeof(Value) + room->size);
    room->begin = static_cast<char*>(memory) + count * sizeof(Value);
    return static_cast<Value*>(memory);
  }
  void deallocate(Value* memory, std::size_t) { ::operator delete(memory); }
  friend bool operator==(const AllocatorWithRoom&, const AllocatorWithRoom&) { return true; }

  Room* room;  // not used any more once it is allocated
};

// What std::allocate_shared() adds to an entry: a table of functions, two counts and the allocator.
constexpr std::size_t kControlBlock = 24;

}  // namespace

std::shared_ptr<JournalEntry> store(JournalEntry&& call) {
  Room room{size_of_texts(call)};
  auto entry = std::allocate_shared<JournalEntry>(AllocatorWithRoom<JournalEntry>(room), std::move(call));
  for_each_text(*entry, [to = room.begin](std::string_view& text) mutable {
    char* const begin = to;
    to = std::copy(text.begin(), text.end(), begin);
    text = {begin, to};
  });
  return entry;
}

std::size_t JournalEntry::memory() const {
  return sizeof(JournalEntry) + kControlBlock + size_of_texts(*this) + kAllocation + sizeof(JournalEntryPtr);
}

std::size_t JournalExchange::memory() const {
  std::size_t bytes = sizeof(JournalExchange) + kAllocation + sizeof(JournalExchangePtr);
  for (const auto* text :
       {&content.request_head, &content.request_body, &content.response_headers, &content.response_body})
    bytes += memory_of(*text);
  return bytes;
}

std::size_t JournalEntry::truncated_memory() const {
  return (body_truncated() ? body.size() : 0) + (answer_truncated() ? answer.size() : 0);
}

void Journals::add(Journal& journal) {
  std::lock_guard lock(mutex_);
  if (journal.added_) return;  // by another thread
  journal.added_at_ = journals_.insert(journals_.end(), &journal);
  journal.added_ = true;
}

void Journals::remove(Journal& journal) {
  std::lock_guard lock(mutex_);
  journals_.erase(journal.added_at_);
}

// Removes a little more than necessary, so that not every call has to remove entries.
void Journals::enforce_total_limit() {
  if (bytes_ <= limits_.total_bytes) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;  // another thread is doing it
  const auto goal = limits_.total_bytes - limits_.total_bytes / 32;
  trim_exchanges(goal);
  if (bytes_ <= goal) return;
  const auto size = [](const Journal& journal) { return journal.bytes(); };
  if (share_for(goal, size) < kProtectedBytes)
    for (auto* journal : journals_) journal->drop_truncated_bodies();
  const auto share = share_for(goal, size);
  for (auto* journal : journals_) journal->trim_to(share);
}

// Exchanges have what the entries leave.
void Journals::trim_exchanges(std::size_t goal) {
  const auto size = [](const Journal& journal) { return journal.exchange_bytes_.load(); };
  std::size_t exchanges = 0;
  for (const auto* journal : journals_) exchanges += size(*journal);
  const auto entries = bytes_ - std::min<std::size_t>(bytes_, exchanges);
  const auto share = share_for(goal - std::min(goal, entries), size);
  for (auto* journal : journals_) journal->trim_exchanges_to(share);
}

// The size that each journal may have at most, so that all journals together stay within `goal`. `size` returns what a
// journal has of it.
template <class Size>
std::size_t Journals::share_for(std::size_t goal, Size size) const {
  std::vector<std::size_t> sizes;
  for (const auto* journal : journals_) sizes.push_back(size(*journal));
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
  if (added_) journals_.remove(*this);
  reset_bytes();
}

void Journal::join_others() {
  if (!added_) journals_.add(*this);
}

void Journal::record(const std::shared_ptr<JournalEntry>& entry) {
  if (!on()) return;
  join_others();
  {
    std::lock_guard lock(mutex_);
    entry->number = ++journals_.last_number_;
    entry->real_at = std::chrono::floor<base::Duration>(std::chrono::system_clock::now());
    entries_.push_back(entry);
    as_of_.reset();
    truncated_bytes_ += entry->truncated_memory();
    change_bytes(entry->memory(), 0);
    enforce_limits();
  }
  enforce_total_limit();
}

void Journal::enforce_limits() {
  const auto& limits = journals_.limits_;
  while (entries_.size() > limits.calls) evict_oldest();
  while (exchanges_.size() > limits.calls) evict_oldest_exchange();
  while (bytes_ > limits.bytes && !exchanges_.empty()) evict_oldest_exchange();
  while (bytes_ > limits.bytes && entries_.size() > 1) evict_oldest();
  report_bytes();
}

std::uint32_t Journal::record_exchange(JournalExchangePtr exchange) noexcept {
  if (!exchange || !on()) return 0;
  std::uint32_t number = 0;
  try {
    join_others();
    const auto& limits = journals_.limits_;
    const auto added = exchange->memory();
    {
      std::lock_guard lock(mutex_);
      exchanges_.push_back(std::move(exchange));
      number = first_exchange_ + static_cast<std::uint32_t>(exchanges_.size() - 1);
      change_exchange_bytes(added, 0);
      while (exchanges_.size() > limits.calls || (bytes_ > limits.bytes && !exchanges_.empty()))
        evict_oldest_exchange();
      report_bytes();
    }
    journals_.enforce_total_limit();
  } catch (const std::bad_alloc&) {
  }
  return number;
}

JournalExchangePtr Journal::exchange(std::uint32_t number, std::uint64_t callback, std::size_t attempt) const {
  if (number == 0) return nullptr;
  std::lock_guard lock(mutex_);
  const std::uint32_t place = number - first_exchange_;
  if (place >= exchanges_.size()) return nullptr;
  const auto& found = exchanges_[place];
  return found->callback == callback && found->attempt == attempt ? found : nullptr;
}

void Journal::change_bytes(std::size_t added, std::size_t removed) {
  bytes_.store(bytes_.load(std::memory_order_relaxed) + added - removed, std::memory_order_relaxed);
}

// Usually there is no difference: a new entry is as large as the one that it replaces.
void Journal::report_bytes() {
  const auto bytes = bytes_.load(std::memory_order_relaxed);
  if (bytes == reported_bytes_) return;
  journals_.bytes_.fetch_add(bytes - reported_bytes_, std::memory_order_relaxed);
  reported_bytes_ = bytes;
}

void Journal::evict_oldest() {
  const JournalEntry& oldest = *entries_.front();
  truncated_bytes_ -= oldest.truncated_memory();
  change_bytes(0, oldest.memory());
  entries_.pop_front();
  ++evicted_;
}

void Journal::change_exchange_bytes(std::size_t added, std::size_t removed) {
  change_bytes(added, removed);
  exchange_bytes_.store(exchange_bytes_.load(std::memory_order_relaxed) + added - removed, std::memory_order_relaxed);
}

void Journal::evict_oldest_exchange() {
  change_exchange_bytes(0, exchanges_.front()->memory());
  exchanges_.pop_front();
  ++first_exchange_;
}

void Journal::trim_to(std::size_t bytes) {
  if (bytes_ <= bytes) return;
  std::lock_guard lock(mutex_);
  while (bytes_ > bytes && !entries_.empty()) evict_oldest();
  report_bytes();
}

void Journal::trim_exchanges_to(std::size_t bytes) {
  if (exchange_bytes_ <= bytes) return;
  std::lock_guard lock(mutex_);
  while (exchange_bytes_ > bytes && !exchanges_.empty()) evict_oldest_exchange();
  report_bytes();
}

void Journal::drop_truncated_bodies() {
  std::lock_guard lock(mutex_);
  if (truncated_bytes_ == 0) return;
  for (auto& entry : entries_) {
    if (entry->truncated_memory() == 0) continue;
    auto without = *entry;
    if (entry->body_truncated()) without.body = {};
    if (entry->answer_truncated()) without.answer = {};
    auto smaller = store(std::move(without));
    truncated_bytes_ -= entry->truncated_memory();
    change_bytes(smaller->memory(), entry->memory());
    entry = std::move(smaller);
  }
  report_bytes();
}

std::vector<JournalEntryPtr> Journal::entries(std::uint64_t after, std::size_t limit,
                                              const std::function<bool(const JournalEntry&)>& matches) const {
  std::vector<JournalEntryPtr> found;
  for (auto& entry : contents().entries) {
    if (found.size() == limit) break;
    if (entry->number > after && matches(*entry)) found.push_back(std::move(entry));
  }
  return found;
}

std::vector<JournalEntryPtr> Journal::latest(std::size_t count,
                                             const std::function<bool(const JournalEntry&)>& matches) const {
  std::vector<JournalEntryPtr> found;
  auto all = contents().entries;
  for (auto entry = all.rbegin(); entry != all.rend() && found.size() < count; ++entry)
    if (matches(**entry)) found.push_back(std::move(*entry));
  std::ranges::reverse(found);
  return found;
}

Journal::Contents Journal::contents() const {
  std::lock_guard lock(mutex_);
  return {{entries_.begin(), entries_.end()}, evicted_, lost_at_start_, as_of_};
}

std::size_t Journal::count() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

void Journal::reset_bytes() {
  change_bytes(0, bytes_);
  exchange_bytes_ = 0;
  report_bytes();
}

Journal::Removed Journal::clear() {
  Removed removed;
  std::lock_guard lock(mutex_);
  reset_bytes();
  truncated_bytes_ = 0;
  evicted_ = 0;
  lost_at_start_ = false;
  as_of_.reset();
  first_exchange_ += static_cast<std::uint32_t>(exchanges_.size());
  entries_.swap(removed.entries);
  exchanges_.swap(removed.exchanges);
  return removed;
}

void Journal::trim(Kept& kept) const {
  if (!on()) return;
  const auto& limits = journals_.limits_;
  auto& entries = kept.entries;
  auto& exchanges = kept.exchanges;
  std::size_t bytes = 0;
  for (const auto& entry : entries) bytes += entry->memory();
  for (const auto& exchange : exchanges) bytes += exchange->memory();
  const auto drop = [&bytes](auto& list, auto& count) {
    bytes -= list.front()->memory();
    list.pop_front();
    ++count;
  };
  while (entries.size() > limits.calls) drop(entries, kept.evicted);
  while (exchanges.size() > limits.calls) drop(exchanges, kept.first_exchange);
  while (bytes > limits.bytes && !exchanges.empty()) drop(exchanges, kept.first_exchange);
  while (bytes > limits.bytes && entries.size() > 1) drop(entries, kept.evicted);
}

Journal::Removed Journal::put_back(Kept kept) noexcept {
  Removed replaced{std::move(kept.entries), std::move(kept.exchanges)};
  if (!on()) replaced.entries.clear(), replaced.exchanges.clear();
  const auto last = replaced.entries.empty() ? 0 : replaced.entries.back()->number;
  auto highest = journals_.last_number_.load();
  while (highest < last && !journals_.last_number_.compare_exchange_weak(highest, last)) {
  }
  {
    std::lock_guard lock(mutex_);
    reset_bytes();
    truncated_bytes_ = 0;
    evicted_ = kept.evicted;
    lost_at_start_ = kept.lost_at_start;
    as_of_ = kept.as_of;
    first_exchange_ = kept.first_exchange;
    entries_.swap(replaced.entries);
    exchanges_.swap(replaced.exchanges);
    for (const auto& entry : entries_) {
      truncated_bytes_ += entry->truncated_memory();
      change_bytes(entry->memory(), 0);
    }
    for (const auto& exchange : exchanges_) change_exchange_bytes(exchange->memory(), 0);
    report_bytes();
  }
  return replaced;
}

void Journal::enforce_total_limit() noexcept {
  try {
    journals_.enforce_total_limit();
  } catch (const std::bad_alloc&) {  // the next entry enforces it
  }
}

}  // namespace enrichment_mock::runner
