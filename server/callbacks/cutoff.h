// The end of an attempt's patience: its deadline, or the sender's stop, whichever is first.
#pragma once
#include <chrono>

namespace enrichment_mock::callbacks {

using Clock = std::chrono::steady_clock;

struct Cutoff {
  Clock::time_point deadline;
  int stop_fd = -1;  // becomes readable when all waiting has to end; not owned
};

enum class Wait { ready, timed_out, stopped };

// Waits until `fd` has one of poll's `events`, or an error to be read off it.
Wait wait_for(int fd, short events, const Cutoff& cutoff);

// A file descriptor for Cutoff that becomes readable, for everyone and for good, once raised.
class StopSignal {
 public:
  StopSignal();  // throws std::system_error when there is no descriptor left
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  int fd() const { return ends_[0]; }
  void raise();  // from any thread, more than once if need be

 private:
  int ends_[2];
};

}  // namespace enrichment_mock::callbacks
