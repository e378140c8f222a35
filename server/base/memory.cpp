#include "base/memory.h"

#include <atomic>
#include <cstdlib>  // defines __GLIBC__

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace enrichment_mock::base {

void return_free_memory(std::size_t freed) {
  constexpr std::size_t kWorthwhile = 4 << 20;
  static std::atomic<std::size_t> all_freed = 0;
  if ((all_freed += freed) < kWorthwhile) return;
  all_freed = 0;
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace enrichment_mock::base
