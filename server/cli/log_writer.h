// Writes log lines to a file, pipe or terminal. A request only pays for a lock and a copy: one thread collects the
// lines of a few milliseconds and writes them with one write(2). spdlog was not used because its asynchronous logger
// wakes a thread and writes for every line.
//
// Callers never wait for the reader. While the file cannot be written, lines are buffered up to a limit. More lines are
// dropped and counted, and one line reports their number when writing works again. Thread-safe.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace enrichment_mock::cli {

class LogWriter {
 public:
  struct Limits {
    std::size_t buffered = 8 * 1024 * 1024;  // bytes not yet written
    std::chrono::milliseconds gather{5};
    std::chrono::milliseconds flush{250};  // maximum duration of stop()
  };

  // Returns the line that reports how many lines were dropped, with its newline.
  using Dropped = std::function<std::string(std::size_t lines)>;

  // Takes ownership of `fd`; closes it when everything is written.
  LogWriter(int fd, Dropped dropped, Limits limits);
  LogWriter(int fd, Dropped dropped) : LogWriter(fd, std::move(dropped), Limits{}) {}
  ~LogWriter();  // stops

  // `line` ends in a newline. Does nothing after stop().
  void append(std::string_view line);

  // Writes the remaining lines for at most `flush`, then abandons a blocked write. Safe to call twice.
  void stop();

 private:
  struct State;
  static void run(State& state);
  std::shared_ptr<State> state_;  // shared with the thread, which may outlive this object if a write blocks
};

}  // namespace enrichment_mock::cli
