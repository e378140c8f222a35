// The process that the program is: its environment, standard streams, signals, limits and end.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace enrichment_mock::cli {

using Environment = std::map<std::string, std::string, std::less<>>;

Environment read_environment();

// Whether this runs in a container, where loopback is not that of the user who started it: by what Docker and Podman
// leave in a container, by the variable `container`, which Podman, systemd-nspawn and LXC set, and by Kubernetes' own.
bool in_container(const Environment& environment);

// Opens /dev/null for each standard stream that is closed; else the first sockets would take their numbers and get what
// is printed. Call before anything is opened.
void open_missing_streams();

// Print at once. A stream that takes nothing is not worth failing for.
void print(std::string_view text);
void print_error(std::string_view text);

// A write to a closed pipe or connection then fails, and nothing more.
void ignore_broken_pipes();

// The signals that end serve: SIGTERM, SIGINT, and SIGHUP unless it is ignored, as nohup has it. One thread waits for
// them, so that whatever the main thread does, a blocked open() or a silent name server included, the program ends
// within a second of the first one, with status 0. Works for process 1 of a container, too, which the kernel's defaults
// do not kill.
//
// Until end_in_order() is called, the first signal ends the program at once. From then on it makes wait() return, and
// the program has a limited time to end by itself; past that, or on another SIGTERM or SIGINT, it is ended at once; if
// that was for want of time, it says so on standard error.
class StopSignals {
 public:
  // Construct before any other thread is started: threads inherit what is blocked. `before_exit` is called on the
  // signals' thread before an exit at once.
  explicit StopSignals(std::function<void()> before_exit);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  void end_in_order();

  // Returns on the first signal.
  void wait();

 private:
  struct State;
  static void listen(State& state);
  const std::shared_ptr<State> state_;  // shared with the thread, which ends with the process
};

// As many open files and sockets as the system grants without asking: each connection takes one, and what a login shell
// allows (256 on macOS, 1,024 on Linux) is soon used up.
void raise_fd_limit();

// Makes threads share their heaps: with one each, what a burst has left in them stays there, and a server that runs for
// long grows for longer than it has to. Only with the GNU C library; others have no such habit.
void limit_malloc_arenas();

// Exits without static destruction: threads that were left within OpenSSL or a blocked write still use what it would
// destroy. A build with a leak check makes it first.
[[noreturn]] void exit_process(int status);

}  // namespace enrichment_mock::cli
