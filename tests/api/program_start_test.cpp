// The program before it is ready: a signal ends it whatever it waits for, and no old port file remains.
#include <chrono>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "support/patience.h"
#include "support/process.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;

namespace {

bool becomes_true(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  return holds();
}

std::string make_fifo(const TemporaryDirectory& directory, const std::string& name) {
  CHECK(::mkfifo(directory.path(name).c_str(), 0600) == 0);
  return directory.path(name);
}

// The writing end of a FIFO, once it has a reader; it is kept open, so that the reader waits.
class WritingEnd {
 public:
  explicit WritingEnd(const std::string& fifo) {
    CHECK(becomes_true([&] { return is_open() || (fd_ = ::open(fifo.c_str(), O_WRONLY | O_NONBLOCK)) >= 0; }));
  }
  ~WritingEnd() { ::close(fd_); }
  WritingEnd(const WritingEnd&) = delete;
  WritingEnd& operator=(const WritingEnd&) = delete;

 private:
  bool is_open() const { return fd_ >= 0; }
  int fd_ = -1;
};

Process started(std::vector<std::string> args) {
  args.insert(args.begin(), {"--port", "0"});
  return Process({.args = std::move(args), .environment = {}, .input = {}});
}

void check_ends(Process& process, int signal) {
  process.signal(signal);
  const auto ended = process.wait();
  CHECK(ended.status == 0);
  CHECK(ended.output.empty());
  CHECK(ended.errors.empty());
}

}  // namespace

TEST_CASE("program: a signal ends a start that waits for input") {
  const TemporaryDirectory directory;
  const std::string fifo = make_fifo(directory, "fifo.json");
  for (const int signal : {SIGTERM, SIGINT, SIGHUP})
    for (const char* flag : {"--scenario", "--callback-ca"}) {
      CAPTURE(flag);
      Process process = started({flag, fifo});
      const WritingEnd held(fifo);
      check_ends(process, signal);
    }
}

TEST_CASE("program: a signal ends a start that waits for a reader of its log") {
  const TemporaryDirectory directory;
  const std::string fifo = make_fifo(directory, "log"), port_file = directory.write("port", "1\n");
  Process process = started({"--log-file", fifo, "--port-file", port_file});
  REQUIRE(becomes_true([&] { return !std::filesystem::exists(port_file); }));
  check_ends(process, SIGTERM);
}

TEST_CASE("program: an old port file is removed when a start fails, whatever the reason") {
  const TemporaryDirectory directory;
  const std::string port_file = directory.path("port");
  const std::vector<std::vector<std::string>> wrong{
      {"--prot", "0"},
      {"--seed"},
      {"-port", "0"},
      {"more"},
      {"--credits", "many"},
      {"--scenario", directory.path("missing.json")},
      {"--tls-cert", directory.path("missing.pem"), "--tls-key", directory.path("missing.pem")},
      {"--log-file", directory.path("missing/log")},
      {"--host", "192.0.2.1"},
  };
  for (std::vector<std::string> args : wrong) {
    CAPTURE(args.front());
    directory.write("port", "1\n");
    args.insert(args.begin(), {"--port-file", port_file});
    CHECK(run(args).status != 0);
    CHECK_FALSE(std::filesystem::exists(port_file));
  }
  directory.write("port", "1\n");
  CHECK(run({"serve", "--prot", "0"}, {{"ENRICHMENT_MOCK_PORT_FILE", port_file}}).status == 2);
  CHECK_FALSE(std::filesystem::exists(port_file));
}

TEST_CASE("program: other commands do not touch the port file") {
  const TemporaryDirectory directory;
  const std::string port_file = directory.write("port", "1\n");
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"--port-file", port_file, "--help"}, {"--port-file", port_file, "--version"}})
    CHECK(run(args).status == 0);
  CHECK(run({"scenarios"}, {{"ENRICHMENT_MOCK_PORT_FILE", port_file}}).status == 0);
  CHECK(read_file(port_file) == "1\n");
}
