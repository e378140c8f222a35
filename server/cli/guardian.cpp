#include "cli/guardian.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <string_view>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#ifdef __linux__
#include <filesystem>
#include <fstream>
#include <sys/prctl.h>
#else
#include <sys/sysctl.h>
#endif

#include "base/threads.h"
#include "cli/process.h"

extern char** environ;

namespace enrichment_mock::cli {
namespace {

// Both ends of the connection are the same program.
struct Message {
  enum class Kind : std::uint32_t {
    // to the guardian
    start,   // value: the size of the packed program that follows
    signal,  // value: its number
    // from the guardian
    ended,        // value: as waitpid() has it
    not_started,  // value: errno
    left          // value: how many processes could not be ended; all others have ended
  };
  Kind kind = Kind::start;
  std::uint32_t value = 0;
};

bool send_all(int fd, const void* data, std::size_t size) {
  for (auto at = static_cast<const char*>(data); size > 0;) {
    const ssize_t count = ::write(fd, at, size);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) at += count, size -= static_cast<std::size_t>(count);
  }
  return true;
}

bool receive_all(int fd, void* data, std::size_t size) {
  for (auto at = static_cast<char*>(data); size > 0;) {
    const ssize_t count = ::read(fd, at, size);
    if (count == 0 || (count < 0 && errno != EINTR)) return false;
    if (count > 0) at += count, size -= static_cast<std::size_t>(count);
  }
  return true;
}

bool send(int fd, Message::Kind kind, std::uint32_t value) {
  const Message message{kind, value};
  return send_all(fd, &message, sizeof message);
}

// Texts that end in NUL: whether it has no streams, the number of words, the words, the variables.
std::string packed(const Program& program) {
  std::string text = program.has_no_streams ? "1" : "0";
  const auto add = [&](const std::string& each) { (text += '\0') += each; };
  add(std::to_string(program.words.size()));
  std::ranges::for_each(program.words, add);
  std::ranges::for_each(program.environment, add);
  return text + '\0';
}

Program unpacked(std::string_view text) {
  std::vector<std::string> texts;
  for (std::size_t at = 0; at < text.size(); at += texts.back().size() + 1)
    texts.emplace_back(text.substr(at, text.find('\0', at) - at));
  const auto words = texts.begin() + 2, variables = words + std::stol(texts[1]);
  return {.words = {words, variables}, .environment = {variables, texts.end()}, .has_no_streams = texts[0] == "1"};
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

void replace_by_null(std::initializer_list<int> streams) {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : streams) ::dup2(null, stream);
  ::close(null);
}

void set_close_on_exec(int fd) { ::fcntl(fd, F_SETFD, FD_CLOEXEC); }

// The children of this process; on systems other than Linux also their children, and so on. Empty if they cannot be
// listed.
#ifdef __linux__
std::optional<std::vector<pid_t>> running_children() {
  const auto own = std::to_string(::getpid());
  std::vector<pid_t> found;
  // Fast: a process that only forks and exits is caught, too.
  if (std::ifstream list("/proc/self/task/" + own + "/children"); list) {
    for (pid_t each = 0; list >> each;) found.push_back(each);
    return found;
  }
  if (!std::filesystem::exists("/proc/self/stat")) return std::nullopt;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream stat(entry.path() / "stat");
    std::string text;
    std::getline(stat, text, '\0');
    // "123 (name) S 1 …"; the name may contain anything.
    const auto fields = text.rfind(") ");
    if (fields != std::string::npos && text.compare(fields + 4, own.size() + 1, own + " ") == 0)
      found.push_back(static_cast<pid_t>(std::stol(name)));
  }
  return found;
}
#else  // macOS
std::optional<std::vector<pid_t>> running_children() {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_ALL};
  std::size_t size = 0;
  if (::sysctl(name, 3, nullptr, &size, nullptr, 0) != 0) return std::nullopt;
  std::vector<kinfo_proc> all(size / sizeof(kinfo_proc) + 64);  // some may start meanwhile
  size = all.size() * sizeof(kinfo_proc);
  if (::sysctl(name, 3, all.data(), &size, nullptr, 0) != 0) return std::nullopt;
  all.resize(size / sizeof(kinfo_proc));
  std::vector<pid_t> found{::getpid()};
  for (std::size_t i = 0; i < found.size(); ++i)
    for (const auto& each : all)
      if (each.kp_eproc.e_ppid == found[i] && each.kp_proc.p_pid != found[i]) found.push_back(each.kp_proc.p_pid);
  found.erase(found.begin());
  return found;
}
#endif

// Kills and reaps children until there is none, and returns how many belong to another user and so cannot be killed.
// The children of a killed process become this process's children, where it is a subreaper.
std::size_t end_children() {
  for (;;) {
    pid_t reaped = 0;
    do reaped = ::waitpid(-1, nullptr, WNOHANG);
    while (reaped > 0 || (reaped < 0 && errno == EINTR));
    if (reaped < 0) return 0;
    const auto children = running_children();
    if (!children) return 1;
    const auto killed = std::ranges::count_if(*children, [](pid_t each) { return ::kill(each, SIGKILL) == 0; });
    if (killed > 0)
      ::waitpid(-1, nullptr, 0);
    else if (!children->empty() && errno == EPERM)
      return children->size();
  }
}

