// Lines on their way to a file, pipe or terminal. Appending costs a request a lock and a copy: one thread gathers what
// arrives within a few milliseconds and writes it with one write(2). spdlog was considered and not taken: its
// asynchronous logger wakes a thread and writes for every line, which each request would pay for.
//
// Nobody waits for the reader: while the file cannot be written, lines pile up to a bound, then they are dropped,
// counted, and reported by one line as soon as writing goes on. Each member may be called on any thread.
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
    std::size_t buffered = 8 * 1024 * 1024;  // bytes that wait to be written
    std::chrono::milliseconds gather{5};
    std::chrono::milliseconds flush{250};  // that stop() takes at the most
  };

  // The line that says how many were dropped, with its newline.
  using Dropped = std::function<std::string(std::size_t lines)>;

  // Owns `fd` and closes it once all is written.
  LogWriter(int fd, Dropped dropped, Limits limits);
  LogWriter(int fd, Dropped dropped) : LogWriter(fd, std::move(dropped), Limits{}) {}
  ~LogWriter();  // stops

  // `line` ends in a newline. After stop() it goes nowhere.
  void append(std::string_view line);

  // Writes what waits, for as long as `flush`; then a blocked write is left to itself. Safe to call twice.
  void stop();

 private:
  struct State;
  static void run(State& state);
  std::shared_ptr<State> state_;  // shared with the thread, which may outlive this on a blocked write
};

}  // namespace enrichment_mock::cli
