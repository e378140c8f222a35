#include "runner/team_runner.h"

#include <utility>

#include "base/mix.h"
#include "base/waiting.h"

namespace enrichment_mock::runner {

namespace {

// Wakes are rounded up to ticks of real time, so that what falls due close together is fired in one go, and a busy team
// does not set its alarm anew with every request.
using Tick = std::chrono::milliseconds;

constexpr std::chrono::seconds kUntilCut{1};  // only a name lookup, which nothing can cut, takes longer

}  // namespace

TeamRunner::TeamRunner(TeamServices services, engine::TeamSetup setup, TeamProfile profile)
    : services_(services),
      profile_(std::move(profile)),
      journal_(profile_.journal_size, *profile_.sequence),
      scenario_(setup.scenario),
      lost_past_(profile_.reopened),
      setup_(std::move(setup)),
      clock_(setup_.scenario->clock, services_.time.wall(), services_.time.now()),
      team_(setup_, clock_.now(services_.time.now())),
      events_(services_.observer, profile_.id),
      waits_(services_.time) {}

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
    auto made = team.request(context, std::move(request));
    if (made.attempt_first) first = launch(*std::exchange(made.attempt_first, std::nullopt));
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

bool TeamRunner::redeliver(engine::Number callback) {
  std::optional<Outgoing> outgoing;
  const auto generation = act([&](engine::Team& team, const engine::Context& context) {
    if (auto attempt = team.redeliver(callback, context.now)) outgoing = launch(*std::move(attempt));
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
  std::shared_ptr<const scenario::Scenario> old;  // goes outside the lock
  Waits::Lock lock(mutex_);
  if (stopped_) throw Conflict("the emulator has been stopped");
  waits_.reset();
  past_.add(team_);
  lost_past_ = false;
  journal_.clear();
  events_.clear();
  setup_.scenario = scenario;
  setup_.credits = scenario->credits_of(setup_.name);
  // Ids without a seed are never given twice.
  setup_.secret = base::mix(setup_.secret, waits_.generation()) >> 11;
  clock_ = engine::Clock(scenario->clock, services_.time.wall(), services_.time.now());
  team_ = engine::Team(setup_, clock_.now(services_.time.now()));
  old = scenario_.exchange(std::move(scenario), false);
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

bool TeamRunner::nothing_pending() const {
  std::lock_guard lock(mutex_);
  return team_.unresolved() == 0 && team_.callbacks().open_count() == 0 && !events_.has_list();
}

void TeamRunner::wake() {
  Turn turn(*this);
  turn.catch_up();
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
Instant TeamRunner::Turn::catch_up() {
  const Instant now = runner_.clock_.now(runner_.services_.time.now());
  if (runner_.stopped_) return now;
  const auto what = runner_.clock_.manual() ? engine::FireWhat::all_but_callbacks : engine::FireWhat::everything;
  while (runner_.fire_next(now, what, outgoing_)) {
  }
  runner_.team_.forget(now);
  return now;
}

TeamRunner::Turn::~Turn() {
  runner_.events_.close_batch(EventOutbox::Cause::command);
  runner_.waits_.notify();
  const auto wake_at = runner_.next_wake();
  lock_.unlock();
  if (wake_at) runner_.services_.timer.arm(runner_.shared_from_this(), *wake_at);
  runner_.events_.deliver(runner_.mutex_);
  for (auto& outgoing : outgoing_) runner_.deliver(std::move(outgoing));
}

bool TeamRunner::fire_next(Instant limit, engine::FireWhat what, std::vector<Outgoing>& outgoing) {
  const bool fired = team_.fire_next({limit, events_.open_batch()}, due_, what);
  events_.close_batch(EventOutbox::Cause::fell_due);
  for (auto& attempt : due_) outgoing.push_back(launch(std::move(attempt)));
  due_.clear();
  return fired;
}

std::optional<RealTime> TeamRunner::next_wake() {
  if (clock_.manual() || stopped_) return std::nullopt;
  const auto due = team_.next_due();
  return due ? std::optional<RealTime>(std::chrono::ceil<Tick>(clock_.real_time_of(*due))) : std::nullopt;
}

// It belongs to its generation from here on, and is waited for when that ends.
TeamRunner::Outgoing TeamRunner::launch(engine::DueAttempt attempt) {
  const auto number = team_.callbacks().at(attempt.callback).attempts.size();
  return {std::move(attempt), in_flight_.begin(), number};
}

void TeamRunner::deliver(Outgoing outgoing) {
  auto& [attempt, generation, number] = outgoing;
  const auto callback = attempt.callback;
  const Deliverer::Cut cut(generation, &generation->cut);
  const auto finish = [self = shared_from_this(), of = generation, callback](engine::AttemptResult result) {
    self->finish(of, callback, std::move(result));
  };
  try {
    services_.deliverer.deliver(std::move(attempt), cut, finish);
  } catch (const std::exception& error) {  // it has not begun
    finish({0, std::string("the callback cannot be sent: ") + error.what(), {}});
  }
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

// The result's own time is read before anything else fires: backoff counts from the end of the failed attempt.
void TeamRunner::finish(const AttemptsInFlight::GenerationPtr& generation, engine::Number callback,
                        engine::AttemptResult result) {
  Turn turn(*this);
  if (!in_flight_.end(generation) || stopped_) return;
  const Instant now = clock_.now(services_.time.now());
  team_.finish_attempt(callback, std::move(result), {now, events_.open_batch()});
  events_.close_batch(EventOutbox::Cause::fell_due);
  turn.catch_up();
}

}  // namespace enrichment_mock::runner
