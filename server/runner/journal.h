// What was asked and what was answered: the last so many calls of one team. Thread-safe, and cheap to write to: once it
// is full, entries take the place of the oldest and use their storage again.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "scenario/scenario.h"

namespace enrichment_mock::runner {

struct Entry {
  std::uint64_t number = 0;                   // by order of answers, over all teams; from 1
  base::Instant real_at{}, at{};              // when it was answered: real time, the team's
  std::string method, target, headers, body;  // headers: "name: value\n" each, secrets masked
  std::string key;                            // as it was sent; it has to be hidden wherever the others are shown
  int status = 0;
  std::string answer;  // the body
  std::string fault;   // what became of the answer on its way, as the format calls it; empty: nothing
  std::string rule;    // the scenario's that was followed; empty: none
  std::uint32_t step = 0;
  std::string enrichment_id;  // that it led to or asked for
  bool matched = true;        // false: no endpoint answers that
  std::string reason;         // why it was not answered with success, in words
  // Of a call that followed no rule, though it came to them: what there was to follow. The extra ones come first; null:
  // there were none.
  std::shared_ptr<const scenario::Scenario> scenario;
  std::shared_ptr<const std::vector<scenario::Rule>> extra_rules;

  void clear();  // keeps storage
};

// Numbers entries over all journals.
using Sequence = std::atomic<std::uint64_t>;

class Journal {
 public:
  // At most `size` entries are kept; with 0 nothing is recorded.
  Journal(std::size_t size, Sequence& sequence) : size_(size), sequence_(sequence) {}

  bool on() const { return size_ > 0; }

  // Calls `fill` with a cleared entry, its number given. It must not call back.
  template <class Fill>
  void record(Fill fill) {
    if (!on()) return;
    std::lock_guard lock(mutex_);
    Entry& entry = next_slot();
    entry.number = ++sequence_;
    fill(entry);
  }

  // Those with a number above `after`, oldest first, that `wanted` wants; at most `limit`.
  std::vector<Entry> entries(std::uint64_t after, std::size_t limit,
                             const std::function<bool(const Entry&)>& wanted) const;

  // The last `count` of those that `wanted` wants, oldest first.
  std::vector<Entry> latest(std::size_t count, const std::function<bool(const Entry&)>& wanted) const;

  // All of them, and how many have been pushed out since the last clear().
  struct Contents {
    std::vector<Entry> entries;
    std::uint64_t evicted = 0;
  };
  Contents contents() const;

  std::size_t count() const;
  void clear();

 private:
  Entry& next_slot();

  const std::size_t size_;
  Sequence& sequence_;
  mutable std::mutex mutex_;  // guards all below
  std::vector<Entry> slots_;  // grows up to size_, then a ring
  std::size_t begin_ = 0;     // the oldest, once it is a ring
  std::size_t used_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace enrichment_mock::runner
