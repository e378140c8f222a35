// Measures the time from spawning a server to its first 200.
//
//   first_answer RUNS PATH COMMAND ARGUMENT…
//
// Spawns COMMAND with each "{port}" in its arguments replaced by a free port, connects until a server answers
// GET PATH with 200, ends it with SIGTERM, and prints the microseconds, a line per run. Its own share is a vfork and a
// connect every 50 µs. Exit status 1 when a server exits early, answers something else, or takes more than 10 s.
#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <netinet/in.h>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(10);

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  ::close(fd);
  return ntohs(address.sin_port);
}

// Ends the child when it goes out of scope.
class Child {
 public:
  explicit Child(std::vector<std::string> command) {
    std::vector<char*> arguments;
    for (auto& argument : command) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    const int error = posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error("cannot start " + command[0]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (exited()) return;
    ::kill(pid_, SIGTERM);
    for (const auto until = Clock::now() + kPatience; Clock::now() < until;) {
      if (exited()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  bool exited() {
    if (!reaped_) reaped_ = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
    return reaped_;
  }

 private:
  pid_t pid_ = -1;
  bool reaped_ = false;
};

// False while the port is closed.
bool answers(std::uint16_t port, const std::string& request) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  bool ok = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  char head[13] = {};
  if (ok) {
    const timeval patience{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ok = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()) &&
         ::recv(fd, head, sizeof head - 1, MSG_WAITALL) == sizeof head - 1;
    if (!ok || std::string(head) != "HTTP/1.1 200") throw std::runtime_error("answered \"" + std::string(head) + "\"");
  }
  ::close(fd);
  return ok;
}

std::chrono::microseconds measure(std::vector<std::string> command, const std::string& path) {
  const std::uint16_t port = free_port();
  for (auto& argument : command) {
    if (const auto at = argument.find("{port}"); at != std::string::npos) argument.replace(at, 6, std::to_string(port));
  }
  const std::string request =
      "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nx-api-key: bench\r\nConnection: close\r\n\r\n";
  const auto start = Clock::now();
  Child child(std::move(command));
  while (!answers(port, request)) {
    if (child.exited()) throw std::runtime_error("the server exited before it answered");
    if (Clock::now() - start > kPatience) throw std::runtime_error("the server did not answer within 10 s");
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: first_answer RUNS PATH COMMAND ARGUMENT...\n";
    return 2;
  }
  try {
    for (int run = 0; run < std::atoi(argv[1]); ++run) {
      std::cout << measure({argv + 3, argv + argc}, argv[2]).count() << '\n';
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "first_answer: " << error.what() << '\n';
    return 1;
  }
}
