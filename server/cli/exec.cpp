// The command exec: runs a command with a mock of its own.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <string>
#include <unistd.h>
#include <utility>

#include "base/text.h"
#include "cli/command_run.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/guardian.h"
#include "cli/process.h"
#include "cli/report.h"

namespace enrichment_mock::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kSettleTimeout{5'000};

// The command, and the signals that it gets. Shared with the thread that takes the signals, which runs until the
// process exits.
class Supervised {
 public:
  explicit Supervised(Guardian guardian) : guardian_(std::move(guardian)) {}

  // Returns when the command has ended.
  ProgramEnd run(const Program& program) {
    {
      const std::scoped_lock lock(phase_mutex_);
      guardian_.start(program);
      phase_ = Phase::running;
      has_started_ = true;
    }
    const auto end = guardian_.wait();
    const std::scoped_lock lock(phase_mutex_);
    phase_ = Phase::ended;
    status_ = end.status();
    return end;
  }

  // The first signal that asked the command to end, while it ran; 0: none did.
  int asked_to_end() {
    const std::scoped_lock lock(phase_mutex_);
    return asked_to_end_;
  }

  // Ends what the command has left behind.
  std::size_t end_all() { return guardian_.end(); }

  // The command has got a signal of the terminal already, unless it was not there yet.
  void handle(int signal, bool from_terminal) {
    const bool is_passed_on = !from_terminal || !has_started_;
    const std::scoped_lock lock(phase_mutex_);
    const bool ends = signal != SIGUSR1 && signal != SIGUSR2;
    const auto now = steady_clock::now();
    const bool is_repeated = !from_terminal && is_sent_twice(asked_to_end_, signal, now - asked_at_);
    if (is_repeated || (!ends && phase_ != Phase::running)) return;
    if (phase_ != Phase::running) leave(signal);
    const bool is_second = ends && asked_to_end_ != 0;
    if (ends && asked_to_end_ == 0) asked_to_end_ = signal, asked_at_ = now;
    if (is_second)
      guardian_.signal(SIGKILL);
    else if (is_passed_on)
      guardian_.signal(signal);
  }

 private:
  // Before the command runs, or while its result is checked.
  [[noreturn]] void leave(int signal) {
    guardian_.end();
    ::_exit(status_ != 0 ? status_ : 128 + signal);
  }

  enum class Phase { starting, running, ended };

  Guardian guardian_;
  std::mutex phase_mutex_;  // guards all below; held while the command is started, so that it gets every signal
  Phase phase_ = Phase::starting;
  int asked_to_end_ = 0;
  steady_clock::time_point asked_at_;
  int status_ = 0;

  std::atomic<bool> has_started_ = false;
};

// The command's readers and writers have to see when it closes its streams.
void leave_streams_to_command() {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO}) ::dup2(null, stream);
  ::close(null);
}

void say(const std::string& text) { print_error("enrichment-mock: " + base::printable(text, true) + "\n"); }

// Returns whether it could be written.
bool write_file(const std::string& file, const std::string& text, std::string_view what, std::string_view flag) {
  if (file.empty()) return true;
  try {
    write_output(file, text, what, flag, FifoReader::awaited);
    return true;
  } catch (const std::exception& error) {
    say(error.what());
    return false;
  }
}

ReportedCheck check_of(const Settings& settings, const ProgramEnd& end) {
  ReportedCheck check{.name = shown_command(settings.command)};
  if (end.status() == 0) return check;
  check.result = ReportedCheck::Result::failed;
  check.message = to_text(end);
  return check;
}

ReportedCheck check_of(const Advice& advice, Severity fail_on) {
  ReportedCheck check{.name = "advice"};
  if (!is_severe(advice, fail_on)) return check;
  check.result = advice.complete ? ReportedCheck::Result::failed : ReportedCheck::Result::not_checked;
  check.message = advice.complete ? "" : advice.reason;
  for (const auto& finding : advice.findings)
    if (finding.severity >= fail_on) check.message += (check.message.empty() ? "" : ", ") + finding.rule;
  return check;
}

std::string on_next_line(const std::string& text) { return text.empty() ? "" : "\n" + text; }

bool has_passed(const ReportedCheck& check) { return check.result == ReportedCheck::Result::passed; }

}  // namespace

int exec(const Settings& settings) {
  const auto supervised = std::make_shared<Supervised>(Guardian());
  leave_streams_to_command();
  const Terminal terminal;
  raise_fd_limit();
  configure_malloc();
  handle_signals([supervised](int signal, bool from_terminal) { supervised->handle(signal, from_terminal); });

  CommandRun mock(settings, "exec");
  const auto begin = steady_clock::now();
  const auto end = supervised->run(mock.program());
  const int stopped_by = supervised->asked_to_end();
  if (settings.verifies && stopped_by == 0) mock.settle(settings.wait.value_or(kSettleTimeout));
  if (const auto left = supervised->end_all(); left > 0) print_error("enrichment-mock: " + others_left(left));
  if (end.kind == ProgramEnd::Kind::killed) terminal.restore();

  Report report{.command = "exec", .checks = {check_of(settings, end)}};
  if (settings.verifies) report.checks.push_back(stopped_by == 0 ? mock.check() : mock.unchecked("a signal came"));
  const auto advice = mock.advice(stopped_by == 0 && end.kind == ProgramEnd::Kind::exited);
  if (settings.fail_on) report.checks.push_back(check_of(advice, *settings.fail_on));
  report.duration = std::chrono::ceil<std::chrono::milliseconds>(steady_clock::now() - begin);
  const auto failed = std::ranges::find_if_not(report.checks, has_passed);
  bool passed = failed == report.checks.end();
  const auto advice_text = advice.complete && advice.findings.empty() ? "" : to_text(advice);
  if (passed) {
    print_error(base::printable(advice_text, true));
  } else {
    for (const auto& check : report.checks)
      if (!has_passed(check)) say(check.name + ": " + check.message + on_next_line(check.details));
    const auto snapshot = mock.snapshot();
    const auto story =
        end.kind == ProgramEnd::Kind::not_started ? "" : mock.story(snapshot) + base::printable(advice_text, true);
    print_error(story);
    failed->details += (failed->details.empty() ? "" : "\n") + story;
    if (settings.github_actions) print_error(github_annotations(report));
    write_file(settings.snapshot_file, snapshot, "the snapshot", "--snapshot");
  }
  passed = write_file(settings.junit_file, junit_xml(report), "the report", "--junit") && passed;
  if (passed || end.status() != 0) return end.status();
  return stopped_by != 0 ? 128 + stopped_by : 1;
}

}  // namespace enrichment_mock::cli
