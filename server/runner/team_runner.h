// One team with its clock, kept up to date and shared by all threads: it owns the waiting and the locking that the
// passive engine leaves out. No I/O and no foreign call is made under its mutex.
#pragma once
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/clock.h"
#include "engine/team.h"
#include "runner/deliverer.h"
#include "runner/time_source.h"
#include "runner/timer.h"

namespace enrichment_mock::runner {

using engine::Duration;

// A call that the team's state does not allow; what() says why.
struct Conflict : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Something that fell due and has happened; a callback is listed when its attempt has ended.
struct FiredEntry {
  Instant at{};  // when it was due
  engine::EnrichmentId enrichment;
  std::optional<engine::Status> status;          // of a transition
  std::optional<engine::AttemptResult> attempt;  // of a callback
};

// What settle leaves open.
struct OpenLookup {
  engine::EnrichmentId enrichment;
  enum class Why { forever, polls, pending, delivering } why;
};

struct SettleResult {
  bool complete = true;  // false: the timeout came first
  Instant now{};
  std::vector<FiredEntry> fired;
  std::vector<OpenLookup> open;
};

// What the parts of a runner share.
struct Surroundings {
  TimeSource& time;
  Timer& timer;
  Deliverer& deliverer;
};

class TeamRunner final : public Sleeper, public std::enable_shared_from_this<TeamRunner> {
 public:
  // `label` is how logs name the team: its name, or its key masked.
  TeamRunner(Surroundings surroundings, engine::TeamSetup setup, std::string label);

  // The emulated API's commands. What is due by now happens before them.
  engine::RequestResult request(engine::EnrichmentRequest request);
  std::optional<engine::EnrichmentView> poll(const engine::EnrichmentId& id);
  std::int64_t credits();

  // Moves a manual clock on by `by`, at most a year at a time, and fires all that falls due on the way, one delivery at
  // a time, each result awaited. Other calls go on meanwhile and see the time of the entry that is firing. Throws
  // Conflict: the clock is running, another advance or settle is under way, the runner has stopped.
  std::vector<FiredEntry> advance(Duration by);

  // Goes on until no timed lookup and no callback remains; see SettleResult. Throws Conflict like advance, but works
  // on running clocks, too. `timeout` is real time.
  SettleResult settle(std::chrono::milliseconds timeout);

  Instant now();

  // Reads the team under the lock: `look` gets a const engine::Team& and must not call back.
  template <class Look>
  auto inspect(Look look) {
    return command([&](engine::Team& team, Instant) { return look(std::as_const(team)); });
  }

  const std::string& label() const { return label_; }
  const std::string& scenario_name() const { return scenario_name_; }
  const scenario::Scenario& scenario() const { return *scenario_; }

  // For the choice of which team has to go when there are too many.
  RealTime last_used() const { return RealTime(RealTime::duration(last_used_.load(std::memory_order_relaxed))); }
  void touch(RealTime at) { last_used_.store(at.time_since_epoch().count(), std::memory_order_relaxed); }
  bool nothing_pending();

  void wake() override;

  // Ends waits with Conflict; nothing is fired or delivered any more.
  void stop();

 private:
  struct Claim;  // of the one advance or settle that may be under way

  template <class Act>
  auto command(Act act) {
    std::vector<engine::DueAttempt> due;
    std::optional<RealTime> wake_at;
    auto result = [&] {
      std::lock_guard lock(mutex_);
      const Instant now = catch_up(due);
      auto value = act(team_, now);
      wake_at = next_wake();
      return value;
    }();
    hand_out(std::move(due), wake_at);
    return result;
  }

  Instant catch_up(std::vector<engine::DueAttempt>& due);  // under mutex_
  std::optional<RealTime> next_wake();                     // under mutex_
  void hand_out(std::vector<engine::DueAttempt> due, std::optional<RealTime> wake_at);
  void deliver(engine::DueAttempt attempt);
  void finish(std::uint32_t callback, engine::AttemptResult result);
  void record(const engine::Fired& fired);                // under mutex_
  void record_attempt(const engine::Callback& callback);  // under mutex_
  bool fire_until(Instant limit, RealTime deadline, std::unique_lock<std::mutex>& lock);
  bool await_settled(RealTime deadline, std::unique_lock<std::mutex>& lock);
  template <class Condition>
  bool await(RealTime deadline, std::unique_lock<std::mutex>& lock, Condition holds);
  std::vector<OpenLookup> open_lookups() const;  // under mutex_

  Surroundings around_;
  const std::string label_, scenario_name_;
  const std::shared_ptr<const scenario::Scenario> scenario_;
  std::atomic<RealTime::rep> last_used_ = 0;

  std::mutex mutex_;                 // guards all below
  std::condition_variable changed_;  // a result came in, something fired, or it stopped
  engine::Clock clock_;
  engine::Team team_;
  std::vector<FiredEntry>* recorder_ = nullptr;  // of the advance or settle under way
  bool stopped_ = false;
};

}  // namespace enrichment_mock::runner
