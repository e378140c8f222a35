#include "state/writer.h"

#include <chrono>
#include <exception>
#include <string>

#include "base/threads.h"
#include "runner/team_runner.h"

namespace enrichment_mock::state {

namespace {

using namespace std::chrono_literals;

constexpr auto kRetryPause = 200ms;  // while saving fails
constexpr auto kIdle = 50ms;         // without changes, until the file is cleaned up

}  // namespace

Writer::Writer(File& file, runner::Commits& commits, std::function<void(std::string_view)> warn)
    : file_(file), commits_(commits), warn_(std::move(warn)), thread_([this] { run(); }) {}

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

// Repeats it until it succeeds, or until the program stops.
void Writer::save(const runner::Commits::Taken& taken) {
  changes_.clear();
  for (std::size_t next = 0; next < taken.teams.size() && !commits_.stopped();) {
    try {
      changes_.reserve(taken.teams.size());
      runner::TeamChanges changes;
      taken.teams[next]->take_changes(changes);
      if (changes.team.world != 0) changes_.push_back(std::move(changes));  // else it was closed
      ++next;
    } catch (const std::bad_alloc&) {
      commits_.failed("there is no memory");
      commits_.pause(kRetryPause);
    }
  }
  while (!try_to_save({.teams = changes_, .ended_worlds = taken.ended_worlds, .closed_teams = taken.closed_teams})) {
    if (commits_.stopped()) return;
    commits_.pause(kRetryPause);
  }
  changes_.clear();
  commits_.saved(taken.announced);
  if (commits_.stopped()) return;
  for (const auto& action : taken.actions) action();
}

bool Writer::try_to_save(const File::Commit& commit) {
  try {
    file_.save(commit);
    if (failing_) warn_("the state is saved again");
    failing_ = false;
    return true;
  } catch (const std::exception& error) {
    if (!failing_)
      warn_("the state cannot be saved: " + std::string(error.what()) + "; calls are answered with 503 until it can");
    failing_ = true;
    commits_.failed(error.what());
    return false;
  }
}

}  // namespace enrichment_mock::state
