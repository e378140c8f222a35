// The records of one kind, numbered from 0 in the order in which they were added, until they are taken out one by one.
// Adding and finding cost the same however many there are. Memory comes and goes in blocks of kBlock records; of a
// block that is gone one pointer remains while an older one is still there.
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

using Number = std::uint64_t;  // of a record: the n-th of its kind in its team, from 0

template <class Record>
class RecordStore {
 public:
  // Those that are there, in their order.
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
    const Record* record_ = nullptr;  // null: past the end
  };

  // From here on so many records can be added without allocating.
  void reserve_more(std::size_t more) {
    while (more > (gone_ + blocks_.size()) * kBlock - end_) blocks_.push_back(std::make_unique<Block>());
  }

  // Its number is end_number() as it was before. References stay valid until the record is taken out.
  Record& add() {
    reserve_more(1);
    Block& block = *blocks_[end_ / kBlock - gone_];
    ++block.there;
    ++there_;
    return block.records[end_++ % kBlock].emplace();
  }

  // Null: it has been taken out, or never was.
  Record* find(Number number) {
    auto* slot = slot_of(number);
    return slot && *slot ? &**slot : nullptr;
  }
  const Record* find(Number number) const { return const_cast<RecordStore*>(this)->find(number); }

  // Throws std::out_of_range where find() gives null.
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
  Number end_number() const { return end_; }  // that the next one gets
  Number begin_number() const { return first_from(0); }

  Iterator begin() const { return from(0); }
  Iterator from(Number number) const { return Iterator(*this, number); }
  Iterator end() const { return Iterator(*this, end_); }

  // The last one before that number; null: there is none.
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

  // The number of the first that is there, from that one on; end_number(), if there is none.
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

  std::deque<std::unique_ptr<Block>> blocks_;  // null: all of its records are gone
  Number gone_ = 0;                            // blocks before the first of those
  Number end_ = 0;
  std::size_t there_ = 0;
};

// How much of what has come to its end is kept (our decision: the real API says nothing of it).
// An enrichment has ended once it is resolved and none of its callbacks is open; past these bounds it is forgotten with
// its callbacks, the first that ended first: its id is unknown then. Ledger movements are bounded alike. Totals and
// balances go on counting what is forgotten.
struct Retention {
  std::size_t max_count = 1'000'000;               // enrichments that have ended, and movements; per team
  base::Duration max_age = base::Duration::max();  // team time
};

inline bool is_too_old(const Retention& keep, base::Instant ended, base::Instant now) {
  return now - ended > keep.max_age;
}

}  // namespace enrichment_mock::engine
