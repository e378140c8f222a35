// The last requests and responses of one team, and the last exchanges of its callbacks, limited by number and by
// memory. Only `awaited` changes once it is recorded, so that it can be read without a lock. Thread-safe.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/exchange.h"
#include "base/limits.h"
#include "base/queue.h"
#include "base/time_text.h"
#include "scenario/scenario.h"

namespace enrichment_mock::runner {

// A call. Its texts are views: of an entry that store() has made, into the entry's own memory.
struct JournalEntry {
  std::uint64_t number = 0;       // counts the responses of all teams, from 1
  base::Instant real_at{}, at{};  // when the response was made: in real time and in team time
  std::string_view method{}, target{};
  std::string_view headers{};         // "name: value\n" each, secrets masked
  std::string_view key{};             // as it was sent; must be masked in every field that is shown
  std::string_view body{}, answer{};  // of the request and of the response
  // What happened to the response on the wire, as a word of the scenario format; empty: nothing.
  std::string_view fault{};
  std::string_view rule{};    // the name of the scenario's rule that was followed; empty: none
  std::string_view reason{};  // why the response is not a success, in words
  std::uint32_t step = 0;     // of the rule
  int status = 0;
  std::optional<scenario::EnrichmentId> enrichment{};  // that was created or requested
  bool matched = true;                                 // false: there is no such endpoint
  bool client_left = false;                            // the client closed the connection before the response was made
  // The full lengths of both bodies. Of a body longer than base::kMaxKeptBody the beginning is kept, or nothing.
  std::size_t body_bytes = 0, answer_bytes = 0;
  std::uint64_t connection = 0;               // the number of the client's connection; 0: unknown
  base::Instant connected_at{};               // since when it was there, in real time
  std::optional<std::int64_t> retry_after{};  // seconds of real time, from the response's header
  std::chrono::milliseconds delay{0};         // of the response, after real_at
  // With a delay, else null: whether the client was still there at its end. False until then.
  std::shared_ptr<const std::atomic<bool>> awaited{};
  // If the rules were tried and none matched: the scenario and the extra rules, which were tried first. Otherwise null,
  // as the extra rules are if there were none.
  std::shared_ptr<const scenario::Scenario> scenario{};
  std::shared_ptr<const std::vector<scenario::Rule>> extra_rules{};
  // Of a call of a snapshot, instead of both: the rule that nearly matched. Null: there is none.
  std::shared_ptr<const scenario::NearMiss> nearest_rule{};

  // Whether the client was still there when the response was sent, as far as the mock can know.
  bool client_stayed() const { return !client_left && (!awaited || *awaited); }

  bool body_truncated() const { return body.size() < body_bytes; }
  bool answer_truncated() const { return answer.size() < answer_bytes; }

  std::size_t memory() const;            // in bytes, without the rules and the scenario, which are shared
  std::size_t truncated_memory() const;  // the part of it that truncated bodies take
};

// Copies a call and its texts into one allocation.
std::shared_ptr<JournalEntry> store(JournalEntry&& call);

using JournalEntryPtr = std::shared_ptr<const JournalEntry>;

// What was sent and received in an attempt to deliver a callback. Shown with keys and secrets masked.
struct JournalExchange {
  JournalExchange(std::uint64_t its_callback, std::size_t its_attempt, base::Exchange its_content)
      : callback(its_callback), attempt(its_attempt), content(std::move(its_content)) {}

  std::uint64_t callback;  // its number
  std::size_t attempt;     // of that callback, from 1
  base::Exchange content;

  std::size_t memory() const;  // in bytes
};

using JournalExchangePtr = std::shared_ptr<const JournalExchange>;

struct JournalLimits {
  std::size_t calls = 0;  // in each journal, and as many exchanges; 0: nothing is recorded
  std::size_t bytes = base::kJournalBytes;
  std::size_t total_bytes = base::kJournalTotalBytes;  // of all journals together
};

class Journal;

// What all journals share: the numbers of their entries, and the limit of their total memory. Above the limit the
// journals with the most exchanges lose their oldest ones. If that is not enough, the largest journals lose their
// oldest entries, until each has at most the same share. If the share would be below kProtectedBytes, truncated bodies
// are removed first, because verify does not decide by them anyway. Outlives its journals. Thread-safe.
class Journals {
 public:
  static constexpr std::size_t kProtectedBytes = 256 * 1024;

  explicit Journals(JournalLimits limits = {}) : limits_(limits) {}

  std::size_t bytes() const { return bytes_; }

 private:
  friend class Journal;

  void add(Journal& journal);
  void remove(Journal& journal);
  void enforce_total_limit();
  // Under mutex_.
  void trim_exchanges(std::size_t goal);
  template <class Size>
  std::size_t share_for(std::size_t goal, Size size) const;

