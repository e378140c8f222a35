#include "cli/open_files.h"

#include <algorithm>
#include <sys/resource.h>

namespace enrichment_mock::cli {
namespace {

constexpr rlim_t kMostOnMacOs = 10'240;  // OPEN_MAX: there, a hard limit above it cannot be had

}  // namespace

void allow_many_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0 || before >= kMostOnMacOs) return;
  limit.rlim_cur = std::min(limit.rlim_max, kMostOnMacOs);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace enrichment_mock::cli
