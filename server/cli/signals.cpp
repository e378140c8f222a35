#include "cli/signals.h"

#include <csignal>
#include <poll.h>
#include <pthread.h>
#include <string_view>
#include <sys/time.h>
#include <unistd.h>

namespace enrichment_mock::cli {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

constexpr std::string_view kLate = "enrichment-mock: not all had ended in time; left it\n";

void exit_at_once(int signal) {
  pollfd errors{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};  // nobody may be reading it
  if (signal == SIGALRM && ::poll(&errors, 1, 0) == 1 && ::write(STDERR_FILENO, kLate.data(), kLate.size()) < 0)
    ::_exit(0);
  ::_exit(0);
}

}  // namespace

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

void block_stop_signals() {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void wait_for_stop(std::chrono::milliseconds most) {
  const sigset_t signals = stop_signals();
  for (int signal = 0; sigwait(&signals, &signal) != 0;) {
  }
  for (const int signal : {SIGTERM, SIGINT, SIGALRM}) std::signal(signal, exit_at_once);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  const auto microseconds = std::chrono::microseconds(most).count();
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(microseconds / 1'000'000);
  timer.it_value.tv_usec = static_cast<suseconds_t>(microseconds % 1'000'000);
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace enrichment_mock::cli
