#include "base/deadline.h"

#include <algorithm>
#include <limits>

namespace enrichment_mock::base {

Clock::time_point deadline_in(std::chrono::milliseconds duration) {
  constexpr auto kLongest = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::years(1));
  return Clock::now() + std::min(duration, kLongest);
}

int poll_timeout(Clock::time_point deadline) {
  using std::chrono::milliseconds;
  constexpr milliseconds kLongest(std::numeric_limits<int>::max());
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::clamp(left, milliseconds(0), kLongest).count());
}

}  // namespace enrichment_mock::base
