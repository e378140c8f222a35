// The process: environment, standard streams, signals, limits and exit.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace enrichment_mock::cli {

using Environment = std::map<std::string, std::string, std::less<>>;

Environment read_environment();

// True in a container, where loopback is not the loopback of the user who started it. Looks at the files that Docker
// and Podman create, the variable `container` (Podman, systemd-nspawn, LXC), and a variable that Kubernetes sets.
bool in_container(const Environment& environment);

// Opens /dev/null for each standard stream that is closed. Otherwise the first sockets would get these descriptors and
// receive what is printed. Call before anything is opened.
void open_missing_streams();

// Print without buffering. Write errors are ignored.
void print(std::string_view text);
void print_error(std::string_view text);

// After this, a write to a closed pipe or connection fails instead of killing the program. Returns whether it was so
// before the first call.
bool ignore_broken_pipes();

// The signals that end serve: SIGTERM, SIGINT, and SIGHUP unless it is ignored (nohup). One thread waits for them, so
// the program exits with status 0 within a second of the first signal, even if the main thread is blocked in an open()
// or a name lookup. Also works for process 1 of a container, which default signal actions do not kill.
//
// Until allow_graceful_stop() is called, the first signal exits at once. After that call, the first signal makes wait()
// return, and the program has a limited time to stop. When the time is over, or on a second SIGTERM or SIGINT, the
// program exits at once. If the time was over, a message on standard error says so.
class StopSignals {
 public:
  // Construct this before any other thread starts: threads inherit the signal mask. `before_exit` is called on the
  // signal thread before an immediate exit.
  explicit StopSignals(std::function<void()> before_exit);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  void allow_graceful_stop();

  // Returns on the first signal.
  void wait();

 private:
  struct State;
  static void listen(State& state);
  const std::shared_ptr<State> state_;  // shared with the thread, which runs until the process exits
};

// Calls `handler` on a thread of its own for each SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2, which no
// longer have another effect. Signals that are ignored (nohup) stay ignored. `from_terminal`: a key such as Ctrl+C
// sent it, to all processes of the foreground group. Call it before any other thread starts:
// threads inherit the signal mask.
using SignalHandler = std::function<void(int signal, bool from_terminal)>;
void handle_signals(SignalHandler handler);

// Whether a signal that did not come from the terminal is the same request as `first`, that long after it: timeout(1)
// sends a signal twice, to its child and to its group, and closing a terminal may send SIGHUP twice.
bool is_sent_twice(int first, int signal, std::chrono::nanoseconds after);

// When standard input ends, sends SIGTERM to this process. So a mock whose standard input is a pipe ends with the
// program that has started it, even if that is killed. Call after StopSignals is constructed.
void stop_when_input_ends();

// The terminal that the program was started on, if it is in its foreground. Where a program that was killed has changed
// its modes or its foreground group, restore() brings back what they were.
class Terminal {
 public:
  Terminal();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void restore() const;

 private:
  struct State;
  std::unique_ptr<State> state_;  // null: there is no terminal, or this process is in its background
};

// Raises the soft limit of open files to the hard limit. Each connection needs one descriptor, and the usual soft
// limits (256 on macOS, 1,024 on Linux) are too low.
void raise_fd_limit();

// Limits the number of heaps that threads use. With one heap per thread, memory freed after a burst stays in each heap,
// and the server keeps growing. Memory of 64 KB or more, such as a large body, goes back to the system once it is
// freed: in a heap, small allocations would soon take parts of it, and the next body would need new memory. Only for
// the GNU C library; others do not need it.
void configure_malloc();

// Exits without static destruction, because threads inside OpenSSL or a blocked write may still use static objects. A
// build with a leak check runs it first.
[[noreturn]] void exit_process(int status);

}  // namespace enrichment_mock::cli
