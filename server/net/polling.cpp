#include "net/polling.h"

#include <algorithm>
#include <utility>

namespace enrichment_mock::net {

namespace {

using base::Clock;

// How many requests are compared.
constexpr int kPeriod = 50;

// If they took longer, they are rare, and what polling can save is not noticed.
constexpr std::chrono::milliseconds kSlow{50};

constexpr bool is_worth_it(Clock::duration polling, Clock::duration sleeping) { return 10 * polling <= 9 * sleeping; }

}  // namespace

void Polling::interrupted() {
  if (polls_ != compares_) pause_ = kShortestPause;  // polling was faster: it is tried again soon
  polls_ = compares_ = false;
  answered_ = 0;
}

void Polling::answered(Clock::time_point now) {
  if (answered_++ == 0) {
    begin_ = now;
    next_comparison_ = now + pause_;
  }
  if (answered_ <= kPeriod) return;
  const auto took = now - std::exchange(begin_, now);
  if (took > kSlow) return interrupted();
  answered_ = 1;
  if (compares_) {
    compares_ = false;
    const bool polls = polls_ ? is_worth_it(took, took_before_) : is_worth_it(took_before_, took);
    pause_ = polls == polls_ ? kShortestPause : std::min(2 * pause_, kLongestPause);
    polls_ = polls;
    next_comparison_ = now + pause_;
  } else if (now >= next_comparison_) {
    took_before_ = took;
    compares_ = true;
    polls_ = !polls_;
  }
}

}  // namespace enrichment_mock::net
