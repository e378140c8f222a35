// The changes of teams that are not saved yet, and the threads that wait until they are. A team announces its changes
// under its own mutex. One thread, the writer (state/writer.h), takes the changes of all teams and saves them in one
// commit. A response is sent, and a callback attempt begins, after a commit of everything that it can show.
//
// Each commit holds each team as it was at one moment. Thread-safe. Its mutex may be locked under any other of the
// runner; under it, responses are resumed.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/waiting.h"

namespace enrichment_mock::runner {

class TeamRunner;

// Changes cannot be saved at present. what() says why.
struct NotSaved : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Commits {
 public:
  // `last_world`: the highest number of a world so far, see SavedTeam::world.
  explicit Commits(std::uint64_t last_world) : last_world_(last_world) {}

  std::uint64_t next_world() { return ++last_world_; }

  // The team has changes to be taken. Called under the team's mutex.
  void announce(TeamRunner& team);

  // The team was closed, and these worlds of it have ended; `identity`: the hash of its identity. If this throws,
  // nothing has changed.
  void announce_closed(std::span<const std::uint64_t> worlds, std::uint64_t identity);

  // Waits until everything that was announced before is saved. Throws NotSaved if saving fails, or has failed and has
  // not succeeded since.
  void wait();

  // The number of what was announced last. What is announced later has a higher one.
  std::uint64_t announced() const { return announced_; }

  // Whether wait() would return at once for what was announced up to that number, the ticket of the response. If not,
  // the response will be resumed once, on another thread, possibly before this returns: when it would.
  bool is_over(const base::Resumer::Waiting& response);

  // Throws NotSaved unless everything that was announced up to that number is saved.
  void check_saved(std::uint64_t announced) const;

  // Throws NotSaved if saving has failed and has not succeeded since.
  void check() const;
  bool failing() const { return failing_; }

  // `action` is called on the writer's thread, once everything that was announced before is saved. It must not throw.
  void when_saved(std::function<void()> action);

  // For the writer. ---------------------------------------------------------------------------------------------------

  struct Taken {
    std::vector<std::shared_ptr<TeamRunner>> teams;
    std::vector<std::uint64_t> ended_worlds, closed_teams;
    std::vector<std::function<void()>> actions;
    std::uint64_t announced = 0;  // to be passed to saved()
  };

  // Waits until something has been announced and takes it. Nothing: nothing was announced by `until`, or stop() was
  // called and everything has been taken. If it throws because memory has run out, nothing has been taken.
  std::optional<Taken> take(std::chrono::steady_clock::time_point until);

  // Everything that was taken so far is saved.
  void saved(std::uint64_t announced);

  // Saving fails: waits end with NotSaved until saved() is called. Returns whether it has begun to fail.
  bool failed(const char* why) noexcept;

  // Lets take() return. Afterwards nothing waits any more.
  void stop();
  bool stopped() const { return stopped_; }

  // Waits for that long, or until stop() is called.
  void pause(std::chrono::milliseconds duration);

 private:
  bool has_work() const { return changed_ || !ended_worlds_.empty() || !closed_teams_.empty() || !actions_.empty(); }
  void notify_writer();                        // under mutex_
  void resume_until(std::uint64_t announced);  // under mutex_

  std::atomic<std::uint64_t> last_world_;
  std::atomic<std::uint64_t> announced_ = 0, saved_ = 0;  // numbers of announcements; change under mutex_
  std::atomic<bool> failing_ = false, stopped_ = false;

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable work_, done_;
  bool writer_waits_ = false;
  std::size_t waiting_ = 0;                                // threads in wait()
  std::vector<base::Resumer::Waiting> waiting_responses_;  // see is_over()
  std::shared_ptr<TeamRunner> changed_;                    // a linked list, see TeamRunner::next_changed_
  std::size_t changed_count_ = 0;
  std::vector<std::uint64_t> ended_worlds_, closed_teams_;
  std::vector<std::function<void()>> actions_;
  std::string why_;
};

}  // namespace enrichment_mock::runner
