// Points in time at which a wait is given up.
#pragma once
#include <chrono>

namespace enrichment_mock::base {

using Clock = std::chrono::steady_clock;

// That long from now; a year at most, as the clock cannot count to every number of milliseconds.
Clock::time_point deadline_in(std::chrono::milliseconds duration);

// Milliseconds until then as poll() takes them: rounded up, as a poll that ends early would only be repeated, and never
// negative.
int poll_timeout(Clock::time_point deadline);

}  // namespace enrichment_mock::base
