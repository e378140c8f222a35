#include "cli/leave.h"

#include <cstdlib>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ENRICHMENT_MOCK_CHECKS_LEAKS
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ENRICHMENT_MOCK_CHECKS_LEAKS
#endif
#ifdef ENRICHMENT_MOCK_CHECKS_LEAKS
#include <sanitizer/lsan_interface.h>
#endif

namespace enrichment_mock::cli {

void leave(int status) {
#ifdef ENRICHMENT_MOCK_CHECKS_LEAKS
  __lsan_do_leak_check();  // exits itself if there are any
#endif
  std::_Exit(status);
}

}  // namespace enrichment_mock::cli
