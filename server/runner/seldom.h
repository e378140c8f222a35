// How often something is said that may happen thousands of times a second. Not thread-safe.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "engine/clock.h"

namespace enrichment_mock::runner {

class Seldom {
 public:
  static constexpr std::chrono::seconds kBetween{10};

  // Counts one occasion. A number: it is to be said, and that many occasions before it were not.
  std::optional<std::uint64_t> next(engine::RealTime now) {
    if (said_ && now - *said_ < kBetween) {
      ++unsaid_;
      return std::nullopt;
    }
    said_ = now;
    return std::exchange(unsaid_, 0);
  }

 private:
  std::optional<engine::RealTime> said_;
  std::uint64_t unsaid_ = 0;
};

}  // namespace enrichment_mock::runner
