// What was asked and what was answered: the last calls of one team, bounded by their number and by the memory that they
// take. Entries never change once they are recorded, so that a holder reads it without a lock. Thread-safe.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/kept_body.h"
#include "base/limits.h"
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
  // How long both bodies were. Of a longer one than base::kMostBodyKept only the beginning is kept, or nothing.
  std::size_t body_bytes = 0, answer_bytes = 0;
  // Of a call that followed no rule, though it came to them: what there was to follow. The extra ones come first; null:
  // there were none.
  std::shared_ptr<const scenario::Scenario> scenario;
  std::shared_ptr<const std::vector<scenario::Rule>> extra_rules;

  // Sets a body and its length. `key` has to be set: where the body is cut, no part of the key stays.
  void keep_body(std::string_view whole) { body_bytes = keep(whole, body); }
  void keep_answer(std::string_view whole) { answer_bytes = keep(whole, answer); }
  bool body_truncated() const { return body.size() < body_bytes; }
  bool answer_truncated() const { return answer.size() < answer_bytes; }

  std::size_t memory() const;      // in bytes; rules and scenario are shared, and not counted
  std::size_t cut_memory() const;  // what truncated bodies take of it

 private:
  std::size_t keep(std::string_view whole, std::string& kept) const;
};

using EntryPtr = std::shared_ptr<const Entry>;

struct JournalLimits {
  std::size_t calls = 0;  // of each journal; 0: nothing is recorded
  std::size_t bytes = base::kJournalBytes;
  std::size_t total_bytes = base::kJournalTotalBytes;  // of all journals together
};

class Journal;

// What all journals share: the numbers of their entries, and a bound to the memory that they take together. If they
// exceed it, those that hold most lose their oldest entries, down to a common level. Where that level would be below
// kSafe, truncated bodies go first: they decide no verdict anyway. Outlives its journals. Thread-safe.
class Journals {
 public:
  static constexpr std::size_t kSafe = 256 * 1024;

  explicit Journals(JournalLimits limits = {}) : limits_(limits) {}

  std::size_t bytes() const { return bytes_; }

 private:
  friend class Journal;

  void join(Journal& journal);
  void leave(Journal& journal);
  void make_room();
  std::size_t level_for(std::size_t goal) const;  // under mutex_

  const JournalLimits limits_;
  std::atomic<std::uint64_t> last_number_ = 0;
  std::atomic<std::size_t> bytes_ = 0;

  std::mutex mutex_;  // guards journals_, and is held while there is room to be made; taken before a journal's
  std::unordered_set<Journal*> journals_;  // that have ever recorded
};

class Journal {
 public:
  explicit Journal(Journals& journals) : journals_(journals) {}
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  bool on() const { return journals_.limits_.calls > 0; }

  // Records an entry that `fill` makes out of an empty one, and returns it with its number; null: nothing is recorded.
  template <class Fill>
  EntryPtr record(Fill fill) {
    if (!on()) return nullptr;
    auto entry = std::make_shared<Entry>();
    fill(*entry);
    add(entry);
    return entry;
  }

  // Those with a number above `after`, oldest first, that `wanted` wants; at most `limit`.
  std::vector<EntryPtr> entries(std::uint64_t after, std::size_t limit,
                                const std::function<bool(const Entry&)>& wanted) const;

  // The last `count` of those that `wanted` wants, oldest first.
  std::vector<EntryPtr> latest(std::size_t count, const std::function<bool(const Entry&)>& wanted) const;

  // All of them, and how many have been pushed out since the last clear().
  struct Contents {
    std::vector<EntryPtr> entries;
    std::uint64_t evicted = 0;
  };
  Contents contents() const;

  std::size_t count() const;
  std::size_t bytes() const { return bytes_; }

  // Returns what was there, for the caller to let go of outside of its locks.
  std::deque<EntryPtr> clear();

 private:
  friend class Journals;

  void add(const std::shared_ptr<Entry>& entry);
  void trim_to(std::size_t bytes);
  void drop_truncated_bodies();

  // Under mutex_.
  void evict_oldest();
  void change_bytes(std::size_t added, std::size_t removed);
  void tell_bytes();
  void forget_bytes();

  Journals& journals_;
  std::atomic<bool> joined_ = false;
  std::atomic<std::size_t> bytes_ = 0;  // changes under mutex_

  mutable std::mutex mutex_;  // guards all below
  std::deque<EntryPtr> entries_;
  std::size_t told_bytes_ = 0;  // what of bytes_ the sum of all journals has
  std::size_t cut_bytes_ = 0;   // Entry::cut_memory() of all
  std::uint64_t evicted_ = 0;
};

}  // namespace enrichment_mock::runner
