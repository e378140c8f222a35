#include "cli/log_writer.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "support/scarce_memory.h"
#include "support/temporary_directory.h"

namespace cli = enrichment_mock::cli;
using cli::LogWriter;
using enrichment_mock::support::MemoryForThisThreadOnly;
using enrichment_mock::support::read_file;
using enrichment_mock::support::TemporaryDirectory;

namespace {

std::string dropped_line(std::size_t lines) { return "dropped " + std::to_string(lines) + "\n"; }

// A pipe. The LogWriter owns the writing end.
struct Pipe {
  Pipe() { REQUIRE(::pipe(ends) == 0); }
  ~Pipe() { close_reader(); }
  void close_reader() {
    if (ends[0] >= 0) ::close(ends[0]);
    ends[0] = -1;
  }
  // Reads until `text` contains `end`, or until the pipe ends.
  std::string read_until(const std::string& end) const {
    std::string text;
    char buffer[4096];
    while (end.empty() || text.find(end) == std::string::npos) {
      const ssize_t count = ::read(ends[0], buffer, sizeof buffer);
      if (count <= 0) break;
      text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
  }
  // Fills the pipe before anything reads from it.
  void fill() const {
    const int flags = ::fcntl(ends[1], F_GETFL);
    ::fcntl(ends[1], F_SETFL, flags | O_NONBLOCK);
    const std::string block(4096, '.');
    while (::write(ends[1], block.data(), block.size()) > 0) {
    }
    ::fcntl(ends[1], F_SETFL, flags);
  }
  int ends[2]{-1, -1};
};

std::size_t count_of(const std::string& text, char c) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), c));
}

int open_file(const std::string& file) { return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600); }

}  // namespace

TEST_CASE("log writer: lines arrive while it runs, in order") {
  Pipe pipe;
  LogWriter writer(pipe.ends[1], dropped_line);
  writer.append("one\n");
  writer.append("two\n");
  CHECK(pipe.read_until("two\n") == "one\ntwo\n");
  writer.append("three\n");
  CHECK(pipe.read_until("three\n") == "three\n");
}

TEST_CASE("log writer: stop writes the waiting lines, closes, and can be called again") {
  Pipe pipe;
  LogWriter writer(pipe.ends[1], dropped_line, {.flush = std::chrono::seconds(20)});
  writer.append("one\n");
  writer.stop();
  writer.stop();
  writer.append("late\n");
  CHECK(pipe.read_until("one\n") == "one\n");
}

TEST_CASE("log writer: dropped lines are reported once there is memory for the report") {
  Pipe pipe;
  const auto dropped = [](std::size_t lines) { return "dropped lines: " + std::to_string(lines) + "\n"; };
  LogWriter writer(pipe.ends[1], dropped, {.buffered = 4});
  {
    const MemoryForThisThreadOnly ours;
    writer.append("longer than what may wait\n");
    writer.append("one\n");
    MemoryForThisThreadOnly::await_failures(1);
  }
  writer.append("end\n");
  CHECK(pipe.read_until(": 1\n") == "one\nend\ndropped lines: 1\n");
}

TEST_CASE("log writer: with many threads no line is lost or mixed") {
  const TemporaryDirectory directory;
  const std::string file = directory.path("log");
  {
    LogWriter writer(open_file(file), dropped_line);
    std::vector<std::thread> threads;
    for (char name = 'a'; name < 'e'; ++name)
      threads.emplace_back([&writer, name] {
        const std::string line = std::string(99, name) + "\n";
        for (int i = 0; i < 2000; ++i) writer.append(line);
      });
    for (std::thread& thread : threads) thread.join();
  }
  const std::string text = read_file(file);
  CHECK(text.size() == 4 * 2000 * 100);
  bool torn = false;
  for (std::size_t line = 0; line + 100 <= text.size(); line += 100)
    torn = torn || text.substr(line, 100) != std::string(99, text[line]) + "\n";
  CHECK_FALSE(torn);
}

TEST_CASE("log writer: a blocked pipe blocks no caller, and dropped lines are counted") {
  Pipe pipe;
  pipe.fill();
  auto writer = std::make_unique<LogWriter>(pipe.ends[1], dropped_line,
                                            LogWriter::Limits{.buffered = 1000, .flush = std::chrono::seconds(20)});
  const std::string line = std::string(99, 'x') + "\n";
  for (int i = 0; i < 10'000; ++i) writer->append(line);  // would hang here
  auto text = std::async(std::launch::async, [&pipe] { return pipe.read_until(""); });
  writer.reset();
  std::istringstream lines(text.get());
  std::size_t written = 0, dropped = 0;
  for (std::string one; std::getline(lines, one);) {
    if (one.starts_with("dropped "))
      dropped += std::stoul(one.substr(8));
    else
      ++written;
  }
  CHECK(written >= 10);
  CHECK(dropped > 0);
  CHECK(written + dropped == 10'000);
}

TEST_CASE("log writer: stop waits for a blocked pipe until its timeout") {
  Pipe pipe;
  pipe.fill();
  const auto start = std::chrono::steady_clock::now();
  {
    LogWriter writer(pipe.ends[1], dropped_line, {.flush = std::chrono::milliseconds(20)});
    writer.append("one\n");
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
}

TEST_CASE("log writer: a pipe without a reader stops neither the program nor the writer") {
  Pipe pipe;
  LogWriter writer(pipe.ends[1], dropped_line);
  pipe.close_reader();
  writer.append("one\n");
  writer.stop();
}

TEST_CASE("log writer: it waits for a descriptor that is non-blocking") {
  Pipe pipe;
  ::fcntl(pipe.ends[1], F_SETFL, ::fcntl(pipe.ends[1], F_GETFL) | O_NONBLOCK);
  LogWriter writer(pipe.ends[1], dropped_line);
  const std::string line = std::string(999, 'x') + "\n";
  for (int i = 0; i < 1000; ++i) writer.append(line);
  writer.append("end\n");
  CHECK(count_of(pipe.read_until("end\n"), '\n') == 1001);
}

#ifdef __linux__
TEST_CASE("log writer: it survives a full disk") {
  LogWriter writer(::open("/dev/full", O_WRONLY), dropped_line);
  for (int i = 0; i < 1000; ++i) writer.append("one\n");
  writer.stop();
}
#endif
