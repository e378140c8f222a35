#include "cli/process.h"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <system_error>
#include <termios.h>
#include <thread>
#include <unistd.h>
#include <utility>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/threads.h"

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

constexpr suseconds_t kStopTimeout = 900'000;  // microseconds; serve must exit within a second

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// SIGALRM: the stop timeout is over.
sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGALRM}) sigaddset(&signals, signal);
  if (!is_ignored(SIGHUP)) sigaddset(&signals, SIGHUP);
  return signals;
}

int next_of(const sigset_t& signals) {
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  return signal;
}

struct TakenSignal {
  int number;
  bool from_terminal;
};

// Whether a key of the terminal can send it.
bool is_key(int signal) { return signal == SIGINT || signal == SIGQUIT; }

TakenSignal take_one_of(const sigset_t& signals) {
#ifdef __linux__
  siginfo_t taken{};
  while (::sigwaitinfo(&signals, &taken) < 0) {
  }
  return {taken.si_signo, taken.si_code == SI_KERNEL && is_key(taken.si_signo)};
#else
  // The sender is not known: a key sends these to the foreground group of the terminal.
  const int number = next_of(signals);
  const int terminal = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  const bool in_foreground = terminal >= 0 && ::tcgetpgrp(terminal) == ::getpgrp();
  if (terminal >= 0) ::close(terminal);
  return {number, in_foreground && is_key(number)};
#endif
}

void start_alarm() {
  itimerval timer{};
  timer.it_value.tv_usec = kStopTimeout;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

// An input that cannot be read counts as ended. It may be non-blocking, because other processes can share it.
void wait_for_end_of_input() {
  char ignored[4096];
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  for (ssize_t count = 1; count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));) {
    ::poll(&input, 1, -1);
    count = ::read(STDIN_FILENO, ignored, sizeof ignored);
  }
}

void report_stop_timeout() {
  constexpr std::string_view kMessage = "enrichment-mock: did not stop in time; exited anyway\n";
  pollfd errors{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};  // must not block
  if (::poll(&errors, 1, 0) == 1) write_to(STDERR_FILENO, kMessage);
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
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", O_RDWR);  // gets the lowest free descriptor, which is this one
}

void print(std::string_view text) { write_to(STDOUT_FILENO, text); }

void print_error(std::string_view text) { write_to(STDERR_FILENO, text); }

bool ignore_broken_pipes() {
  static const bool ignored_before = std::signal(SIGPIPE, SIG_IGN) == SIG_IGN;
  return ignored_before;
}

struct StopSignals::State {
  explicit State(std::function<void()> on_exit) : signals(stop_signals()), before_exit(std::move(on_exit)) {}

  [[noreturn]] void exit_now() {
    const std::scoped_lock lock(mutex);
    if (before_exit) before_exit();
    ::_exit(0);
  }

  const sigset_t signals;
  std::mutex mutex;
  std::condition_variable stopped;
  std::function<void()> before_exit;
  bool graceful = false, stopping = false;
};

StopSignals::StopSignals(std::function<void()> before_exit) : state_(std::make_shared<State>(std::move(before_exit))) {
  pthread_sigmask(SIG_BLOCK, &state_->signals, nullptr);
  std::thread([state = state_] { listen(*state); }).detach();
}

StopSignals::~StopSignals() {
  const std::scoped_lock lock(state_->mutex);
  state_->before_exit = nullptr;
}

void StopSignals::allow_graceful_stop() {
  const std::scoped_lock lock(state_->mutex);
  state_->graceful = true;
}

void StopSignals::wait() {
  std::unique_lock lock(state_->mutex);
  state_->stopped.wait(lock, [this] { return state_->stopping; });
}

void StopSignals::listen(State& state) {
  base::name_this_thread("signals");
  next_of(state.signals);
  std::unique_lock lock(state.mutex);
  const bool graceful = state.graceful;
  state.stopping = true;
  lock.unlock();
  if (!graceful) state.exit_now();
  start_alarm();
  state.stopped.notify_one();
  // Closing a terminal may send SIGHUP twice. The second one is not a request to exit at once.
  int signal = SIGHUP;
  while (signal == SIGHUP) signal = next_of(state.signals);
  if (signal == SIGALRM) report_stop_timeout();
  state.exit_now();
}

bool is_sent_twice(int first, int signal, std::chrono::nanoseconds after) {
  return signal == first && (signal == SIGHUP || after < std::chrono::milliseconds(100));
}

void handle_signals(SignalHandler handler) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2})
    if (!is_ignored(signal)) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals, handler = std::move(handler)] {
    base::name_this_thread("signals");
    for (;;) {
      const auto [number, from_terminal] = take_one_of(signals);
      handler(number, from_terminal);
    }
  }).detach();
}

struct Terminal::State {
  int fd;
  pid_t group;
  termios modes;
};

Terminal::Terminal() {
  const int fd = ::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return;
  State state{.fd = fd, .group = ::tcgetpgrp(fd), .modes = {}};
  if (state.group == ::getpgrp() && ::tcgetattr(fd, &state.modes) == 0)
    state_ = std::make_unique<State>(state);
  else
    ::close(fd);
}

Terminal::~Terminal() {
  if (state_) ::close(state_->fd);
}

void Terminal::restore() const {
  if (!state_) return;
  const pid_t foreground = ::tcgetpgrp(state_->fd);
  const bool has_other = foreground != state_->group && (::kill(-foreground, 0) == 0 || errno == EPERM);
  if (has_other) return;  // this process was put into the background meanwhile
  // Otherwise the terminal would stop a process that changes it while another group has the foreground.
  sigset_t stop, before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &stop, &before);
  ::tcsetpgrp(state_->fd, state_->group);
  ::tcsetattr(state_->fd, TCSANOW, &state_->modes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void stop_when_input_ends() {
  std::thread([] {
    base::name_this_thread("stdin");
    wait_for_end_of_input();
    ::kill(::getpid(), SIGTERM);
  }).detach();
}

void raise_fd_limit() {
  constexpr rlim_t kMacOsLimit = 10'240;  // OPEN_MAX: macOS refuses more, even if the hard limit is higher
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0 || before >= kMacOsLimit) return;
  limit.rlim_cur = std::min(limit.rlim_max, kMacOsLimit);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void configure_malloc() {
#ifdef __GLIBC__
  constexpr int kArenas = 2, kMapped = 64 * 1024;
  ::mallopt(M_ARENA_MAX, kArenas);
  ::mallopt(M_MMAP_THRESHOLD, kMapped);
#endif
}

void exit_process(int status) {
#ifdef ENRICHMENT_MOCK_CHECKS_LEAKS
  __lsan_do_leak_check();  // exits if there are leaks
#endif
  std::_Exit(status);
}

}  // namespace enrichment_mock::cli