// The same for the children whose guardian was killed; `guardians` watch other programs. Only where this process
// gets the children.
std::size_t end_orphans([[maybe_unused]] const std::vector<pid_t>& guardians) {
#ifdef __linux__
  for (;;) {
    auto orphans = running_children().value_or(std::vector<pid_t>{});
    std::erase_if(orphans, [&](pid_t each) { return std::ranges::find(guardians, each) != guardians.end(); });
    std::size_t killed = 0;
    for (const pid_t each : orphans)
      if (::kill(each, SIGKILL) == 0) ++killed, ::waitpid(each, nullptr, 0);
    if (killed == 0) return orphans.size();
  }
#else
  return 0;
#endif
}

void adopt_orphans() {
#ifdef __linux__
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
}

// What this process has changed before it becomes a guardian, or changes then.
struct Inherited {
  sigset_t mask{};
  struct sigaction child {};
  bool ignores_broken_pipes = false;
  pid_t group = 0;
};

// The guardian's side. Its process has one thread, which blocks all signals, and handles SIGCHLD while it waits.
class Watcher {
 public:
  Watcher(int connection, const Inherited& inherited) : connection_(connection), inherited_(inherited) {}

  [[noreturn]] void run() {
    while (wait_for_events()) {
    }
    if (program_ > 0) ::kill(program_, SIGKILL);
    const auto left = end_children();
    send(connection_, Message::Kind::left, static_cast<std::uint32_t>(left));
    ::_exit(0);
  }

 private:
  // False: the connection is closed.
  bool wait_for_events() {
    reap();
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(connection_, &readable);
    sigset_t all_but_child;
    sigfillset(&all_but_child);
    sigdelset(&all_but_child, SIGCHLD);
    if (::pselect(connection_ + 1, &readable, nullptr, nullptr, nullptr, &all_but_child) <= 0) return true;
    Message message;
    return receive_all(connection_, &message, sizeof message) && obey(message);
  }

  bool obey(const Message& message) {
    if (message.kind == Message::Kind::start) {
      std::string text(message.value, '\0');
      if (!receive_all(connection_, text.data(), text.size())) return false;
      start(unpacked(text));
    } else if (program_ > 0) {
      ::kill(program_, static_cast<int>(message.value));
    }
    return true;
  }

  void reap() {
    int status = 0;
    for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended != program_) continue;
      program_ = -1;
      send(connection_, Message::Kind::ended, static_cast<std::uint32_t>(status));
    }
  }

  void start(Program program) {
    int failure[2];  // closed by a program that starts; otherwise it carries the error
    if (::pipe(failure) != 0) return report_failure(errno);
    for (const int end : failure) set_close_on_exec(end);
    program_ = ::fork();
    if (program_ == 0) become(program, failure[1]);
    const int fork_error = program_ < 0 ? errno : 0;
    ::close(failure[1]);
    // Readers of what the program prints have to see when it closes its streams.
    replace_by_null({STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO});
    int error = fork_error;
    const bool failed = fork_error != 0 || receive_all(failure[0], &error, sizeof error);
    ::close(failure[0]);
    if (!failed) return;
    if (program_ > 0) ::waitpid(program_, nullptr, 0);
    program_ = -1;
    report_failure(error);
  }

  void report_failure(int error) { send(connection_, Message::Kind::not_started, static_cast<std::uint32_t>(error)); }

  [[noreturn]] void become(Program& program, int failure) {
#ifdef __linux__
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != guardian_) ::_exit(1);
#endif
    ::setpgid(0, inherited_.group);
    if (program.has_no_streams) {
      ::dup2(STDERR_FILENO, STDOUT_FILENO);
      replace_by_null({STDIN_FILENO});
    }
    auto argv = pointers_to(program.words), variables = pointers_to(program.environment);
    environ = variables.data();
    ::sigaction(SIGCHLD, &inherited_.child, nullptr);
    std::signal(SIGPIPE, inherited_.ignores_broken_pipes ? SIG_IGN : SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &inherited_.mask, nullptr);
    ::execvp(argv[0], argv.data());
    const int error = errno;
    send_all(failure, &error, sizeof error);
    ::_exit(127);
  }

  const int connection_;
  const Inherited inherited_;
  [[maybe_unused]] const pid_t guardian_ = ::getpid();
  pid_t program_ = -1;  // -1: it does not run
};

