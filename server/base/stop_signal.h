// Tells every thread that waits in poll() that its wait is over. Raised once, never taken back. Thread-safe.
#pragma once
#include <atomic>
#include <chrono>

namespace enrichment_mock::base {

class StopSignal {
 public:
  StopSignal();  // throws std::system_error
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void raise();
  bool raised() const { return raised_; }

  // Readable once raised, for whoever polls other descriptors too.
  int descriptor() const { return ends_[0]; }

  // Waits so long, or until the signal is raised.
  void wait_for(std::chrono::milliseconds duration) const;

 private:
  std::atomic<bool> raised_ = false;
  int ends_[2];  // of a pipe
};

}  // namespace enrichment_mock::base
