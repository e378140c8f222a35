#include "support/scarce_memory.h"

#include <atomic>
#include <cstdlib>

namespace enrichment_mock::support {
namespace {

thread_local std::size_t to_succeed = ScarceMemory::kAll, to_fail = 0;
thread_local bool is_spared = false;
std::atomic<bool> only_spared_threads = false;
std::atomic<std::size_t> failed = 0;

bool fails() noexcept {
  if (only_spared_threads && !is_spared) {
    ++failed;
    failed.notify_all();
    return true;
  }
  if (to_succeed == ScarceMemory::kAll || to_fail == 0) return false;
  if (to_succeed > 0) {
    --to_succeed;
    return false;
  }
  if (to_fail != ScarceMemory::kAll) --to_fail;
  return true;
}

void* allocate(std::size_t size) noexcept { return fails() ? nullptr : std::malloc(size > 0 ? size : 1); }

}  // namespace

ScarceMemory::ScarceMemory(std::size_t successes, std::size_t failures) {
  to_succeed = successes;
  to_fail = failures;
}

ScarceMemory::~ScarceMemory() {
  to_succeed = kAll;
  to_fail = 0;
}

MemoryForThisThreadOnly::MemoryForThisThreadOnly() {
  is_spared = true;
  failed = 0;
  only_spared_threads = true;
}

MemoryForThisThreadOnly::~MemoryForThisThreadOnly() {
  only_spared_threads = false;
  is_spared = false;
}

void MemoryForThisThreadOnly::await_failures(std::size_t count) {
  for (auto now = failed.load(); now < count; now = failed.load()) failed.wait(now);
}

}  // namespace enrichment_mock::support

void* operator new(std::size_t size) {
  if (void* memory = enrichment_mock::support::allocate(size)) return memory;
  throw std::bad_alloc();
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return enrichment_mock::support::allocate(size);
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
