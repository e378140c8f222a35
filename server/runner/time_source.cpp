#include "runner/time_source.h"

namespace enrichment_mock::runner {

RealTime SystemTime::now() const { return std::chrono::steady_clock::now(); }

Instant SystemTime::wall() const { return std::chrono::floor<engine::Duration>(std::chrono::system_clock::now()); }

void SystemTime::wait_until(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, RealTime until) {
  changed.wait_until(lock, until);
}

}  // namespace enrichment_mock::runner
