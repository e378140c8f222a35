// One team with its clock. Adds to the passive engine what threads need: a mutex, waiting, and the timer. No I/O is
// done and no other part is called under its mutex. Thread-safe.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/clock.h"
#include "engine/counters.h"
#include "engine/team.h"
#include "runner/attempts_in_flight.h"
#include "runner/commits.h"
#include "runner/deliverer.h"
#include "runner/event_outbox.h"
#include "runner/idle_teams.h"
#include "runner/journal.h"
#include "runner/notifying_mutex.h"
#include "runner/running_scenario.h"
#include "runner/saved_team.h"
#include "runner/sink.h"
#include "runner/team_clock.h"
#include "runner/team_keys.h"
#include "runner/timer.h"
#include "runner/waits.h"

namespace enrichment_mock::runner {

// The result of the checks that come before a request is read. If both are empty, the request is processed.
struct Admitted {
  std::shared_ptr<const scenario::Reply> reply;  // see engine::Admission
  engine::Duration delay{0};                     // of this reply
  // Set if the rate limit is exceeded: seconds, of real time if the clock runs, else of team time.
  std::optional<std::int64_t> retry_after;
};

// The services that all teams share.
struct TeamServices {
  TimeSource& time;
  Timer& timer;
  Deliverer& deliverer;
  EventObserver* observer = nullptr;  // may be null
  std::function<void(std::string_view)> warn = [](std::string_view) {};
  Commits* commits = nullptr;  // null: nothing is saved
};

// The team's names, and what it shares with other teams.
struct TeamProfile {
  std::string label;            // for logs: its name, or its key masked
  std::string name = {};        // from the scenario file; empty: it has none
  std::string id = {};          // for the control API
  std::string masked_key = {};  // the key that opened it
  std::string own_key = {};     // the only key; empty: a scenario lists the team's keys
  std::uint64_t order = 0;      // teams are numbered in the order in which they are opened
  bool reopened = false;        // it was open before, and was closed because there were too many teams
  std::shared_ptr<Journals> journals = std::make_shared<Journals>();
  std::shared_ptr<IdleTeams> idle_teams = {};  // may be null
  std::shared_ptr<Sink> sink = {};             // may be null
};

class TeamRunner final : public TimerListener, public std::enable_shared_from_this<TeamRunner> {
 public:
  TeamRunner(TeamServices services, engine::TeamSetup setup, TeamProfile profile);

  // Continues a saved team. Nothing happens before resume(). `read_records` passes its records to the engine's team.
  using ReadRecords = std::function<void(engine::Team&)>;
  TeamRunner(TeamServices services, const SavedTeam& saved, engine::Retention keep, TeamProfile profile,
             const ReadRecords& read_records);

  // What fell due since the team was saved happens now, in its order. Callback attempts that are overdue are spread out
  // over the time from now on.
  void resume();
  ~TeamRunner() override;

  // The commands of the emulated API. Everything due by now happens before them. If the scenario sends the callback
  // before the response, request() returns when that attempt has ended, or when waits are cancelled.
  Admitted admit(scenario::CallKind call);
  engine::RequestResult request(const engine::EnrichmentRequest& request);
  std::optional<engine::PollResult> poll(const engine::EnrichmentId& id, bool has_fault = false);
  engine::CreditsResult credits();
  void count_refused(int status);
  void count_unmatched();

  // Calls `write` with the team's time and state, to record a call in the journal. False: the call's enrichment no
  // longer exists, because a reset has removed it, and nothing was recorded.
  template <class Write>
  bool record_call(const std::optional<engine::EnrichmentId>& enrichment, Write write) {
    std::lock_guard lock(mutex_);
    if (enrichment && !team_.find(*enrichment)) return false;
    write(clock_.now(services_.time.now()), std::as_const(team_));
    waits_.notify_recorded();
    return true;
  }

  // Raised by the next reset, to end a delayed or stalled response.
  std::shared_ptr<const base::StopSignal> reset_signal();

  // Moves the changes since the last call to `into`, which is empty. If this throws, nothing has changed.
  void take_changes(TeamChanges& into);

  // The name of the scenario that the library has for the team's key.
  void set_library_scenario(std::string name) { scenario_.set_library_name(std::move(name)); }

  // The team's keys or its library scenario have changed.
  void announce_profile();

  // Its records are no longer saved: it was closed.
  void end_saving(std::uint64_t identity_hash);

  // Any other command: `command` gets engine::Team& and the command's engine::Context. It must not call this object.
  // The same is true for the functions that are passed to the members below.
  template <class Command>
  auto execute(Command command) {
    CommandScope scope(*this);
    const Instant now = scope.catch_up();
    return command(team_, engine::Context(now, events_.open_batch()));
  }