  const JournalLimits limits_;
  std::atomic<std::uint64_t> last_number_ = 0;
  std::atomic<std::size_t> bytes_ = 0;

  std::mutex mutex_;              // guards journals_, and is held while entries are removed; locked before a journal's
  std::list<Journal*> journals_;  // those that have recorded an entry
};

class Journal {
 public:
  explicit Journal(Journals& journals) : journals_(journals) {}
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  bool on() const { return max_count() > 0; }
  std::size_t max_count() const { return journals_.limits_.calls; }

  // Records an entry with the next number and the present time, unless the journal is off. The entry must not be
  // changed any more.
  void record(const std::shared_ptr<JournalEntry>& entry);

  // Records an exchange and returns its number. 0: nothing is recorded, because it is null, or there is no memory for
  // it, or the entries take all of it: no entry is evicted for an exchange.
  std::uint32_t record_exchange(JournalExchangePtr exchange) noexcept;

  // The exchange with that number, of that attempt. Null: it is not there any more.
  JournalExchangePtr exchange(std::uint32_t number, std::uint64_t callback, std::size_t attempt) const;

  // The first `limit` entries with a number above `after` for which `matches` returns true, oldest first.
  std::vector<JournalEntryPtr> entries(std::uint64_t after, std::size_t limit,
                                       const std::function<bool(const JournalEntry&)>& matches) const;

  // The last `count` entries for which `matches` returns true, oldest first.
  std::vector<JournalEntryPtr> latest(std::size_t count, const std::function<bool(const JournalEntry&)>& matches) const;

  // All entries, and how many have been evicted since the last clear(). `as_of`: they are all of a snapshot that was
  // made then, in real time.
  struct Contents {
    std::vector<JournalEntryPtr> entries;
    std::uint64_t evicted = 0;
    bool lost_at_start = false;  // the calls before the start of the program are gone, see lose_earlier()
    std::optional<base::Instant> as_of = {};
  };
  Contents contents() const;

  // The team has had calls that this journal does not know: the program was started again.
  void lose_earlier() { lost_at_start_ = true; }

  std::size_t count() const;
  std::size_t bytes() const { return bytes_; }

  // Removes everything and returns it, so that the caller can destroy it without holding a lock.
  struct Removed {
    base::Queue<JournalEntryPtr> entries;
    base::Queue<JournalExchangePtr> exchanges;
  };
  Removed clear();

  // What a snapshot has of a journal: entries with their numbers, in ascending order, and exchanges in the order in
  // which they ended.
  struct Kept {
    base::Queue<JournalEntryPtr> entries = {};
    base::Queue<JournalExchangePtr> exchanges = {};
    std::uint64_t evicted = 0;
    bool lost_at_start = false;  // see Contents
    base::Instant as_of{};
    std::uint32_t first_exchange = 1;  // its number; the others have the next numbers
  };

  // Removes the oldest ones if there are too many; not under a lock, because that may take long.
  void trim(Kept& kept) const;

  // Replaces everything by it, and returns what was there. New entries of all journals get higher numbers. Call trim()
  // and reserve() before, and enforce_total_limit() after it.
  Removed put_back(Kept kept) noexcept;
  void enforce_total_limit() noexcept;
  void reserve() { join_others(); }

 private:
  friend class Journals;

  void join_others();
  void trim_to(std::size_t bytes);
  void trim_exchanges_to(std::size_t bytes);
  void drop_truncated_bodies();

  // Under mutex_.
  void enforce_limits();
  void evict_oldest();
  void evict_oldest_exchange();
  void change_bytes(std::size_t added, std::size_t removed);
  void change_exchange_bytes(std::size_t added, std::size_t removed);
  void report_bytes();
  void reset_bytes();

  Journals& journals_;
  std::atomic<bool> added_ = false;  // to Journals::journals_; changes under its mutex
  std::list<Journal*>::iterator added_at_;
  std::atomic<std::size_t> bytes_ = 0;           // changes under mutex_
  std::atomic<std::size_t> exchange_bytes_ = 0;  // the part of it that exchanges take

  mutable std::mutex mutex_;  // guards all below
  base::Queue<JournalEntryPtr> entries_;
  base::Queue<JournalExchangePtr> exchanges_;
  std::uint32_t first_exchange_ = 1;  // the number of the oldest one; the others have the next numbers
  std::size_t reported_bytes_ = 0;    // the part of Journals::bytes_ that this journal has added
  std::size_t truncated_bytes_ = 0;   // the sum of JournalEntry::truncated_memory()
  std::uint64_t evicted_ = 0;
  std::atomic<bool> lost_at_start_ = false;
  std::optional<base::Instant> as_of_;  // see Contents
};

}  // namespace enrichment_mock::runner
