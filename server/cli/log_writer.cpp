#include "cli/log_writer.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <mutex>
#include <poll.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "base/threads.h"

namespace enrichment_mock::cli {

struct LogWriter::State {
  State(int descriptor, Dropped report, Limits its_limits)
      : fd(descriptor), dropped_line(std::move(report)), limits(its_limits) {}
  ~State() { ::close(fd); }

  // Waits for lines and moves them to `batch`. Returns true if these are the last ones.
  bool take(std::string& batch, std::size_t& dropped_in_all) {
    constexpr std::size_t kKeptCapacity = 256 * 1024;  // free the storage of a burst
    if (batch.capacity() > kKeptCapacity) batch = {};
    batch.clear();
    std::unique_lock lock(lines_mutex);
    arrived.wait(lock, [this] { return stopping || !lines.empty(); });
    arrived.wait_for(lock, limits.gather, [this] { return stopping; });
    batch.swap(lines);
    dropped_in_all += std::exchange(dropped, 0);
    return stopping;
  }

  const int fd;
  const Dropped dropped_line;
  const Limits limits;
  std::atomic<bool> abandoned{false};

  std::mutex lines_mutex;
  std::condition_variable arrived, finished;
  std::string lines;
  std::size_t dropped = 0;
  bool stopping = false, done = false;
  std::thread thread;
};

namespace {

// Returns how many bytes were written: fewer than all after an error, or if writing would block and `abandoned` is set.
std::size_t write_all(int fd, std::string_view text, const std::atomic<bool>& abandoned) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(fd, text.data() + written, text.size() - written);
    if (count >= 0) {
      written += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN && !abandoned) {  // a process that shares the descriptor made it non-blocking
      pollfd wait{.fd = fd, .events = POLLOUT, .revents = 0};
      ::poll(&wait, 1, 50);
    } else if (errno != EINTR) {
      return written;
    }
  }
  return written;
}

// False: out of memory.
bool add(std::string& text, std::string_view more) noexcept {
  try {
    text += more;
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

void block_broken_pipe_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

LogWriter::LogWriter(int fd, Dropped dropped, Limits limits)
    : state_(std::make_shared<State>(fd, std::move(dropped), limits)) {
  state_->thread = std::thread([state = state_] { run(*state); });
}

LogWriter::~LogWriter() { stop(); }

void LogWriter::append(std::string_view line) {
  State& state = *state_;
  {
    const std::scoped_lock lock(state.lines_mutex);
    if (state.stopping) return;
    const bool gathering = !state.lines.empty();
    if (state.lines.size() + line.size() > state.limits.buffered || !add(state.lines, line)) {
      ++state.dropped;
      return;
    }
    if (gathering) return;
  }
  state.arrived.notify_one();
}

void LogWriter::stop() {
  State& state = *state_;
  std::unique_lock lock(state.lines_mutex);
  state.stopping = true;
  state.arrived.notify_one();
  const bool done = state.finished.wait_for(lock, state.limits.flush, [&] { return state.done; });
  std::thread thread = std::exchange(state.thread, {});
  lock.unlock();
  if (!thread.joinable()) return;
  if (done) return thread.join();
  state.abandoned = true;
  thread.detach();
}

void LogWriter::run(State& state) {
  base::name_this_thread("log");
  block_broken_pipe_signal();
  std::string batch;
  std::size_t unreported = 0;
  bool cut = false;  // the last write ended in the middle of a line
  for (bool last = false; !last;) {
    last = state.take(batch, unreported);
    std::size_t lines_end = batch.size();
    bool reported = false;
    try {
      if (cut) batch.insert(batch.begin(), '\n');
      lines_end = batch.size();
      if (unreported > 0) batch += state.dropped_line(unreported);
      reported = true;
    } catch (const std::exception&) {  // out of memory: reported with the next lines
    }
    const std::size_t written = write_all(state.fd, batch, state.abandoned);
    if (reported && written == batch.size()) unreported = 0;
    if (written < lines_end) unreported += lines_in(std::string_view(batch).substr(written, lines_end - written));
    if (written > 0) cut = batch[written - 1] != '\n';
  }
  const std::scoped_lock lock(state.lines_mutex);
  state.done = true;
  state.finished.notify_all();
}

}  // namespace enrichment_mock::cli
