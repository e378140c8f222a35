// Decides whether a serving thread polls for a moment before it sleeps. If one request arrives at a time, the thread
// sleeps between two, and to wake it may take longer than the request itself. A thread that polls need not be woken,
// but takes a processor that the client may need, or that would be idle. So both are tried, for a few requests each,
// and polling is kept for a while if it is clearly faster. For one thread.
#pragma once
#include <chrono>
#include <cstdint>

#include "base/waiting.h"

namespace enrichment_mock::net {

class Polling {
 public:
  // A request that had arrived alone has its response.
  void answered(base::Clock::time_point now);

  // Several requests have arrived together, or none for long: begins again, without polling.
  void interrupted();

  // How long to poll before the thread sleeps.
  std::chrono::microseconds time() const { return polls_ ? kTime : std::chrono::microseconds(0); }

 private:
  static constexpr std::chrono::microseconds kTime{50};

  // Between two comparisons; twice as long after each that changes nothing.
  static constexpr std::chrono::milliseconds kShortestPause{4}, kLongestPause{256};

  bool polls_ = false;
  bool compares_ = false;                // the other way is being tried
  int answered_ = 0;                     // in this period; 0: none has begun
  base::Clock::time_point begin_;        // of this period
  base::Clock::duration took_before_{};  // the last period the other way
  base::Clock::time_point next_comparison_;
  std::chrono::milliseconds pause_ = kShortestPause;  // before the next comparison
};

}  // namespace enrichment_mock::net