  // Everything due by now happens; then `reader` gets a const engine::Team&.
  template <class Reader>
  auto catch_up_and_read(Reader reader) {
    CommandScope scope(*this, Access::reads);
    scope.catch_up();
    return reader(std::as_const(team_));
  }

  // The same in slices, so that other calls of the team do not wait long. `reader` gets a const engine::Team& and the
  // number at which its slice begins, and returns the number at which the next slice begins, if there is one. False: a
  // reset has ended the reading. If it takes a third argument, it gets what the clock shows.
  template <class Reader>
  bool read_in_slices(engine::Number from, Reader reader) {
    std::optional<std::uint64_t> generation;
    for (std::optional<engine::Number> next = from; next; yield_to_waiting_threads()) {
      CommandScope scope(*this, Access::reads);
      const Instant now = scope.catch_up();
      if (!generation) generation = waits_.generation();
      if (*generation != waits_.generation()) return false;
      if constexpr (std::is_invocable_v<Reader, const engine::Team&, engine::Number, const ClockView&>)
        next =
            reader(std::as_const(team_), *next, ClockView{clock_.manual(), clock_.scale(), now, clock_.always_real()});
      else
        next = reader(std::as_const(team_), *next);
    }
    return true;
  }

  // Reads the team in the state after the last command; nothing due happens.
  template <class Reader>
  auto read(Reader reader) const {
    std::lock_guard lock(mutex_);
    return reader(team_);
  }

  // Waits, in real time, until `holds`, which gets a const engine::Team&, returns true. False: it did not within the
  // timeout. Throws Conflict if the team is reset or the server stops meanwhile.
  template <class Holds>
  bool wait_until(std::chrono::milliseconds timeout, Holds holds) {
    Waits::Lock lock(mutex_);
    return waits_.until([&] { return holds(std::as_const(team_)); }, waits_.deadline_in(timeout), lock);
  }

  // The same for a condition that takes long to check, or that depends on the journal. `check` is called without the
  // mutex, so it may call this object: now, after changes, and a last time at the timeout. See Waits::until_checked().
  bool wait_until_checked(std::chrono::milliseconds timeout, const Waits::Check& check) {
    Waits::Lock lock(mutex_);
    return waits_.until_checked(check, waits_.deadline_in(timeout), lock);
  }

  // Sends a callback again at once, and returns when that attempt has ended. False: there is no such callback, or an
  // attempt of it is in progress. Throws Conflict if the team is reset meanwhile.
  bool redeliver(engine::Number callback);

  TeamClock& clock() { return team_clock_; }

  // Runs another scenario from now on, see engine::Team::replace. `own`: only this team has it, and keeps it until a
  // reset.
  void replace(std::shared_ptr<const scenario::Scenario> scenario, bool own = false);
  std::shared_ptr<const scenario::Scenario> scenario() const { return scenario_.get(); }
  bool has_own_scenario() const { return scenario_.is_own(); }

  // Lets what is due happen in time, also if there is no command.
  void wake() { services_.timer.arm(shared_from_this(), services_.time.now()); }

  // Starts the team again from the scenario: without callbacks, journal and what its callbacks have sent to the sink,
  // with the scenario's enrichments, credits, rules and clock. Before this returns, callback attempts in progress are
  // cut off, waits end with Conflict, and delayed, dribbled and stalled responses end. Returns about how many bytes
  // that freed.
  std::size_t reset(std::shared_ptr<const scenario::Scenario> scenario);

  // Continues with what a snapshot has of a team, on a manual clock. What was there before ends as with a reset.
  // Returns about how many bytes that freed.
  struct PutBack {
    std::shared_ptr<const scenario::Scenario> scenario;  // the team keeps it until a reset
    engine::Team team;
    Instant now;
    bool always_real = false;  // see engine::Clock
    bool lost_state = false;   // see lost_state()
    Journal::Kept journal;
  };
  std::size_t put_back(PutBack world);

  // Why the team's earlier state is lost, in words; nothing if it is not. Until a reset, verify cannot give a verdict.
  std::optional<std::string> lost_state() const;

  // The totals since the team was opened, across resets.
  engine::Totals totals() const;

  const TeamProfile& profile() const { return profile_; }

  // `is_secret`: everything that is shown masks it.
  void add_key(std::string_view api_key, bool is_secret) { keys_.add(api_key, is_secret); }
  std::vector<std::string> keys() const { return keys_.all(); }

  // Masks the keys that have opened the team, and those that its scenario lists.
  base::KeyMasker masker() const { return base::KeyMasker({keys_.get(), scenario()->listed_keys}); }

