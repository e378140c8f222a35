// A queue with access to each element by its place. An empty one owns no memory, and its first elements take little:
// a shared server has thousands of teams, and most of their queues stay short. Elsewhere it is like std::deque, which
// takes 600 bytes when it is empty: adding at the end and removing from the front take constant time and move no other
// element. If push_back() throws, nothing has changed. References stay valid. An iterator is a place, so that another
// element is there after pop_front(), a move or a swap.
#pragma once
#include <algorithm>
#include <bit>
#include <compare>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace enrichment_mock::base {

// Element: can be moved, and has a default value, which places without an element have.
template <class Element>
class Queue {
  template <class Owner, class Value>
  class BasicIterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = Element;
    using difference_type = std::ptrdiff_t;
    using pointer = Value*;
    using reference = Value&;

    BasicIterator() = default;
    BasicIterator(Owner& queue, std::size_t place) : queue_(&queue), place_(place) {}

    Value& operator*() const { return (*queue_)[place_]; }
    Value* operator->() const { return &**this; }
    Value& operator[](std::ptrdiff_t n) const { return *(*this + n); }
    BasicIterator& operator+=(std::ptrdiff_t n) {
      place_ += static_cast<std::size_t>(n);
      return *this;
    }
    BasicIterator& operator-=(std::ptrdiff_t n) { return *this += -n; }
    BasicIterator& operator++() { return *this += 1; }
    BasicIterator& operator--() { return *this += -1; }
    BasicIterator operator++(int) { return std::exchange(*this, *this + 1); }
    BasicIterator operator--(int) { return std::exchange(*this, *this - 1); }
    friend BasicIterator operator+(BasicIterator it, std::ptrdiff_t n) { return it += n; }
    friend BasicIterator operator+(std::ptrdiff_t n, BasicIterator it) { return it += n; }
    friend BasicIterator operator-(BasicIterator it, std::ptrdiff_t n) { return it -= n; }
    friend std::ptrdiff_t operator-(const BasicIterator& a, const BasicIterator& b) {
      return static_cast<std::ptrdiff_t>(a.place_ - b.place_);
    }
    friend bool operator==(const BasicIterator& a, const BasicIterator& b) { return a.place_ == b.place_; }
    friend std::strong_ordering operator<=>(const BasicIterator& a, const BasicIterator& b) {
      return a.place_ <=> b.place_;
    }

   private:
    Owner* queue_ = nullptr;
    std::size_t place_ = 0;
  };

 public:
  using value_type = Element;
  using iterator = BasicIterator<Queue, Element>;
  using const_iterator = BasicIterator<const Queue, const Element>;

  Queue() = default;
  Queue(Queue&& other) noexcept { swap(other); }
  Queue& operator=(Queue&& other) noexcept {
    Queue(std::move(other)).swap(*this);
    return *this;
  }

  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }

  Element& operator[](std::size_t place) { return slot(begin_ + place); }
  const Element& operator[](std::size_t place) const { return const_cast<Queue*>(this)->slot(begin_ + place); }
  Element& front() { return (*this)[0]; }
  const Element& front() const { return (*this)[0]; }
  Element& back() { return (*this)[size() - 1]; }
  const Element& back() const { return (*this)[size() - 1]; }

  iterator begin() { return {*this, 0}; }
  iterator end() { return {*this, size()}; }
  const_iterator begin() const { return {*this, 0}; }
  const_iterator end() const { return {*this, size()}; }

  void push_back(Element element) {
    const auto chunk = chunk_of(end_) - gone_;
    if (chunk == chunks_.size()) chunks_.push_back(std::make_unique<Element[]>(chunk_of(end_) == 0 ? kFirst : kChunk));
    slot(end_) = std::move(element);
    ++end_;
  }

  void pop_front() {
    slot(begin_) = Element();
    ++begin_;
    if (begin_ == end_) return clear();
    const auto unused = chunk_of(begin_) - gone_;
    if (unused == 0) return;
    chunks_[unused - 1].reset();
    // Not each time, because that moves the pointers to all other chunks.
    if (2 * unused < chunks_.size()) return;
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(unused));
    gone_ += unused;
  }

  void clear() { Queue().swap(*this); }

  void swap(Queue& other) noexcept {
    chunks_.swap(other.chunks_);
    std::swap(gone_, other.gone_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
  }

 private:
  static constexpr std::size_t kFirst = 4;  // elements in the first chunk
  // In each other one: a power of 2, so that finding an element takes no division.
  static constexpr std::size_t kChunk = std::max<std::size_t>(16, std::bit_floor(512 / sizeof(Element)));

  // Places count from the first element ever, since the queue was last empty.
  static std::size_t chunk_of(std::size_t place) { return place < kFirst ? 0 : 1 + (place - kFirst) / kChunk; }
  Element& slot(std::size_t place) {
    auto& chunk = chunks_[chunk_of(place) - gone_];
    return place < kFirst ? chunk[place] : chunk[(place - kFirst) % kChunk];
  }

  std::vector<std::unique_ptr<Element[]>> chunks_;  // null: all its elements were removed
  std::size_t gone_ = 0;                            // number of chunks removed from the front
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace enrichment_mock::base
