// A store of records that are numbered from 0 in the order in which they are added, and removed one by one. Adding and
// finding take constant time. Memory is allocated and freed in blocks of kBlock records. For a freed block one pointer
// remains until all older blocks are freed.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>

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
    while (more > (gone_ + blocks_.size()) * kBlock - end_) blocks_.push_back(std::make_unique<Block>());
  }

  // Adds a record with the number end_number(). References to it stay valid until it is removed.
  Record& add() {
    reserve_more(1);
    Block& block = *blocks_[end_ / kBlock - gone_];
    ++block.there;
    ++there_;
    return block.records[end_++ % kBlock].emplace();
  }

  // The next record gets that number, which is not below end_number(). The records in between count as removed.
  void skip_to(Number number) {
    if (there_ == 0) {
      blocks_.clear();
      gone_ = number / kBlock;
    }
    while (number / kBlock > gone_ + blocks_.size()) blocks_.emplace_back();
    end_ = number;
    // A block that has room for the next record is never missing.
    if (number % kBlock == 0) return;
    if (number / kBlock == gone_ + blocks_.size()) blocks_.emplace_back();
    auto& block = blocks_[number / kBlock - gone_];
    if (!block) block = std::make_unique<Block>();
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
    auto& block = blocks_[number / kBlock - gone_];
    if (--block->there > 0 || (number / kBlock + 1) * kBlock > end_) return;
    block.reset();
    for (; !blocks_.empty() && !blocks_.front(); ++gone_) blocks_.pop_front();
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
    while (number > gone_ * kBlock) {
      --number;
      if (const auto* record = find(number)) return record;
      if (!blocks_[number / kBlock - gone_]) number = number / kBlock * kBlock;
    }
    return nullptr;
  }

 private:
  static constexpr std::size_t kBlock = 16;  // few: a shared server has thousands of teams with one enrichment each
  struct Block {
    std::array<std::optional<Record>, kBlock> records;
    std::size_t there = 0;
  };

  std::optional<Record>* slot_of(Number number) {
    const auto block = number / kBlock;
    if (number >= end_ || block < gone_ || !blocks_[block - gone_]) return nullptr;
    return &blocks_[block - gone_]->records[number % kBlock];
  }

  // The first number from `number` on that has a record; end_number() if there is none.
  Number first_from(Number number) const {
    number = std::max<Number>(number, gone_ * kBlock);
    while (number < end_) {
      if (!blocks_[number / kBlock - gone_])
        number = (number / kBlock + 1) * kBlock;
      else if (find(number))
        return number;
      else
        ++number;
    }
    return end_;
  }

  std::deque<std::unique_ptr<Block>> blocks_;  // null: all its records were removed
  Number gone_ = 0;                            // number of blocks removed from the front
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
