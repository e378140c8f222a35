// The program as a running server: the ready line, the port file, the log.
#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <iterator>
#include <optional>
#include <sstream>
#include <sys/resource.h>
#include <vector>

#include "support/api_client.h"
#include "support/json.h"
#include "support/process.h"
#include "support/raw_socket.h"
#include "support/temporary_directory.h"

using namespace enrichment_mock::support;

namespace {

const char* const kCredits = "/v1/api/enrichment/credits";
const std::string kKey = "very-secret-key-0815";

int ask(const RunningMock& mock, const std::string& path) { return ApiClient(mock.url, kKey).send("GET", path).status; }

// Without the log line about a slow stop: tests/bench measures how long a stop takes.
Process::Ended end(RunningMock& mock) {
  mock.process.signal(SIGTERM);
  auto ended = mock.process.wait();
  if (const auto late = ended.errors.find("enrichment-mock: not all had ended in time"); late != std::string::npos)
    ended.errors.erase(late);
  return ended;
}

// The first limit of open files of a child process that is started meanwhile.
class FewOpenFiles {
 public:
  explicit FewOpenFiles(rlim_t most) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few{.rlim_cur = most, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewOpenFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewOpenFiles(const FewOpenFiles&) = delete;
  FewOpenFiles& operator=(const FewOpenFiles&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("program: a directory without scenario files is mentioned, and the shipped ones are served") {
  const TemporaryDirectory directory;
  RunningMock mock({"--scenarios", directory.path(), "--log-format", "text"});
  CHECK(mock.ready_line.ends_with("(scenario default)"));
  mock.process.await_error("no scenario files (*.json) in " + directory.path());
  CHECK(end(mock).status == 0);
}

TEST_CASE("program: one line on standard output says where it listens and with which scenario") {
  RunningMock mock({"--scenario", "default"});
  CHECK(mock.ready_line ==
        "enrichment-mock 0.1.0 listening on http://127.0.0.1:" + std::to_string(mock.port) + " (scenario default)");
  CHECK(ask(mock, "/__admin/health") == 200);
  const auto ended = end(mock);
  CHECK(ended.status == 0);
  CHECK(ended.output == mock.ready_line + "\n");
}

TEST_CASE("program: the port file has the port once the program accepts calls, and is removed at the end") {
  const TemporaryDirectory directory;
  const std::string file = directory.path("port");
  RunningMock mock({"--port-file", file});
  CHECK(read_file(file) == std::to_string(mock.port) + "\n");
  CHECK(end(mock).status == 0);
  CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("program: a port file that another program has replaced is not removed") {
  const TemporaryDirectory directory;
  RunningMock mock({"--port-file", directory.path("port")});
  directory.write("port", "1\n");
  CHECK(end(mock).status == 0);
  CHECK(read_file(directory.path("port")) == "1\n");
}

TEST_CASE("program: the port can be written to standard output") {
  Process process({.args = {"--port", "0", "--port-file", "/dev/stdout"}, .environment = {}, .input = {}});
  const std::string port = process.read_line().value_or(""), ready = process.read_line().value_or("");
  CHECK(ready.find("http://127.0.0.1:" + port + " ") != std::string::npos);
  process.signal(SIGTERM);
  CHECK(process.wait().status == 0);
}

TEST_CASE("program: without a standard output it still serves, and no client receives the ready line") {
  const TemporaryDirectory directory;
  const std::string file = directory.path("port");
  Process process(
      {.args = {"--port", "0", "--port-file", file}, .environment = {}, .input = {}, .closed_output = true});
  // Instead of the ready line, the file's content says that the server is running.
  const std::string text = await_in_file(file, "\n"), url = "http://127.0.0.1:" + text.substr(0, text.find('\n'));
  CHECK(ApiClient(url, kKey).send("GET", kCredits).status == 200);
  process.signal(SIGTERM);
  CHECK(process.wait().status == 0);
}

TEST_CASE("program: log lines are JSON if the log is not a terminal, and mask the key") {
  RunningMock mock;
  CHECK(ask(mock, kCredits) == 200);
  CHECK(ask(mock, std::string("/") + kKey + "/lost") == 404);
  CHECK(ask(mock, "/no%0d%0asuch\"path\x1b[31m\xff") != 200);
  for (const char* part : {kCredits, "/lost", "\"status\":400"}) mock.process.await_error(part);
  const auto ended = end(mock);
  CHECK(ended.errors.find(kKey) == std::string::npos);
  std::istringstream lines(ended.errors);
  int requests = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto parsed = nlohmann::json::parse(line, nullptr, false);
    REQUIRE_MESSAGE(parsed.is_object(), line);
    CHECK(parsed.contains("time"));
    if (parsed["msg"] == "request" && parsed["path"] == kCredits && parsed["status"] == 200) ++requests;
  }
  CHECK(requests == 1);
}

TEST_CASE("program: the log is appended to a log file, as text if asked for") {
  const TemporaryDirectory directory;
  const std::string file = directory.write("log", "before\n");
  RunningMock mock({"--log-file", file, "--log-format", "text"});
  CHECK(ask(mock, kCredits) == 200);
  const std::string line = std::string(" 200 GET ") + kCredits + " ", log = await_in_file(file, line);
  CHECK(log.starts_with("before\n"));
  CHECK(log.find(line) != std::string::npos);
  CHECK(log.find(kKey) == std::string::npos);
  CHECK(end(mock).errors.empty());
}

TEST_CASE("program: serves more connections than the shell's limit of open files") {
  std::optional<FewOpenFiles> few(256);
  const RunningMock mock({"--quiet"});
  few.reset();
  std::vector<RawSocket> sockets;
  int served = 0;
  for (int i = 0; i < 400; ++i) {
    const auto answer = sockets.emplace_back(mock.port).exchange("GET /__admin/health HTTP/1.1\r\nHost: x\r\n\r\n");
    if (answer.status == 200) ++served;
  }
  CHECK(served == 400);
}

#ifdef __linux__
auto thread_count(const Process& process) {
  const std::filesystem::directory_iterator threads("/proc/" + std::to_string(process.pid()) + "/task");
  return std::distance(begin(threads), end(threads));
}

TEST_CASE("program: calls to health start no threads") {
  RunningMock mock;
  std::vector<RawSocket> clients;
  for (int i = 0; i < 100; ++i) clients.emplace_back(mock.port);
  for (auto& client : clients) client.send("GET /__admin/health HTTP/1.1\r\nHost: mock\r\n\r\n");
  for (auto& client : clients) CHECK(client.receive().status == 200);
  CHECK(thread_count(mock.process) < 50);
}
#endif

TEST_CASE("program: with --quiet no request is logged") {
  RunningMock mock({"--quiet"});
  CHECK(ask(mock, kCredits) == 200);
  CHECK(end(mock).errors.empty());
}

TEST_CASE("program: settings come from the environment, too") {
  RunningMock mock({}, {{"ENRICHMENT_MOCK_CREDITS", "3"}, {"ENRICHMENT_MOCK_QUIET", "true"}});
  CHECK(ApiClient(mock.url, kKey).send("GET", kCredits).text == R"({"balance":3})");
}
