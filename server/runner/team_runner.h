// One team with its clock, kept up to date and shared by all threads: it owns the waiting and the locking that the
// passive engine leaves out. No I/O and no foreign call is made under its mutex.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/clock.h"
#include "engine/counters.h"
#include "engine/team.h"
#include "runner/audience.h"
#include "runner/deliverer.h"
#include "runner/journal.h"
#include "runner/timer.h"

namespace enrichment_mock::runner {

using engine::Duration;

// A call that the team's state does not allow; what() says why.
struct Conflict : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Something that fell due and has happened; a callback is listed when its attempt has ended.
struct FiredEntry {
  Instant at{};                     // when it was due
  engine::EnrichmentId enrichment;  // not of a moment of the schedule
  std::uint32_t copy = 0;           // of a callback's attempt: which of its enrichment's
  // The status that a transition led to, how a callback's attempt went, or a moment of the schedule.
  std::variant<engine::Status, engine::AttemptResult, engine::ScheduleMoment> what;
};

// What a call meets first. Neither: it may pass.
struct Admitted {
  std::shared_ptr<const scenario::Reply> reply;  // as engine::Admission has it
  std::optional<std::int64_t> retry_after;       // too many: seconds, real ones while the clock runs, else team time's
};

// What settle leaves open.
struct OpenLookup {
  engine::EnrichmentId enrichment;
  enum class Why { forever, polls, pending, delivering } why;
};

// As the control API writes it: "forever", "polls".
std::string_view to_text(OpenLookup::Why why);

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
  Audience* audience = nullptr;  // may be null
};

// How a team is spoken of, and what is kept of its calls.
struct TeamProfile {
  std::string label;            // in logs: its name, or its key masked
  std::string id = {};          // in the control API
  std::string masked_key = {};  // of the key that opened it
  std::uint64_t order = 0;      // of its opening
  std::size_t journal_size = 0;
  bool came_back = false;  // it was open before, and let go of when there were too many
  std::shared_ptr<Sequence> sequence = std::make_shared<Sequence>();
};

struct ClockView {
  bool manual = false;
  double scale = 1;
  Instant now{};
};

// No advance and no wait is longer.
constexpr std::chrono::hours kYear{365 * 24};

class TeamRunner final : public Sleeper, public std::enable_shared_from_this<TeamRunner> {
 public:
  TeamRunner(Surroundings surroundings, engine::TeamSetup setup, TeamProfile profile);

  // The emulated API's commands. What is due by now happens before them. A request whose callback is to be made first
  // returns when that attempt has ended, or when the runner is told to hold up nobody any more.
  Admitted admit(scenario::Event event);
  engine::RequestResult request(engine::EnrichmentRequest request);
  std::optional<engine::PollResult> poll(const engine::EnrichmentId& id, bool spoilt = false);
  engine::CreditsResult credits();
  void count_refused(int status);
  void count_unmatched();

  // Lets `write` put a call on record, with the team's time and state: unless it led to an enrichment that a reset has
  // done away with since, so that nothing of before a reset shows up in the journal after it.
  template <class Write>
  void keep_record(const std::optional<engine::EnrichmentId>& enrichment, Write write) {
    std::lock_guard lock(mutex_);
    if (!enrichment || team_.find(*enrichment)) write(clock_.now(around_.time.now()), std::as_const(team_));
  }

  // Runs another scenario from now on, as engine::Team::replace has it. `own`: it is this team's alone, and stays until
  // a reset.
  void replace(std::shared_ptr<const scenario::Scenario> scenario, bool own = false);
  bool has_own_scenario() const { return own_scenario_; }

  // Why nothing can be told of the team's past: some of it is lost, until a reset says that it does not matter.
  std::optional<std::string> lost_past() const;

  // A new generation of the team, with nothing of the old: attempts under way are cut before this returns, their
  // results and all waits for the old one are void (Conflict); credits, rules and clock are as the scenario has them.
  void reset(std::shared_ptr<const scenario::Scenario> scenario);

  // A command of its own on the engine's team: `act` gets engine::Team& and the team's time.
  template <class Act>
  auto act(Act act) {
    return command([&](engine::Team& team, Instant now) { return act(team, now); });
  }

  // One attempt more of a callback, at once. Returns when it has ended; false: there is none, or it is delivering.
  // Throws Conflict when the team is reset meanwhile.
  bool redeliver(engine::Number callback);

  ClockView clock();
  // At `now` or where it is, whichever is later; fires what falls due up to there, but for callbacks. Throws Conflict
  // while an advance or settle is under way, as does run_clock.
  ClockView stop_clock(std::optional<Instant> now);
  ClockView run_clock(double scale);

  // Waits, in real time, until `holds` of the team, a const engine::Team&. False: the timeout came first. Throws
  // Conflict when the team is reset or the server stops meanwhile.
  template <class Holds>
  bool wait_until(std::chrono::milliseconds timeout, Holds holds) {
    std::unique_lock lock(mutex_);
    const Waiting waiting(*this);
    return await(deadline_in(timeout), lock, [&] { return holds(std::as_const(team_)); });
  }

