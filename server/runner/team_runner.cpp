#include "runner/team_runner.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/mix.h"
#include "base/room.h"
#include "base/waiting.h"

namespace enrichment_mock::runner {

namespace {

// Wakes are rounded up to ticks of real time, so that what falls due close together is fired in one go, and a busy team
// does not set its alarm anew with every request.
using Tick = std::chrono::milliseconds;

// The timer makes so much happen at a time: then other teams have their turn.
constexpr std::size_t kAtOnce = 256;

// A call that takes slice after slice waits for others between two of them, that long at most.
constexpr std::chrono::microseconds kMoment{50};
constexpr int kMomentsForOthers = 20;

constexpr std::chrono::seconds kUntilCut{1};  // only a name lookup, which nothing can cut, takes longer

}  // namespace

TeamRunner::TeamRunner(TeamServices services, engine::TeamSetup setup, TeamProfile profile)
    : services_(services),
      profile_(std::move(profile)),
      journal_(*profile_.journals),
      scenario_(setup.scenario),
      lost_past_(profile_.reopened),
      mutex_(call_for_timer()),
      setup_(std::move(setup)),
      clock_(setup_.scenario->clock, services_.time.wall(), services_.time.now()),
      team_(setup_, clock_.now(services_.time.now())),
      events_(services_.observer, profile_.id, call_for_timer()),
      waits_(services_.time) {}

std::function<void()> TeamRunner::call_for_timer() {
  return [this] { services_.timer.arm(shared_from_this(), services_.time.now()); };
}

template <class Part>
void TeamRunner::survive(Part part) noexcept {
  try {
    part();
  } catch (const std::exception& error) {
    try {
      services_.warn("team " + profile_.label + ": something was lost: " + error.what());
    } catch (...) {  // no memory to say so
    }
  }
}

Admitted TeamRunner::admit(scenario::Event event) {
  return act([&](engine::Team& team, const engine::Context& context) {
    auto admission = team.admit(context.now, event);
    Admitted admitted{std::move(admission.reply), std::nullopt};
    if (const auto wait = admission.retry_after)
      admitted.retry_after = std::chrono::ceil<std::chrono::seconds>(clock_.real_duration_of(*wait)).count();
    return admitted;
  });
}

engine::RequestResult TeamRunner::request(engine::EnrichmentRequest request) {
  std::optional<Outgoing> first;
  auto result = act([&](engine::Team& team, const engine::Context& context) {
    engine::RequestResult made;
    first = launch([&] {
      made = team.request(context, std::move(request));
      return std::exchange(made.attempt_first, std::nullopt);
    });
    return made;
  });
  if (first) deliver_and_wait(*std::move(first));
  return result;
}

std::optional<engine::PollResult> TeamRunner::poll(const engine::EnrichmentId& id, bool spoilt) {
  return act([&](engine::Team& team, const engine::Context& context) { return team.poll(context, id, spoilt); });
}

engine::CreditsResult TeamRunner::credits() {
  return act([](engine::Team& team, const engine::Context&) { return team.credits(); });
}

void TeamRunner::count_refused(int status) {
  std::lock_guard lock(mutex_);
  team_.count_refused(status);
}

void TeamRunner::count_unmatched() {
  std::lock_guard lock(mutex_);
  team_.count_unmatched();
}

std::shared_ptr<const base::StopSignal> TeamRunner::reset_signal() {
  std::lock_guard lock(mutex_);
  auto signal = reset_signal_.lock();
  if (!signal) reset_signal_ = signal = std::make_shared<base::StopSignal>();
  return signal;
}

bool TeamRunner::redeliver(engine::Number callback) {
  std::optional<Outgoing> outgoing;
  const auto generation = act([&](engine::Team& team, const engine::Context& context) {
    outgoing = launch([&] { return team.redeliver(callback, context.now); });
    return waits_.generation();
  });
  if (!outgoing) return false;
  deliver_and_wait(*std::move(outgoing));
  std::lock_guard lock(mutex_);
  if (generation != waits_.generation()) throw Conflict("the team has been reset");
  return true;
}

void TeamRunner::replace(std::shared_ptr<const scenario::Scenario> scenario, bool own) {
  const auto old = act([&](engine::Team& team, const engine::Context& context) {
    team.replace(scenario, context.now);
    return scenario_.exchange(scenario, own);
  });
}

void TeamRunner::reset(std::shared_ptr<const scenario::Scenario> scenario) {
  std::shared_ptr<const scenario::Scenario> old;  // goes outside the lock, as this does
  std::deque<EntryPtr> forgotten;
  Waits::Lock lock(mutex_);
  if (stopped_) throw Conflict("the emulator has been stopped");
  // What there may be no memory for comes first.
  auto setup = setup_;
  setup.scenario = scenario;
  setup.credits = scenario->credits_of(setup.name);
  // Ids without a seed are never given twice.
  setup.secret = base::mix(setup.secret, waits_.generation() + 1) >> 11;
  const engine::Clock clock(scenario->clock, services_.time.wall(), services_.time.now());
  auto past = past_;
  past.add(team_);
  engine::Team fresh(setup, clock.now(services_.time.now()));
  forgotten = journal_.clear();
  waits_.reset();
  past_ = std::move(past);
  lost_past_ = false;
  events_.clear();
  due_.clear();
  setup_ = std::move(setup);
  clock_ = clock;
  team_ = std::move(fresh);
  old = scenario_.exchange(std::move(scenario), false);
  note_idleness();
  if (const auto signal = std::exchange(reset_signal_, {}).lock()) signal->raise();
  in_flight_.cut();
  waits_.uninterrupted([this] { return in_flight_.being_cut() == 0; }, services_.time.now() + kUntilCut, lock);
}

std::optional<std::string> TeamRunner::lost_past() const {
  if (!lost_past_) return std::nullopt;
  return "this team was let go when there were too many (--max-teams), and what it did before is lost; a reset begins "
         "anew";
}

engine::Totals TeamRunner::totals() const {
  std::lock_guard lock(mutex_);
  auto totals = past_;
  totals.add(team_);
  return totals;
}

// No lookup and no callback is open, and no advance or settle is under way.
void TeamRunner::note_idleness() noexcept {
  const bool idle = team_.unresolved() == 0 && team_.callbacks().open_count() == 0 && !events_.has_list();
  if (idle == std::exchange(noted_as_idle_, idle) || !profile_.idle_teams) return;
  profile_.idle_teams->set_idle(profile_.order, idle);
}

void TeamRunner::wake() {
  if (!mutex_.try_lock_or_notify()) return;
  Turn turn(*this, std::adopt_lock);
  turn.catch_up(kAtOnce);
}

// A thread that waits for the mutex takes a moment to wake up.
void TeamRunner::let_others_go_first() const {
  for (int moments = 0; moments < kMomentsForOthers && mutex_.waiting() > 0; ++moments)
    std::this_thread::sleep_for(kMoment);
}

void TeamRunner::cancel_waits() {
  std::lock_guard lock(mutex_);
  waits_.cancel();
}

void TeamRunner::stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  waits_.cancel();
}

