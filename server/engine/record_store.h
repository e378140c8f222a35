// A store of records that are numbered from 0 in the order in which they are added, and removed one by one. Adding and
// finding take constant time. Memory is allocated and freed in blocks. For a freed block a few bytes remain until all
// older blocks are freed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>

#include "base/queue.h"
#include "base/time_text.h"

namespace enrichment_mock::engine {

using Number = std::uint64_t;  // of a record: it is the n-th of its kind in its team, from 0

template <class Record>
class RecordStore {
 public:
  // Iterates over the records, in order of their numbers.
  class Iterator {
   public:
    using value_type = Record;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(const RecordStore& store, Number from) : store_(&store) { move_to(from); }
    const Record& operator*() const { return *record_; }
    const Record* operator->() const { return record_; }
    Iterator& operator++() {
      move_to(number_ + 1);
      return *this;
    }
    Iterator operator++(int) {
      auto before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return record_ == other.record_; }
    Number number() const { return number_; }

   private:
    void move_to(Number from) {
      number_ = store_->first_from(from);
      record_ = store_->find(number_);
    }
    const RecordStore* store_ = nullptr;
    Number number_ = 0;
    const Record* record_ = nullptr;  // null: at the end
  };

  // Reserves memory, so that adding `more` records cannot throw.
  void reserve_more(std::size_t more) {
    while (more > first_of(gone_ + blocks_.size()) - end_) blocks_.push_back(new_block(gone_ + blocks_.size()));
  }

  // Adds a record with the number end_number(). References to it stay valid until it is removed.
  Record& add() {
    reserve_more(1);
    const auto n = block_of(end_);
    Block& block = blocks_[n - gone_];
    ++block.there;
    ++there_;
    return block.records[end_++ - first_of(n)].emplace();
  }

  // The next record gets that number, which is not below end_number(). The records in between count as removed.
  void skip_to(Number number) {
    if (there_ == 0) {
      blocks_.clear();
      gone_ = block_of(number);
    }
    const auto n = block_of(number);
    while (n > gone_ + blocks_.size()) blocks_.push_back({});
    end_ = number;
    // A block that has room for the next record is never missing.
    if (number == first_of(n)) return;
    if (n == gone_ + blocks_.size()) blocks_.push_back({});
    auto& block = blocks_[n - gone_];
    if (!block.records) block = new_block(n);
  }

  // Null: it was removed, or never existed.
  Record* find(Number number) {
    auto* slot = slot_of(number);
    return slot && *slot ? &**slot : nullptr;
  }
  const Record* find(Number number) const { return const_cast<RecordStore*>(this)->find(number); }

  // Throws std::out_of_range if find() returns null.
  Record& operator[](Number number) {
    if (auto* record = find(number)) return *record;
    throw std::out_of_range("no such record");
  }
  const Record& operator[](Number number) const { return const_cast<RecordStore&>(*this)[number]; }

  void erase(Number number) {
    auto* slot = slot_of(number);
    if (!slot || !*slot) return;
    slot->reset();
    --there_;
    const auto n = block_of(number);
    auto& block = blocks_[n - gone_];
    if (--block.there > 0 || first_of(n + 1) > end_) return;
    block.records.reset();
    for (; !blocks_.empty() && !blocks_.front().records; ++gone_) blocks_.pop_front();
  }

  std::size_t size() const { return there_; }
  bool empty() const { return there_ == 0; }
  Number end_number() const { return end_; }  // of the next record
  Number begin_number() const { return first_from(0); }

  Iterator begin() const { return from(0); }
  Iterator from(Number number) const { return Iterator(*this, number); }
  Iterator end() const { return Iterator(*this, end_); }

  // The last record before that number; null: there is none.
  const Record* before(Number number) const {
    while (number > first_of(gone_)) {
      --number;
      if (const auto* record = find(number)) return record;
      const auto n = block_of(number);
      if (!blocks_[n - gone_].records) number = first_of(n);
    }
    return nullptr;
  }

 private:
  // In the first block, and in each other one. Few: a shared server has thousands of teams with one enrichment each.
  static constexpr Number kFirst = 2, kBlock = 16;
  struct Block {
    std::unique_ptr<std::optional<Record>[]> records;  // null: all were removed
    std::size_t there = 0;
  };

  static Number block_of(Number number) { return number < kFirst ? 0 : 1 + (number - kFirst) / kBlock; }
  static Number first_of(Number block) { return block == 0 ? 0 : kFirst + (block - 1) * kBlock; }
  static Block new_block(Number n) { return {std::make_unique<std::optional<Record>[]>(n == 0 ? kFirst : kBlock)}; }

  std::optional<Record>* slot_of(Number number) {
    const auto block = block_of(number);
    if (number >= end_ || block < gone_ || !blocks_[block - gone_].records) return nullptr;
    return &blocks_[block - gone_].records[number - first_of(block)];
  }

  // The first number from `number` on that has a record; end_number() if there is none.
  Number first_from(Number number) const {
    number = std::max<Number>(number, first_of(gone_));
    while (number < end_) {
      const auto n = block_of(number);
      if (!blocks_[n - gone_].records)
        number = first_of(n + 1);
      else if (find(number))
        return number;
      else
        ++number;
    }
    return end_;
  }

  base::Queue<Block> blocks_;
  Number gone_ = 0;  // number of blocks removed from the front
  Number end_ = 0;
  std::size_t there_ = 0;
};

// How many ended enrichments are kept, and for how long (our decision: the documentation does not mention it). An
// enrichment has ended once it is resolved and none of its callbacks is open. If the bounds are exceeded, the
// enrichment that ended first is forgotten with its callbacks; its id is then unknown. Ledger movements have the same
// bounds. Totals and balances still include what is forgotten.
struct Retention {
  std::size_t max_count = 1'000'000;               // ended enrichments, and movements; per team
  base::Duration max_age = base::Duration::max();  // team time
};

inline bool is_too_old(const Retention& keep, base::Instant ended, base::Instant now) {
  return now - ended > keep.max_age;
}

}  // namespace enrichment_mock::engine
