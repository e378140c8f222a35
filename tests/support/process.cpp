#include "support/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "support/checkout.h"

extern char** environ;

namespace enrichment_mock::support {
namespace {

// Only for the child that gets it.
int open_pipe(int* ends) {
#ifdef __linux__
  return ::pipe2(ends, O_CLOEXEC);
#else
  if (::pipe(ends) != 0) return -1;
  for (const int end : {ends[0], ends[1]}) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  return 0;
#endif
}

struct Pipe {
  Pipe() {
    if (open_pipe(ends.data()) != 0) throw std::runtime_error("pipe: " + std::string(std::strerror(errno)));
  }
  int reader() const { return ends[0]; }
  int writer() const { return ends[1]; }
  std::array<int, 2> ends{};
};

// A terminal for the child; we have its other end.
struct Terminal {
  Terminal() : ours(::posix_openpt(O_RDWR | O_NOCTTY)) {
    ::fcntl(ours, F_SETFD, FD_CLOEXEC);
    if (ours < 0 || ::grantpt(ours) != 0 || ::unlockpt(ours) != 0) throw std::runtime_error("no terminal is available");
    theirs = ::open(::ptsname(ours), O_RDWR | O_NOCTTY | O_CLOEXEC);
  }
  int ours = -1, theirs = -1;
};

std::vector<std::string> environment_of(const Process::Settings& settings) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const bool replaced = settings.environment.contains(text.substr(0, text.find('=')));
    if (!replaced && !text.starts_with("ENRICHMENT_MOCK_")) entries.push_back(text);
  }
  for (const auto& [name, value] : settings.environment) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// Returns false once the descriptor is closed at the other end, and closes it here, too.
bool read_some(int& fd, std::string& text) {
  char buffer[16 * 1024];
  const ssize_t count = ::read(fd, buffer, sizeof buffer);
  if (count < 0 && errno == EINTR) return true;
  if (count > 0) {
    text.append(buffer, static_cast<std::size_t>(count));
    return true;
  }
  ::close(fd);
  fd = -1;
  return false;
}

std::vector<std::string> with_free_port(std::vector<std::string> args) {
  args.insert(args.begin(), {"--port", "0"});
  return args;
}

}  // namespace

Process::Process(const Settings& settings) {
  std::vector<std::string> args{settings.program.empty() ? mock_binary() : settings.program};
  args.insert(args.end(), settings.args.begin(), settings.args.end());
  std::vector<std::string> environment = environment_of(settings);
  const auto argv = pointers(args), envp = pointers(environment);
  const Pipe input, output, errors, life;
  const std::optional<Terminal> terminal = settings.terminal ? std::optional<Terminal>(std::in_place) : std::nullopt;
  const ssize_t written = ::write(input.writer(), settings.input.data(), settings.input.size());
  if (written != static_cast<ssize_t>(settings.input.size())) throw std::runtime_error("the input fits no pipe");

  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork: " + std::string(std::strerror(errno)));
  if (pid_ == 0) {  // only what is safe between fork and exec
    ::dup2(terminal ? terminal->theirs : input.reader(), STDIN_FILENO);
    ::dup2(terminal ? terminal->theirs : output.writer(), STDOUT_FILENO);
    ::dup2(terminal ? terminal->theirs : errors.writer(), STDERR_FILENO);
    if (terminal) ::setsid(), ::ioctl(STDIN_FILENO, TIOCSCTTY, 0);
    if (settings.closed_output) ::close(STDOUT_FILENO);
    ::fcntl(life.writer(), F_SETFD, 0);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  for (const int fd : {input.reader(), input.writer(), output.writer(), errors.writer(), life.writer()}) ::close(fd);
  output_fd_ = output.reader(), errors_fd_ = errors.reader(), life_fd_ = life.reader();
  if (!terminal) return;
  ::close(output_fd_);
  ::close(terminal->theirs);
  output_fd_ = terminal->ours;
}

Process::~Process() {
  if (!status_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (const int fd : {output_fd_, errors_fd_, life_fd_})
    if (fd >= 0) ::close(fd);
}

// Waits for output and reads it. Returns false once the child has ended and all its output was read.
bool Process::gather(Deadline deadline) {
  std::array<pollfd, 3> fds{{{output_fd_, POLLIN, 0}, {errors_fd_, POLLIN, 0}, {life_fd_, POLLIN, 0}}};
  if (output_fd_ < 0 && errors_fd_ < 0 && life_fd_ < 0) return false;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  const int ready = left.count() > 0 ? ::poll(fds.data(), fds.size(), static_cast<int>(left.count())) : 0;
  if (ready == 0) throw std::runtime_error("the child hangs; it printed:\n" + output_ + errors_);
  std::string nothing;
  if (fds[0].revents != 0) read_some(output_fd_, output_);
  if (fds[1].revents != 0) read_some(errors_fd_, errors_);
  if (fds[2].revents != 0) read_some(life_fd_, nothing);
  return true;
}

std::optional<std::string> Process::read_line() {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    const auto end = output_.find('\n', lines_read_);
    if (end != std::string::npos) {
      const std::string line = output_.substr(lines_read_, end - lines_read_);
      lines_read_ = end + 1;
      return line;
    }
    if (output_fd_ < 0) return std::nullopt;
    gather(deadline);
  }
}

void Process::await_error(std::string_view text) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (errors_.find(text) == std::string::npos)
    if (!gather(deadline)) throw std::runtime_error("'" + std::string(text) + "' is not in:\n" + errors_);
}

void Process::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

bool Process::leaves_nothing() const {
  siginfo_t ended{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  pollfd life{life_fd_, POLLIN, 0};
  return life_fd_ < 0 || ::poll(&life, 1, 0) == 1;
}

void Process::type(std::string_view keys) const {
  if (::write(output_fd_, keys.data(), keys.size()) < 0) throw std::runtime_error("the terminal takes no keys");
}

void Process::close_terminal() {
  ::close(output_fd_);
  output_fd_ = -1;
}

Process::Ended Process::wait() {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (gather(deadline)) {
  }
  if (!status_) {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return {.status = *status_, .output = output_, .errors = errors_};
}

RunningMock::RunningMock(std::vector<std::string> args, std::map<std::string, std::string> environment)
    : process({.args = with_free_port(std::move(args)),
               .environment = std::move(environment),
               .input = {},
               .closed_output = false}),
      ready_line(process.read_line().value_or("")) {
  const auto found = ready_line.find("http");
  if (found == std::string::npos) throw std::runtime_error("no ready line but:\n" + process.wait().errors);
  url = ready_line.substr(found, ready_line.find(' ', found) - found);
  port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

Process::Ended run(std::vector<std::string> args, std::map<std::string, std::string> environment, std::string input) {
  return run_to_end({.args = std::move(args), .environment = std::move(environment), .input = std::move(input)});
}

Process::Ended run_to_end(const Process::Settings& settings) { return Process(settings).wait(); }

}  // namespace enrichment_mock::support