// On a manual clock callbacks leave only inside advance and settle, so that a test decides when.
Instant TeamRunner::Turn::catch_up(std::size_t most) {
  caught_up_at_ = runner_.services_.time.now();
  const Instant now = runner_.clock_.now(caught_up_at_);
  if (runner_.stopped_) return now;
  const auto what = runner_.clock_.manual() ? engine::FireWhat::all_but_callbacks : engine::FireWhat::everything;
  launch_due();
  for (auto left = most; left > 0 && runner_.fire_next(now, what); --left) launch_due();
  runner_.team_.forget(now, most);
  return now;
}

// What an earlier call has left behind, as there was no memory, is among it.
void TeamRunner::Turn::launch_due() {
  while (!runner_.due_.empty()) {
    base::make_room(outgoing_, 1);
    outgoing_.push_back(runner_.launch_next());
  }
}

// What is due already waits for the others that the timer has to wake by now; and a while, if there was no memory.
TeamRunner::Turn::~Turn() {
  const bool failed = std::uncaught_exceptions() > exceptions_;
  runner_.survive([this] { runner_.events_.close_batch(EventOutbox::Cause::command); });
  runner_.note_idleness();
  runner_.waits_.notify();
  const auto wake_at = runner_.next_wake();
  lock_.unlock();
  const auto earliest = failed ? caught_up_at_ + Timer::kAfterFailure : caught_up_at_;
  if (wake_at) runner_.services_.timer.arm(runner_.shared_from_this(), std::max(*wake_at, earliest));
  if (is_timers_)
    runner_.events_.deliver_unless_busy(runner_.mutex_);
  else
    runner_.events_.deliver(runner_.mutex_);
  for (auto& outgoing : outgoing_) runner_.survive([&] { runner_.deliver(std::move(outgoing)); });
}