  // Moves a manual clock on by `by`, at most a year at a time, and fires all that falls due on the way, one delivery at
  // a time, each result awaited. Other calls go on meanwhile and see the time of the entry that is firing. Throws
  // Conflict: the clock is running, another advance or settle is under way, the runner has stopped.
  std::vector<FiredEntry> advance(Duration by);
  // The same up to the next thing that falls due, and all of that instant; nothing, if there is none.
  std::vector<FiredEntry> advance_to_next();

  // Goes on until no timed lookup and no callback remains; see SettleResult. Throws Conflict like advance, but works
  // on running clocks, too. `timeout` is real time.
  SettleResult settle(std::chrono::milliseconds timeout);

  Instant now();

  // What has not come to its end, and why.
  std::vector<OpenLookup> open();

  // Reads the team under the lock: `look` gets a const engine::Team& and must not call back.
  template <class Look>
  auto inspect(Look look) {
    return command([&](engine::Team& team, Instant) { return look(std::as_const(team)); });
  }

  // What has been counted, in all generations.
  engine::Totals totals();

  const std::string& label() const { return profile_.label; }
  const TeamProfile& profile() const { return profile_; }
  const std::string& name() const { return name_; }  // as the scenario file has it; empty: none
  Journal& journal() { return journal_; }
  std::shared_ptr<const scenario::Scenario> scenario() const;

  // For the choice of which team has to go when there are too many.
  RealTime last_used() const { return RealTime(RealTime::duration(last_used_.load(std::memory_order_relaxed))); }
  void touch(RealTime at) { last_used_.store(at.time_since_epoch().count(), std::memory_order_relaxed); }
  bool nothing_pending();

  void wake() override;

  // From here on no call waits for anything: the server is about to stop, and with it the threads that wait. Waits,
  // advances and settles end with Conflict.
  void hold_up_nobody();

  // The same; nothing is fired or delivered any more.
  void stop();

 private:
  struct Telling;
  struct Claim;  // of the one advance or settle that may be under way

  // The attempts of one generation that are under way.
  struct Flight {
    base::StopSignal cut;
    std::size_t count = 0;
  };
  using FlightPtr = std::shared_ptr<Flight>;

  // An attempt that is to be handed to the deliverer, outside the lock.
  struct Outgoing {
    engine::DueAttempt attempt;
    FlightPtr flight;
    std::size_t count = 0;  // of the callback's attempts, this one included
  };

  // Says that somebody wants to hear of every change.
  struct Waiting {
    explicit Waiting(TeamRunner& owner) : team(owner) { ++team.waiting_; }
    ~Waiting() { --team.waiting_; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    TeamRunner& team;
  };

  template <class Act>
  auto command(Act act) {
    std::vector<Outgoing> due;
    std::optional<RealTime> wake_at;
    auto result = [&] {
      std::lock_guard lock(mutex_);
      const Instant now = catch_up(due);
      auto value = act(team_, now);
      wake_at = next_wake();
      if (recorder_ || waiting_ > 0) changed_.notify_all();
      return value;
    }();
    hand_out(std::move(due), wake_at);
    return result;
  }

  Instant catch_up(std::vector<Outgoing>& due);  // under mutex_
  std::optional<RealTime> next_wake();           // under mutex_
  Outgoing launch(engine::DueAttempt attempt);   // under mutex_
  void hand_out(std::vector<Outgoing> due, std::optional<RealTime> wake_at);
  void tell();
  void deliver(Outgoing outgoing);
  void deliver_and_wait(Outgoing outgoing);
  void finish(const FlightPtr& flight, engine::Number callback, engine::AttemptResult result);
  void check_unclaimed() const;  // under mutex_, as the next
  void check_manual() const;
  void record(const engine::Fired& fired);                // under mutex_
  void record_attempt(const engine::Callback& callback);  // under mutex_
  template <class Enough>
  bool fire_until(Instant limit, Enough enough, RealTime deadline, std::unique_lock<std::mutex>& lock);
  RealTime deadline_in(std::chrono::milliseconds timeout) const;
  bool await(RealTime deadline, std::unique_lock<std::mutex>& lock, const std::function<bool()>& holds);
  std::vector<OpenLookup> open_lookups() const;  // under mutex_

  Surroundings around_;
  const TeamProfile profile_;
  const std::string name_;
  Journal journal_;
  std::atomic<bool> own_scenario_ = false;
  std::atomic<bool> lost_past_;
  std::atomic<RealTime::rep> last_used_ = 0;

  mutable std::mutex scenario_mutex_;  // guards scenario_
  std::shared_ptr<const scenario::Scenario> scenario_;

  std::mutex telling_mutex_;         // held while the audience hears; taken before mutex_
  std::mutex mutex_;                 // guards all below
  std::condition_variable changed_;  // a result came in, something fired, or it stopped
  engine::TeamSetup setup_;
  engine::Clock clock_;
  engine::Team team_;
  std::uint64_t generation_ = 0;
  engine::Totals past_;        // of the generations before
  FlightPtr flight_;           // of this generation; null: nothing is under way
  std::size_t being_cut_ = 0;  // attempts of generations before, still on their way to an end
  std::size_t waiting_ = 0;
  std::vector<FiredEntry>* recorder_ = nullptr;  // of the advance or settle under way
  bool holds_up_ = true;
  bool stopped_ = false;
};

}  // namespace enrichment_mock::runner
