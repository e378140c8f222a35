// One team with its clock, kept up to date and shared by all threads: it owns the waiting and the locking that the
// passive engine leaves out. No I/O and no foreign call is made under its mutex.
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
#include <utility>
#include <vector>

#include "engine/clock.h"
#include "engine/counters.h"
#include "engine/team.h"
#include "runner/attempts_in_flight.h"
#include "runner/deliverer.h"
#include "runner/event_outbox.h"
#include "runner/idle_teams.h"
#include "runner/journal.h"
#include "runner/notifying_mutex.h"
#include "runner/running_scenario.h"
#include "runner/team_clock.h"
#include "runner/team_keys.h"
#include "runner/timer.h"
#include "runner/waits.h"

namespace enrichment_mock::runner {

// What a call meets first. Neither: it may pass.
struct Admitted {
  std::shared_ptr<const scenario::Reply> reply;  // as engine::Admission has it
  std::optional<std::int64_t> retry_after;       // too many: seconds, real ones while the clock runs, else team time's
};

// What the runners of all teams share.
struct TeamServices {
  TimeSource& time;
  Timer& timer;
  Deliverer& deliverer;
  EventObserver* observer = nullptr;  // may be null
  std::function<void(std::string_view)> warn = [](std::string_view) {};
};

// What a team is called, and what is kept of its calls.
struct TeamProfile {
  std::string label;            // in logs: its name, or its key masked
  std::string name = {};        // as the scenario file has it; empty: none
  std::string id = {};          // in the control API
  std::string masked_key = {};  // of the key that opened it
  std::uint64_t order = 0;      // of its opening
  bool reopened = false;        // it was open before, and closed when there were too many teams
  std::shared_ptr<Journals> journals = std::make_shared<Journals>();
  std::shared_ptr<IdleTeams> idle_teams = {};  // null: nobody wants to know whether it is idle
};

class TeamRunner final : public Sleeper, public std::enable_shared_from_this<TeamRunner> {
 public:
  TeamRunner(TeamServices services, engine::TeamSetup setup, TeamProfile profile);

  // The emulated API's commands. What is due by now happens before them. A request whose callback is to be made first
  // returns when that attempt has ended, or when waits are cancelled.
  Admitted admit(scenario::Event event);
  engine::RequestResult request(engine::EnrichmentRequest request);
  std::optional<engine::PollResult> poll(const engine::EnrichmentId& id, bool spoilt = false);
  engine::CreditsResult credits();
  void count_refused(int status);
  void count_unmatched();

  // Lets `write` put a call on record, with the team's time and state: unless it led to an enrichment that a reset has
  // done away with since, so that nothing of before a reset shows up in the journal after it. Then it returns false.
  template <class Write>
  bool keep_record(const std::optional<engine::EnrichmentId>& enrichment, Write write) {
    std::lock_guard lock(mutex_);
    if (enrichment && !team_.find(*enrichment)) return false;
    write(clock_.now(services_.time.now()), std::as_const(team_));
    return true;
  }

  // Raised by the next reset: for a response that takes its time.
  std::shared_ptr<const base::StopSignal> reset_signal();

  // Any other command: `act` gets engine::Team& and the engine::Context of the command. It must not call back, as those
  // that only read must not.
  template <class Act>
  auto act(Act act) {
    Turn turn(*this);
    const Instant now = turn.catch_up();
    return act(team_, engine::Context(now, events_.open_batch()));
  }

  // Makes what is due by now happen, then reads: `look` gets a const engine::Team&.
  template <class Look>
  auto catch_up_and_read(Look look) {
    Turn turn(*this);
    turn.catch_up();
    return look(std::as_const(team_));
  }

  // The same for much, a slice at a time, so that the team's other calls do not wait for all of it: `look` gets a const
  // engine::Team& and where its slice begins, and returns where the next one does, if there is one. A reset meanwhile
  // ends it: false.
  template <class Look>
  bool read_in_slices(engine::Number from, Look look) {
    std::optional<std::uint64_t> generation;
    for (std::optional<engine::Number> next = from; next; let_others_go_first()) {
      Turn turn(*this);
      turn.catch_up();
      if (!generation) generation = waits_.generation();
      if (*generation != waits_.generation()) return false;
      next = look(std::as_const(team_), *next);
    }
    return true;
  }

  // Reads the team as the last command has left it; changes nothing.
  template <class Look>
  auto read(Look look) const {
    std::lock_guard lock(mutex_);
    return look(team_);
  }

  // Waits, in real time, until `holds` of the team, a const engine::Team&. False: the timeout came first. Throws
  // Conflict when the team is reset or the server stops meanwhile.
  template <class Holds>
  bool wait_until(std::chrono::milliseconds timeout, Holds holds) {
    Waits::Lock lock(mutex_);
    return waits_.until([&] { return holds(std::as_const(team_)); }, waits_.deadline_in(timeout), lock);
  }

