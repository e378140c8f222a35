// Simulates a lack of memory: the tests' operator new throws std::bad_alloc.
#pragma once
#include <cstddef>
#include <limits>
#include <new>

namespace enrichment_mock::support {

// While it lives, only that many allocations of this thread succeed; `failures` after them fail, by default all. One at
// a time.
class ScarceMemory {
 public:
  static constexpr auto kAll = std::numeric_limits<std::size_t>::max();

  explicit ScarceMemory(std::size_t successes = 0, std::size_t failures = kAll);
  ~ScarceMemory();
  ScarceMemory(const ScarceMemory&) = delete;
  ScarceMemory& operator=(const ScarceMemory&) = delete;
};

// While it lives, allocations of all other threads fail. One at a time.
class MemoryForThisThreadOnly {
 public:
  MemoryForThisThreadOnly();
  ~MemoryForThisThreadOnly();
  MemoryForThisThreadOnly(const MemoryForThisThreadOnly&) = delete;
  MemoryForThisThreadOnly& operator=(const MemoryForThisThreadOnly&) = delete;

  // Returns once that many allocations have failed.
  static void await_failures(std::size_t count);
};

// Calls `work` again and again until it has enough memory: each time one more of its allocations succeeds, and
// `failures` after it fail. `check` is called after each call that threw.
template <class Work, class Check>
void repeat_until_memory_suffices(std::size_t failures, Work work, Check check) {
  bool threw = true;
  for (std::size_t successes = 0; threw; ++successes) {
    {
      const ScarceMemory scarce(successes, failures);
      threw = false;
      try {
        work();
      } catch (const std::bad_alloc&) {
        threw = true;
      }
    }
    if (threw) check();
  }
}

}  // namespace enrichment_mock::support
