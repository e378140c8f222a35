// SIGTERM and SIGINT end the program in order; SIGPIPE is nobody's end; SIGHUP and all others keep their defaults.
// Works for process 1 of a container, too, whom the kernel's defaults do not kill.
#pragma once
#include <chrono>

namespace enrichment_mock::cli {

// A write to a closed pipe or connection then fails, and nothing more.
void ignore_broken_pipes();

// Call before any thread is started: threads inherit what is blocked.
void block_stop_signals();

// Returns on the first SIGTERM or SIGINT. From then on the program has `most` to end; past that, or on another signal,
// it exits with status 0 on the spot; that it was for want of time is said on standard error. Call once, on the main
// thread.
void wait_for_stop(std::chrono::milliseconds most);

}  // namespace enrichment_mock::cli
