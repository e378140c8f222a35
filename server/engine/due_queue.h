// A queue of due times, in the order (due time, creation).
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <queue>
#include <tuple>
#include <vector>

#include "base/memory.h"
#include "base/queue.h"
#include "base/time_text.h"

namespace enrichment_mock::engine {

// An entry is valid only while its record is still due at that time. The reader of the queue skips outdated entries, so
// that changing a due time needs no search.
struct Due {
  base::Instant at{};
  std::uint64_t creation = 0;
  std::uint64_t number = 0;  // of the enrichment or callback, or the index of the schedule entry

  friend bool operator>(const Due& a, const Due& b) { return std::tie(a.at, a.creation) > std::tie(b.at, b.creation); }
};

// Lookups mostly take the same times, so that most entries belong to a few ascending sequences: when lookups are
// accepted, they become due after the time of `pending`; when they are processed, after the time of `processing`. Each
// such sequence is a list of its own, where adding and removing takes constant time; the rest is a heap.
class DueQueue {
 public:
  bool empty() const { return first_ == kNowhere; }
  const Due& top() const { return first_ == kHeap ? heap_.top() : sequences_[first_].front(); }

  void pop() {
    if (first_ == kHeap)
      heap_.pop();
    else
      sequences_[first_].pop_front();
    find_first();
  }

  // Cannot throw after reserve_more().
  void push(const Due& due) {
    const auto place = add(due);
    if (empty() || top() > due) first_ = place;
  }

  // Reserves memory, so that adding `more` entries cannot throw.
  void reserve_more(std::size_t more) { heap_.reserve_more(more); }

 private:
  struct Heap : std::priority_queue<Due, std::vector<Due>, std::greater<>> {
    void reserve_more(std::size_t more) { base::reserve_more(c, more); }
  };

  // A shared server has thousands of teams with few entries each: a heap of this size needs less memory.
  static constexpr std::size_t kSmall = 32;
  static constexpr std::size_t kSequences = 4;
  static constexpr std::size_t kHeap = kSequences, kNowhere = kHeap + 1;  // places in addition to the sequences

  // Returns the place of the entry.
  std::size_t add(const Due& due) {
    try {
      if (const auto place = sequence_for(due); place != kHeap) {
        sequences_[place].push_back(due);
        return place;
      }
    } catch (const std::bad_alloc&) {  // the heap has reserved memory
    }
    heap_.push(due);
    return kHeap;
  }

  // The sequence whose end is closest before it, or else an empty or a new one; or else the heap.
  std::size_t sequence_for(const Due& due) {
    if (sequences_.empty() && heap_.size() < kSmall) return kHeap;
    auto found = kHeap, unused = kHeap;
    for (std::size_t place = 0; place < sequences_.size(); ++place) {
      const auto& sequence = sequences_[place];
      if (sequence.empty())
        unused = place;
      else if (!(sequence.back() > due) && (found == kHeap || sequence.back() > sequences_[found].back()))
        found = place;
    }
    if (found != kHeap) return found;
    if (unused == kHeap && sequences_.size() < kSequences) {
      unused = sequences_.size();
      sequences_.emplace_back();
    }
    return unused;
  }

  void find_first() {
    first_ = heap_.empty() ? kNowhere : kHeap;
    for (std::size_t place = 0; place < sequences_.size(); ++place)
      if (const auto& each = sequences_[place]; !each.empty() && (empty() || top() > each.front())) first_ = place;
  }

  std::vector<base::Queue<Due>> sequences_;
  Heap heap_;
  std::size_t first_ = kNowhere;  // the place of the first entry
};

}  // namespace enrichment_mock::engine