  Journal& journal() { return journal_; }
  const Journal& journal() const { return journal_; }

  void on_timer() override;

  // Saving has begun to fail: waits, advances and settles end with NotSaved now, instead of when they look next.
  void wake_waits();

  // For a server that is about to stop: waits, advances and settles end with Conflict, now and later.
  void cancel_waits();

  // The same. In addition nothing happens and nothing is delivered any more.
  void stop();

 private:
  friend class Commits;
  friend class TeamClock;

  // An attempt that is to be handed to the deliverer outside the lock.
  struct OutgoingAttempt {
    engine::DueAttempt attempt;
    AttemptsInFlight::GenerationPtr generation;
  };

  // Whether a command changes the team apart from what is due.
  enum class Access : bool { changes, reads };

  // The scope of one command. It holds the mutex. Its destructor does what the command requires: it wakes waiting
  // calls if the team has changed, arms the timer, and delivers events and attempts.
  class CommandScope {
   public:
    explicit CommandScope(TeamRunner& runner, Access access = Access::changes)
        : runner_(runner), lock_(runner.mutex_), changed_(access == Access::changes) {}
    // For the timer's thread: it has locked the mutex, and the destructor does not wait.
    CommandScope(TeamRunner& runner, std::adopt_lock_t locked)
        : runner_(runner), lock_(runner.mutex_, locked), on_timer_thread_(true), changed_(false) {}
    ~CommandScope();
    CommandScope(const CommandScope&) = delete;
    CommandScope& operator=(const CommandScope&) = delete;

    // Everything due by now happens, but at most `limit` events. Returns the team's time.
    Instant catch_up(std::size_t limit = SIZE_MAX);

   private:
    void launch_due();

    TeamRunner& runner_;
    Waits::Lock lock_;
    const bool on_timer_thread_ = false;
    bool changed_;
    const int exceptions_ = std::uncaught_exceptions();
    RealTime caught_up_at_{};
    std::vector<OutgoingAttempt> outgoing_;
  };

  // Returns a function that arms the timer for now.
  std::function<void()> arm_timer_callback();

  // Runs `action`. If that throws, because there is no memory, it warns, so that the caller can continue.
  template <class Action>
  void run_or_warn(Action action) noexcept;

  // Under mutex_:
  void update_idle_state() noexcept;
  void announce_changes() noexcept;
  void begin_world();
  SavedTeam saved_team() const;
  bool fire_next(Instant limit, engine::FireWhat what);
  OutgoingAttempt launch_next();  // the first of due_; if this throws, nothing has changed
  template <class Begin>
  std::optional<OutgoingAttempt> launch(Begin begin);
  std::optional<RealTime> next_alarm();

  // Ends everything that refers to the state that has just been replaced. Unlocks.
  void end_replaced(Waits::Lock& lock);

  // Not under mutex_:
  void yield_to_waiting_threads() const;
  void deliver(OutgoingAttempt outgoing);
  void deliver_now(OutgoingAttempt outgoing);
  void deliver_and_wait(OutgoingAttempt outgoing);
  void finish(const AttemptsInFlight::GenerationPtr& generation, engine::Number callback, std::size_t attempt,
              engine::AttemptResult result, base::Exchange exchange);

  TeamServices services_;
  const TeamProfile profile_;
  Journal journal_;
  RunningScenario scenario_;
  TeamKeys keys_;
  std::atomic<bool> lost_state_;
  TeamClock team_clock_{*this};

  mutable NotifyingMutex mutex_;  // guards all below; the timer's thread does not wait for it
  engine::TeamSetup setup_;
  engine::Clock clock_;
  engine::Team team_;
  engine::Totals past_totals_;  // before the last reset
  EventOutbox events_;
  AttemptsInFlight in_flight_;
  std::weak_ptr<base::StopSignal> reset_signal_;  // weak, because a StopSignal takes two descriptors
  Waits waits_;
  std::vector<engine::DueAttempt> due_;  // attempts that are to be launched; a member so that its storage is reused
  bool reported_idle_ = true;
  bool stopped_ = false;
  engine::Changes changes_;                  // since the last take_changes(); used if there are commits
  std::uint64_t world_ = 0;                  // see SavedTeam::world; 0: nothing is saved
  std::vector<std::uint64_t> ended_worlds_;  // since the last take_changes()
  bool closed_ = false;                      // it is saved no more
  // Up to which number they were taken.
  std::uint64_t taken_movements_ = 0, taken_enrichments_ = 0;

  // Under the mutex of Commits:
  bool is_announced_ = false;
  std::shared_ptr<TeamRunner> next_changed_;
};

}  // namespace enrichment_mock::runner
