// Limits how often a warning is given that could be given thousands of times a second. Not thread-safe.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "engine/clock.h"

namespace enrichment_mock::runner {

class WarningLimiter {
 public:
  static constexpr std::chrono::seconds kInterval{10};

  // Records one occurrence. Returns nothing if no warning may be given now; otherwise the number of occurrences since
  // the last warning that were not reported.
  std::optional<std::uint64_t> record(engine::RealTime now) {
    if (warned_at_ && now - *warned_at_ < kInterval) {
      ++unreported_;
      return std::nullopt;
    }
    warned_at_ = now;
    return std::exchange(unreported_, 0);
  }

 private:
  std::optional<engine::RealTime> warned_at_;
  std::uint64_t unreported_ = 0;
};

}  // namespace enrichment_mock::runner