bool TeamRunner::fire_next(Instant limit, engine::FireWhat what) {
  const bool fired = team_.fire_next({limit, events_.open_batch()}, due_, what);
  events_.close_batch(EventOutbox::Cause::fell_due);
  return fired;
}

std::optional<RealTime> TeamRunner::next_wake() {
  if (stopped_) return std::nullopt;
  if (!due_.empty()) return services_.time.now();
  if (clock_.manual()) return std::nullopt;
  const auto due = team_.next_due();
  return due ? std::optional<RealTime>(std::chrono::ceil<Tick>(clock_.real_time_of(*due))) : std::nullopt;
}

// It belongs to its generation from here on, and is waited for when that ends.
TeamRunner::Outgoing TeamRunner::launch_next() {
  auto generation = in_flight_.begin();
  Outgoing outgoing{std::move(due_.front()), std::move(generation), 0};
  due_.erase(due_.begin());
  outgoing.number = team_.callbacks().at(outgoing.attempt.callback).attempts.size();
  return outgoing;
}

// What `begin` returns, if that is an attempt.
template <class Begin>
std::optional<TeamRunner::Outgoing> TeamRunner::launch(Begin begin) {
  base::make_room(due_, 1);
  std::optional<engine::DueAttempt> attempt = begin();
  if (!attempt) return std::nullopt;
  due_.push_back(*std::move(attempt));
  return launch_next();
}

void TeamRunner::deliver(Outgoing outgoing) {
  auto& [attempt, generation, number] = outgoing;
  const auto callback = attempt.callback;
  std::string failure = "cannot be sent";
  try {
    const Deliverer::Cut cut(generation, &generation->cut);
    return services_.deliverer.deliver(
        std::move(attempt), cut, [self = shared_from_this(), of = generation, callback](engine::AttemptResult result) {
          self->finish(of, callback, std::move(result));
        });
  } catch (const std::exception& error) {  // it has not begun
    survive([&] { failure = std::string("the callback cannot be sent: ") + error.what(); });
  }
  finish(generation, callback, {0, std::move(failure), {}});
}

// By then the next attempt may be under way: without backoff it begins as soon as this one has failed.
void TeamRunner::deliver_and_wait(Outgoing outgoing) {
  const auto callback = outgoing.attempt.callback;
  const auto generation = outgoing.generation;
  const auto number = outgoing.number;
  deliver(std::move(outgoing));
  const auto ended = [&] {
    if (!in_flight_.is_current(generation) || waits_.cancelled()) return true;
    const auto* found = team_.callbacks().all().find(callback);
    return !found || found->state != engine::CallbackState::delivering || found->attempts.size() > number;
  };
  const base::Blocking blocking;
  Waits::Lock lock(mutex_);
  waits_.uninterrupted(ended, RealTime::max(), lock);
}

// The result's own time is read before anything else fires: backoff counts from the end of the failed attempt. Until
// the team has the result, nothing here throws: it would wait for it forever.
void TeamRunner::finish(const AttemptsInFlight::GenerationPtr& generation, engine::Number callback,
                        engine::AttemptResult result) {
  if (!result.error.empty()) {  // it names the host
    std::string shown = "no memory";
    survive([&] { shown = masker().hide(result.error); });
    result.error = std::move(shown);
  }
  Turn turn(*this);
  if (!in_flight_.end(generation) || stopped_) return;
  const Instant now = clock_.now(services_.time.now());
  team_.finish_attempt(callback, std::move(result), {now, events_.open_batch()});
  events_.close_batch(EventOutbox::Cause::fell_due);
  turn.catch_up();
}

}  // namespace enrichment_mock::runner
