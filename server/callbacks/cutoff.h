// The end of an attempt's patience: its deadline, the sender's stop, or its own cut, whichever is first.
#pragma once
#include "base/deadline.h"

namespace enrichment_mock::callbacks {

using base::Clock;

struct Cutoff {
  Clock::time_point deadline;
  int stop_fd = -1;  // becomes readable when all waiting has to end; not owned
  int cut_fd = -1;   // the same for this attempt alone
};

enum class Wait { ready, timed_out, stopped };

// Waits until `fd` has one of poll's `events`, or an error to be read off it.
Wait wait_for(int fd, short events, const Cutoff& cutoff);

}  // namespace enrichment_mock::callbacks