  // One attempt more of a callback, at once. Returns when it has ended; false: there is none, or it is delivering.
  // Throws Conflict when the team is reset meanwhile.
  bool redeliver(engine::Number callback);

  // Shows, stops, runs and advances its clock.
  TeamClock& clock() { return clock_driver_; }

  // Runs another scenario from now on, as engine::Team::replace has it. `own`: it is this team's alone, and stays until
  // a reset.
  void replace(std::shared_ptr<const scenario::Scenario> scenario, bool own = false);
  std::shared_ptr<const scenario::Scenario> scenario() const { return scenario_.get(); }
  bool has_own_scenario() const { return scenario_.is_own(); }

  // A new generation of the team, with nothing of the old: attempts under way are cut before this returns, their
  // results and all waits for the old one are void (Conflict), and so are responses that are held back or stall;
  // credits, rules and clock are as the scenario has them.
  void reset(std::shared_ptr<const scenario::Scenario> scenario);

  // Why nothing can be told of the team's past: some of it is lost, until a reset says that it does not matter.
  std::optional<std::string> lost_past() const;

  // What has been counted, in all generations.
  engine::Totals totals() const;

  const TeamProfile& profile() const { return profile_; }

  // One key more opens the team.
  void add_key(std::string_view api_key) { keys_.add(api_key); }
  std::vector<std::string> keys() const { return keys_.all(); }

  // Masks the keys that have opened the team, and those that its scenario lists.
  base::KeyMasker masker() const { return base::KeyMasker({keys_.get(), scenario()->listed_keys}); }

  Journal& journal() { return journal_; }

  void wake() override;

  // From here on no call waits for anything: the server is about to stop, and with it the threads that wait. Waits,
  // advances and settles end with Conflict.
  void cancel_waits();

  // The same; nothing is fired or delivered any more.
  void stop();

 private:
  friend class TeamClock;

  // An attempt that is to be handed to the deliverer, outside the lock.
  struct Outgoing {
    engine::DueAttempt attempt;
    AttemptsInFlight::GenerationPtr generation;
    std::size_t number = 0;  // of the attempt: of the callback's, from 1
  };

  // One command's turn with the team: it holds the mutex, and when it is over, what the command has caused goes its
  // way: calls that wait look again, events and attempts are delivered, the timer is set.
  class Turn {
   public:
    explicit Turn(TeamRunner& runner) : runner_(runner), lock_(runner.mutex_) {}
    // The timer's, who has the mutex already, and waits for nothing at the end either.
    Turn(TeamRunner& runner, std::adopt_lock_t has_it)
        : runner_(runner), lock_(runner.mutex_, has_it), is_timers_(true) {}
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    // Makes what is due by now happen, or as much of it as that. Returns the team's time.
    Instant catch_up(std::size_t most = SIZE_MAX);

   private:
    void launch_due();

    TeamRunner& runner_;
    Waits::Lock lock_;
    const bool is_timers_ = false;
    const int exceptions_ = std::uncaught_exceptions();
    RealTime caught_up_at_{};
    std::vector<Outgoing> outgoing_;
  };

  // The timer comes again, at once.
  std::function<void()> call_for_timer();

  // Does one of several things that have to be done. If there is no memory for it, that is said, and the others follow.
  template <class Part>
  void survive(Part part) noexcept;

  // Under mutex_.
  void note_idleness() noexcept;
  bool fire_next(Instant limit, engine::FireWhat what);
  Outgoing launch_next();  // of due_, if there is one; nothing has happened if it throws
  template <class Begin>
  std::optional<Outgoing> launch(Begin begin);
  std::optional<RealTime> next_wake();

  // Not under it.
  void let_others_go_first() const;
  void deliver(Outgoing outgoing);
  void deliver_and_wait(Outgoing outgoing);
  void finish(const AttemptsInFlight::GenerationPtr& generation, engine::Number callback, engine::AttemptResult result);

  TeamServices services_;
  const TeamProfile profile_;
  Journal journal_;
  RunningScenario scenario_;
  TeamKeys keys_;
  std::atomic<bool> lost_past_;
  TeamClock clock_driver_{*this};

  mutable NotifyingMutex mutex_;  // guards all below; the timer passes by
  engine::TeamSetup setup_;
  engine::Clock clock_;
  engine::Team team_;
  engine::Totals past_;  // of the generations before
  EventOutbox events_;
  AttemptsInFlight in_flight_;
  std::weak_ptr<base::StopSignal> reset_signal_;  // while a response holds it: it has two descriptors
  Waits waits_;
  std::vector<engine::DueAttempt> due_;  // that have begun and are to be launched; kept for its storage
  bool noted_as_idle_ = true;
  bool stopped_ = false;
};

}  // namespace enrichment_mock::runner
