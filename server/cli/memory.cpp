#include "cli/memory.h"

#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace enrichment_mock::cli {

void share_heaps() {
#ifdef __GLIBC__
  constexpr int kHeaps = 2;
  ::mallopt(M_ARENA_MAX, kHeaps);
#endif
}

}  // namespace enrichment_mock::cli
