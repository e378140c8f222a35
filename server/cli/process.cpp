#include "cli/process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ENRICHMENT_MOCK_CHECKS_LEAKS
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ENRICHMENT_MOCK_CHECKS_LEAKS
#endif
#ifdef ENRICHMENT_MOCK_CHECKS_LEAKS
#include <sanitizer/lsan_interface.h>
#endif

extern char** environ;

namespace enrichment_mock::cli {
namespace {

void write_to(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno != EINTR) return;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

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

Environment read_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

bool in_container(const Environment& environment) {
  for (const char* variable : {"container", "KUBERNETES_SERVICE_HOST"})
    if (const auto found = environment.find(variable); found != environment.end() && !found->second.empty())
      return true;
  std::error_code ignored;
  return std::filesystem::exists("/.dockerenv", ignored) || std::filesystem::exists("/run/.containerenv", ignored);
}

void open_missing_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", O_RDWR);  // takes the lowest free number: this one
}

void print(std::string_view text) { write_to(STDOUT_FILENO, text); }

void print_error(std::string_view text) { write_to(STDERR_FILENO, text); }

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

void raise_fd_limit() {
  constexpr rlim_t kMostOnMacOs = 10'240;  // OPEN_MAX: there, a hard limit above it cannot be had
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0 || before >= kMostOnMacOs) return;
  limit.rlim_cur = std::min(limit.rlim_max, kMostOnMacOs);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void limit_malloc_arenas() {
#ifdef __GLIBC__
  constexpr int kArenas = 2;
  ::mallopt(M_ARENA_MAX, kArenas);
#endif
}

void exit_process(int status) {
#ifdef ENRICHMENT_MOCK_CHECKS_LEAKS
  __lsan_do_leak_check();  // exits itself if there are any
#endif
  std::_Exit(status);
}

}  // namespace enrichment_mock::cli
