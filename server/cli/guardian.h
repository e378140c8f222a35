// Runs a program so that nothing of it stays behind.
//
// A guardian is a process between this one and the program. It starts the program, reports how that has ended, and then
// ends every process that the program has started and left behind. It also does so if this process ends in another way,
// even by SIGKILL: the guardian notices that its connection is closed. On Linux, a process that has lost its parent
// becomes a child of the guardian (a subreaper), so none can escape, whatever its session or process group is. On other
// systems, only processes that still descend from the program are found. The guardian has a process group of its own,
// so that a signal to this process's group does not end it.
//
// The program has this process's process group, and so reads from the terminal and gets its Ctrl+C directly. On Linux
// it is killed if the guardian is killed.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

namespace enrichment_mock::cli {

struct Program {
  std::vector<std::string> words;        // the program, which is looked up in PATH, and its arguments
  std::vector<std::string> environment;  // NAME=value
  // It reads nothing, and what it prints on standard output goes to standard error. Otherwise it has our streams.
  bool has_no_streams = false;
};

// How a program has ended.
struct ProgramEnd {
  enum class Kind {
    exited,         // number: its exit status
    killed,         // number: the signal
    not_started,    // number: the error (errno) of starting it
    guardian_lost,  // the guardian was killed, so the end is unknown; the program was killed, too
  };
  Kind kind = Kind::exited;
  int number = 0;

  // As a shell would show it: 128 + n for a signal, 127 if there is no such program, 126 if it cannot be started, 1 if
  // the guardian was killed.
  int status() const;
};

// "exit status 3", "killed by signal 9 (Killed)", "cannot be started: No such file or directory".
std::string to_text(const ProgramEnd& end);

class Guardian {
 public:
  // Starts the guardian, a fork of this process: construct it before any thread starts. The program will have the
  // standard streams, open files, signal mask and ignored signals that this process has now. `others` are the guardians
  // that exist already. Throws std::system_error.
  explicit Guardian(std::span<const Guardian> others = {});
  ~Guardian();  // ends everything
  Guardian(Guardian&&) noexcept;
  Guardian& operator=(Guardian&&) = delete;

  // Starts the program; call it once. What is wrong shows in wait().
  void start(const Program& program);

  // Waits until the program has ended; without a result if the time is over first.
  ProgramEnd wait();
  std::optional<ProgramEnd> wait_until(std::chrono::steady_clock::time_point deadline);

  // Sends the program a signal, unless it has ended. Any thread may call it.
  void signal(int number);

  // Lets the guardian end everything, also while another thread waits, which then gets the result that the program was
  // killed. Any thread may call it.
  void stop();

  // Ends the program and all that it has started, and returns when that is done. Returns how many processes could not
  // be ended because they belong to another user. A later call does nothing. Any thread may call it, but not during
  // wait().
  std::size_t end();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace enrichment_mock::cli
