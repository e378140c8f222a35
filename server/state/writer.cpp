#include "state/writer.h"

#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "base/threads.h"
#include "runner/team_runner.h"

namespace enrichment_mock::state {

namespace {

using namespace std::chrono_literals;

constexpr auto kRetryPause = 200ms;  // while saving fails
constexpr auto kIdle = 50ms;         // without changes, until the file is cleaned up

}  // namespace

Writer::Writer(File& file, runner::Commits& commits, std::function<void(std::string_view)> warn,
               std::function<void()> on_failing)
    : file_(file), commits_(commits), warn_(std::move(warn)), on_failing_(std::move(on_failing)), thread_([this] {
        run();
      }) {}

Writer::~Writer() { stop(); }

void Writer::stop() {
  commits_.stop();
  if (thread_.joinable()) thread_.join();
}

void Writer::run() {
  base::name_this_thread("state");
  bool is_clean = false;
  for (;;) {
    try {
      const auto until =
          is_clean ? std::chrono::steady_clock::time_point::max() : std::chrono::steady_clock::now() + kIdle;
      const auto taken = commits_.take(until);
      if (taken) {
        save(*taken);
        is_clean = false;
      } else if (commits_.stopped()) {
        return;
      } else {
        is_clean = !file_.clean_up();
      }
    } catch (const std::exception&) {  // no memory, or the file cannot be cleaned up now
      if (commits_.stopped()) return;
      is_clean = true;
      commits_.pause(kRetryPause);
    }
  }
}

// Repeats it until it succeeds, or until the program stops. Does not throw, so that nothing of what was taken is lost.
void Writer::save(const runner::Commits::Taken& taken) noexcept {
  changes_.clear();
  while (!collect(taken.teams))
    if (!pause_after("there is no memory")) return;
  while (!try_to_save({.teams = changes_, .ended_worlds = taken.ended_worlds, .closed_teams = taken.closed_teams}))
    if (commits_.stopped()) return;
  changes_.clear();
  commits_.saved(taken.announced);
  if (commits_.stopped()) return;
  for (const auto& action : taken.actions) action();
}

// Takes the changes of the teams that it has not taken before. False: there is no memory.
bool Writer::collect(const std::vector<std::shared_ptr<runner::TeamRunner>>& teams) noexcept {
  try {
    changes_.reserve(teams.size());
    for (auto next = changes_.size(); next < teams.size(); ++next) {
      runner::TeamChanges changes;
      teams[next]->take_changes(changes);
      changes_.push_back(std::move(changes));
    }
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

// False: the program stops.
bool Writer::pause_after(const char* failure) noexcept {
  if (commits_.failed(failure)) on_failing_();
  if (commits_.stopped()) return false;
  commits_.pause(kRetryPause);
  return true;
}

bool Writer::try_to_save(const File::Commit& commit) noexcept {
  try {
    file_.save(commit);
    if (std::exchange(failing_, false)) warn("the state is saved again", "");
    return true;
  } catch (const std::exception& error) {
    if (!std::exchange(failing_, true))
      warn("the state cannot be saved, and calls are answered with 503 until it can: ", error.what());
    pause_after(error.what());
    return false;
  }
}

void Writer::warn(const char* text, const char* cause) noexcept {
  try {
    warn_(std::string(text) + cause);
  } catch (const std::exception&) {  // no memory for the warning
  }
}

}  // namespace enrichment_mock::state