[[noreturn]] void guard(int connection, Inherited inherited) {
  base::name_this_thread("guardian");
  inherited.group = ::getpgrp();
  ::setpgid(0, 0);
  adopt_orphans();
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &inherited.mask);
  struct sigaction interrupt {};
  interrupt.sa_handler = [](int) {};  // ends pselect()
  ::sigaction(SIGCHLD, &interrupt, &inherited.child);
  Watcher(connection, inherited).run();
}

}  // namespace

int ProgramEnd::status() const {
  switch (kind) {
    case Kind::exited:
      return number;
    case Kind::killed:
      return 128 + number;
    case Kind::not_started:
      return number == ENOENT ? 127 : 126;
    case Kind::guardian_lost:
      break;
  }
  return 1;
}

std::string to_text(const ProgramEnd& end) {
  switch (end.kind) {
    case ProgramEnd::Kind::exited:
      return "exit status " + std::to_string(end.number);
    case ProgramEnd::Kind::killed:
      return "killed by signal " + std::to_string(end.number) + " (" + ::strsignal(end.number) + ")";
    case ProgramEnd::Kind::not_started:
      return "cannot be started: " + std::generic_category().message(end.number);
    case ProgramEnd::Kind::guardian_lost:
      break;
  }
  return "killed, because the process that watches it was killed";
}

struct Guardian::State {
  ~State() {
    if (connection >= 0) ::close(connection);
  }

  int connection = -1;
  pid_t guardian = -1;
  std::shared_ptr<std::vector<pid_t>> guardians;  // all of this process
  std::mutex sending;                             // guards what is written to the connection
  std::mutex ending;                              // guards all below; held until everything has ended
  bool has_ended = false;
  std::optional<std::size_t> left;  // as the guardian reports it at its end
};

Guardian::Guardian(std::span<const Guardian> others) : state_(std::make_unique<State>()) {
  const Inherited inherited{.ignores_broken_pipes = ignore_broken_pipes()};
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot connect processes");
  state_->connection = ends[0];
  for (const int end : ends) set_close_on_exec(end);
  if (ends[1] >= FD_SETSIZE) {
    ::close(ends[1]);
    throw std::system_error(EMFILE, std::generic_category(), "cannot watch a command");
  }
  state_->guardian = ::fork();
  if (state_->guardian == 0) {
    ::close(ends[0]);
    for (const Guardian& other : others) ::close(other.state_->connection);
    guard(ends[1], inherited);
  }
  const int error = errno;
  ::close(ends[1]);
  if (state_->guardian < 0) throw std::system_error(error, std::generic_category(), "cannot start a process");
  state_->guardians = others.empty() ? std::make_shared<std::vector<pid_t>>() : others.front().state_->guardians;
  state_->guardians->push_back(state_->guardian);
  // If the guardian is killed, its children become ours. A program that ignores SIGCHLD cannot wait for its children.
  adopt_orphans();
  std::signal(SIGCHLD, SIG_DFL);
}

Guardian::Guardian(Guardian&&) noexcept = default;

Guardian::~Guardian() {
  if (state_) end();
}

void Guardian::start(const Program& program) {
  const auto text = packed(program);
  const std::scoped_lock lock(state_->sending);
  if (send(state_->connection, Message::Kind::start, static_cast<std::uint32_t>(text.size())))
    send_all(state_->connection, text.data(), text.size());
}

ProgramEnd Guardian::wait() {
  Message message;
  if (!receive_all(state_->connection, &message, sizeof message)) return {ProgramEnd::Kind::guardian_lost, 0};
  const int value = static_cast<int>(message.value);
  if (message.kind == Message::Kind::left) {
    const std::scoped_lock lock(state_->ending);
    state_->left = message.value;
    return {ProgramEnd::Kind::killed, SIGKILL};
  }
  if (message.kind == Message::Kind::not_started) return {ProgramEnd::Kind::not_started, value};
  if (WIFSIGNALED(value)) return {ProgramEnd::Kind::killed, WTERMSIG(value)};
  return {ProgramEnd::Kind::exited, WEXITSTATUS(value)};
}

std::optional<ProgramEnd> Guardian::wait_until(std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd connection{.fd = state_->connection, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&connection, 1, static_cast<int>(std::max<long long>(0, left.count())));
    if (ready > 0) return wait();
    if (ready == 0 && left.count() <= 0) return std::nullopt;
  }
}

void Guardian::signal(int number) {
  const std::scoped_lock lock(state_->sending);
  send(state_->connection, Message::Kind::signal, static_cast<std::uint32_t>(number));
}

void Guardian::stop() { ::shutdown(state_->connection, SHUT_WR); }

std::size_t Guardian::end() {
  const std::scoped_lock lock(state_->ending);
  if (std::exchange(state_->has_ended, true)) return state_->left.value_or(0);
  stop();
  Message message;
  while (!state_->left && receive_all(state_->connection, &message, sizeof message))
    if (message.kind == Message::Kind::left) state_->left = message.value;
  while (::waitpid(state_->guardian, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (!state_->left) state_->left = end_orphans(*state_->guardians);
  return *state_->left;
}

}  // namespace enrichment_mock::cli
