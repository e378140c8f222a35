// The enrichment-mock binary as a child process: started with the test's arguments and environment,
// read line by line, sent signals, waited for. Every wait ends after kPatience with an exception that shows what the
// child has printed. A child that still runs at the end is killed.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "support/patience.h"

namespace enrichment_mock::support {

class Process {
 public:
  struct Settings {
    std::vector<std::string> args;
    std::map<std::string, std::string> environment = {};  // besides the test's own, without its ENRICHMENT_MOCK_*
    std::string input = {};                               // its standard input, then the end; must fit a pipe
    bool closed_output = false;                           // start without a standard output
    std::string program = {};                             // another one than enrichment-mock
    bool terminal = false;  // all three are one terminal; what it prints is `output`, its lines end in "\r\n"
  };

  // How a child ended. Killed by a signal: status is 128 + its number.
  struct Ended {
    int status = -1;
    std::string output, errors;
  };

  explicit Process(const Settings& settings);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The next line of standard output, without its newline; nothing once it is closed.
  std::optional<std::string> read_line();

  // Reads until standard error contains that text. After the child's end the log has only what was written in
  // time.
  void await_error(std::string_view text);

  void signal(int number) const;
  pid_t pid() const { return pid_; }

  // Waits until the child itself has ended, and returns whether nothing that it has started has outlived it: no process
  // has the descriptor that each inherits.
  bool leaves_nothing() const;

  // Types keys, on a terminal.
  void type(std::string_view keys) const;

  // As if its window was closed.
  void close_terminal();

  // What was read by read_line() is in `output`, too.
  Ended wait();

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  bool gather(Deadline deadline);

  pid_t pid_ = -1;
  int output_fd_ = -1, errors_fd_ = -1, life_fd_ = -1;  // nothing is written to it; it closes when the child has ended
  std::string output_, errors_;
  std::size_t lines_read_ = 0;  // bytes of output_ that read_line() has already returned
  std::optional<int> status_;
};

// A server on a free port that has said it is ready.
struct RunningMock {
  explicit RunningMock(std::vector<std::string> args = {}, std::map<std::string, std::string> environment = {});

  Process process;
  std::string ready_line, url;
  std::uint16_t port = 0;
};

// Starts, and waits for the end.
Process::Ended run_to_end(const Process::Settings& settings);
Process::Ended run(std::vector<std::string> args, std::map<std::string, std::string> environment = {},
                   std::string input = {});

}  // namespace enrichment_mock::support
