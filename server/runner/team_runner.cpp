#include "runner/team_runner.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/memory.h"
#include "base/mix.h"
#include "base/waiting.h"

namespace enrichment_mock::runner {

namespace {

// Alarms are rounded up to ticks of real time, so that events that are due within one tick fire together, and a busy
// team does not set its alarm with every request.
using Tick = std::chrono::milliseconds;

// How many events fire in one call of the timer, so that other teams do not wait long.
constexpr std::size_t kMaxFiredPerCall = 256;

// Between two slices a call lets other threads have the mutex. It waits for them at most kMaxYields times kYield.
constexpr std::chrono::microseconds kYield{50};
constexpr int kMaxYields = 20;

// How overdue attempts are spread out after a start: that far apart, or less if all of them would take longer than
// this.
constexpr engine::Duration kOverdueStep = std::chrono::milliseconds(10), kOverdueTime = std::chrono::minutes(1);

constexpr std::size_t kBytesOfEnrichment = 500;  // roughly, with its ledger entry

constexpr std::chrono::seconds kCutTimeout{1};  // only a name lookup, which cannot be interrupted, takes longer

// Until its next reset a team that continues with a snapshot has the name that the snapshot's team has.
engine::TeamSetup setup_of_world(engine::TeamSetup setup, const std::string& name) {
  setup.name = name;
  return setup;
}

}  // namespace

TeamRunner::TeamRunner(TeamServices services, engine::TeamSetup setup, TeamProfile profile)
    : services_(services),
      profile_(std::move(profile)),
      journal_(*profile_.journals),
      scenario_(setup.scenario),
      lost_state_(profile_.reopened),
      mutex_(arm_timer_callback()),
      setup_(std::move(setup)),
      clock_(setup_.scenario->clock, services_.time.wall(), services_.time.now()),
      team_(setup_, clock_.now(services_.time.now())),
      events_(services_.observer, profile_.id, arm_timer_callback()),
      waits_(services_.time, services_.commits) {
  begin_world();
}

TeamRunner::TeamRunner(TeamServices services, const SavedTeam& saved, engine::Retention keep, TeamProfile profile,
                       const ReadRecords& read_records)
    : services_(services),
      profile_(std::move(profile)),
      journal_(*profile_.journals),
      scenario_(saved.scenario, saved.has_own_scenario),
      lost_state_(profile_.reopened),
      mutex_(arm_timer_callback()),
      setup_{saved.scenario, saved.identity, saved.name, saved.credits, saved.secret, keep},
      clock_(saved.clock.manual, saved.clock.always_real, saved.clock.scale, saved.clock.now, saved.clock.wall,
             services_.time.wall(), services_.time.now()),
      team_(setup_of_world(setup_, saved.world_name), saved.state),
      events_(services_.observer, profile_.id, arm_timer_callback()),
      waits_(services_.time, services_.commits),
      world_(saved.world) {
  scenario_.set_library_name(saved.library_scenario);
  read_records(team_);
  const auto interrupted = team_.end_restore(saved.state, saved.clock.now);
  team_.track(&changes_);
  for (const auto callback : interrupted) changes_.mark_callback(callback);
  if (saved.state.counters.requests + saved.state.counters.unmatched + saved.state.end_enrichment > 0)
    journal_.lose_earlier();
  const auto& ledger = team_.ledger();
  taken_enrichments_ = saved.state.end_enrichment;
  taken_movements_ = ledger.forgotten() + ledger.movements().size();
}

void TeamRunner::resume() {
  CommandScope scope(*this);
  const Instant now = clock_.now(services_.time.now());
  while (fire_next(now, engine::FireWhat::except_callbacks)) {
  }
  if (!clock_.manual()) team_.spread_overdue_callbacks(now, clock_.scaled(kOverdueStep), clock_.scaled(kOverdueTime));
  changes_.mark();
}

// The records of the team are saved under a new number from now on.
void TeamRunner::begin_world() {
  if (!services_.commits || closed_) return;
  if (world_ != 0) ended_worlds_.push_back(world_);
  world_ = services_.commits->next_world();
  taken_movements_ = taken_enrichments_ = 0;
  changes_.clear();
  changes_.mark_everything();
  team_.track(&changes_);
}

// Under mutex_. The writer takes the changes later.
void TeamRunner::announce_changes() noexcept {
  if (services_.commits && changes_.any() && world_ != 0) services_.commits->announce(*this);
}

void TeamRunner::announce_profile() {
  if (!services_.commits) return;
  std::lock_guard lock(mutex_);
  changes_.mark();
  announce_changes();
}

void TeamRunner::end_saving(std::uint64_t identity_hash) {
  if (!services_.commits) return;
  std::lock_guard lock(mutex_);
  auto ended = ended_worlds_;
  if (world_ != 0) ended.push_back(world_);
  services_.commits->announce_closed(ended, identity_hash);
  ended_worlds_.clear();
  closed_ = true;
  world_ = 0;
}

SavedTeam TeamRunner::saved_team() const {
  const RealTime real = services_.time.now();
  return {.world = world_,
          .order = profile_.order,
          .id = profile_.id,
          .identity = setup_.identity,
          .name = setup_.name,
          .label = profile_.label,
          .masked_key = profile_.masked_key,
          .reopened = lost_state_,
          .own_key = profile_.own_key,
          .keys = keys_.all_that_opened(),
          .library_scenario = scenario_.library_name(),
          .scenario = scenario_.get(),
          .has_own_scenario = scenario_.is_own(),
          .world_name = team_.name(),
          .credits = setup_.credits,
          .secret = setup_.secret,
          .clock = {clock_.manual(), clock_.always_real(), clock_.scale(), clock_.now(real), services_.time.wall()},
          .state = team_.state()};
}

void TeamRunner::take_changes(TeamChanges& into) {
  std::lock_guard lock(mutex_);
  if (world_ == 0) return;  // it was closed
  into.team = saved_team();
  into.ended_worlds = ended_worlds_;
  into.everything = changes_.everything();
  const auto take_enrichment = [&](const engine::Enrichment& record) {
    const bool is_new = into.everything || record.number >= taken_enrichments_;
    into.enrichments.push_back({record, team_.forwarded(record.number), is_new});
  };
  if (into.everything) {
    for (const auto& record : team_.enrichments()) take_enrichment(record);
    for (const auto& callback : team_.callbacks().all()) into.callbacks.push_back(callback);
    into.profiles = team_.profile_counts();
  } else {
    for (const auto number : changes_.enrichments())
      if (const auto* record = team_.enrichments().find(number))
        take_enrichment(*record);
      else
        into.forgotten_enrichments.push_back(number);
    for (const auto number : changes_.progressed())
      if (const auto* record = team_.enrichments().find(number))
        into.progressed.push_back(engine::progress_of(*record));
    for (const auto number : changes_.callbacks())
      if (const auto* callback = team_.callbacks().all().find(number))
        into.callbacks.push_back(*callback);
      else
        into.forgotten_callbacks.push_back(number);
    for (const auto& key : changes_.profiles()) into.profiles.push_back({key, team_.profile_count(key)});
  }
  into.has_new_rules = changes_.new_rules();
  into.has_extra_rules = into.everything || changes_.extra_rules();
  if (into.has_extra_rules)
    for (const auto& rule : team_.extra_rules().all())
      into.extra_rules.push_back({rule.rule, rule.number, rule.source, rule.left, rule.followed});
  const auto& ledger = team_.ledger();
  const auto forgotten = ledger.forgotten();
  into.first_movement = into.everything ? forgotten : std::max(forgotten, taken_movements_);
  const auto& movements = ledger.movements();
  into.movements.assign(movements.begin() + static_cast<std::ptrdiff_t>(into.first_movement - forgotten),
                        movements.end());
  taken_enrichments_ = into.team.state.end_enrichment;
  taken_movements_ = forgotten + movements.size();
  ended_worlds_.clear();
  changes_.clear();
}

TeamRunner::~TeamRunner() {
  if (profile_.sink) profile_.sink->clear(profile_.order);
}

std::function<void()> TeamRunner::arm_timer_callback() {
  return [this] { wake(); };
}

template <class Action>
void TeamRunner::run_or_warn(Action action) noexcept {
  try {
    action();
  } catch (const std::exception& error) {
    try {
      services_.warn("team " + profile_.label + ": events or results may be lost: " + error.what());
    } catch (...) {  // no memory for the warning
    }
  }
}

Admitted TeamRunner::admit(scenario::CallKind call) {
  return execute([&](engine::Team& team, const engine::Context& context) {
    auto admission = team.admit(context.now, call);
    Admitted admitted{std::move(admission.reply), admission.delay, std::nullopt};
    if (const auto wait = admission.retry_after)
      admitted.retry_after = std::chrono::ceil<std::chrono::seconds>(clock_.real_duration_of(*wait)).count();
    return admitted;
  });
}

engine::RequestResult TeamRunner::request(const engine::EnrichmentRequest& request) {
  std::optional<OutgoingAttempt> first;
  auto result = execute([&](engine::Team& team, const engine::Context& context) {
    engine::RequestResult made;
    first = launch([&] {
      made = team.request(context, request);
      return std::exchange(made.attempt_first, std::nullopt);
    });
    return made;
  });
  if (first) deliver_and_wait(*std::move(first));
  return result;
}

std::optional<engine::PollResult> TeamRunner::poll(const engine::EnrichmentId& id, bool has_fault) {
  return execute([&](engine::Team& team, const engine::Context& context) { return team.poll(context, id, has_fault); });
}

engine::CreditsResult TeamRunner::credits() {
  return execute([](engine::Team& team, const engine::Context&) { return team.credits(); });
}

void TeamRunner::count_refused(int status) {
  std::lock_guard lock(mutex_);
  team_.count_refused(status);
  announce_changes();
}

void TeamRunner::count_unmatched() {
  std::lock_guard lock(mutex_);
  team_.count_unmatched();
  announce_changes();
}

std::shared_ptr<const base::StopSignal> TeamRunner::reset_signal() {
  std::lock_guard lock(mutex_);
  auto signal = reset_signal_.lock();
  if (!signal) reset_signal_ = signal = std::make_shared<base::StopSignal>();
  return signal;
}

bool TeamRunner::redeliver(engine::Number callback) {
  std::optional<OutgoingAttempt> outgoing;
  const auto generation = execute([&](engine::Team& team, const engine::Context& context) {
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
  const auto old = execute([&](engine::Team& team, const engine::Context& context) {
    team.replace(scenario, context.now);
    changes_.mark();
    return scenario_.exchange(scenario, own);
  });
}

std::size_t TeamRunner::reset(std::shared_ptr<const scenario::Scenario> scenario) {
  std::shared_ptr<const scenario::Scenario> old;  // both are destroyed outside the lock
  Journal::Removed removed;
  Waits::Lock lock(mutex_);
  if (stopped_) throw Conflict("the emulator has been stopped");
  // What may throw comes first.
  auto setup = setup_;
  setup.scenario = scenario;
  setup.credits = scenario->credits_of(setup.name);
  // Without a seed no id is given twice.
  setup.secret = base::mix(setup.secret, services_.commits ? world_ : waits_.generation() + 1) >> 11;
  const engine::Clock clock(scenario->clock, services_.time.wall(), services_.time.now());
  auto past = past_totals_;
  past.add(team_);
  engine::Team fresh(setup, clock.now(services_.time.now()));
  base::reserve_more(ended_worlds_, 1);
  const auto freed = journal_.bytes() + team_.enrichments().size() * kBytesOfEnrichment;
  removed = journal_.clear();
  past_totals_ = std::move(past);
  lost_state_ = false;
  setup_ = std::move(setup);
  clock_ = clock;
  team_ = std::move(fresh);
  old = scenario_.exchange(std::move(scenario), false);
  end_replaced(lock);
  return freed;
}

std::size_t TeamRunner::put_back(PutBack world) {
  std::shared_ptr<const scenario::Scenario> old;  // both are destroyed outside the lock
  Journal::Removed removed;
  journal_.trim(world.journal);
  Waits::Lock lock(mutex_);
  if (stopped_) throw Conflict("the emulator has been stopped");
  // What may throw comes first.
  auto past = past_totals_;
  past.add(team_);
  journal_.reserve();
  base::reserve_more(ended_worlds_, 1);
  const auto freed = journal_.bytes() + team_.enrichments().size() * kBytesOfEnrichment;
  removed = journal_.put_back(std::move(world.journal));
  past_totals_ = std::move(past);
  lost_state_ = world.lost_state;
  const auto wall = services_.time.wall();
  clock_ = engine::Clock(true, world.always_real, 1, world.now, wall, wall, services_.time.now());
  setup_.scenario = world.scenario;
  setup_.secret = world.team.setup().secret;
  std::swap(team_, world.team);
  old = scenario_.exchange(std::move(world.scenario), true);
  end_replaced(lock);
  journal_.enforce_total_limit();
  return freed;
}

void TeamRunner::end_replaced(Waits::Lock& lock) {
  waits_.reset();
  events_.clear();
  due_.clear();
  begin_world();
  announce_changes();
  update_idle_state();
  if (const auto signal = std::exchange(reset_signal_, {}).lock()) signal->raise();
  in_flight_.cut();
  if (profile_.sink) profile_.sink->clear(profile_.order);
  waits_.uninterrupted([this] { return in_flight_.being_cut() == 0; }, services_.time.now() + kCutTimeout, lock);
  const bool has_work = next_alarm().has_value();
  lock.unlock();
  if (has_work) wake();
}

std::optional<std::string> TeamRunner::lost_state() const {
  if (!lost_state_) return std::nullopt;
  return "this team was closed because there were too many teams (--max-teams), and its earlier state is lost; "
         "reset the team to start again";
}

engine::Totals TeamRunner::totals() const {
  std::lock_guard lock(mutex_);
  auto totals = past_totals_;
  totals.add(team_);
  return totals;
}

// A team is idle while no lookup and no callback is open, and no advance or settle is in progress.
void TeamRunner::update_idle_state() noexcept {
  const bool idle = team_.unresolved() == 0 && team_.callbacks().open_count() == 0 && !events_.has_list();
  if (idle == std::exchange(reported_idle_, idle) || !profile_.idle_teams) return;
  profile_.idle_teams->set_idle(profile_.order, idle);
}

void TeamRunner::on_timer() {
  if (!mutex_.try_lock_or_notify()) return;
  CommandScope scope(*this, std::adopt_lock);
  scope.catch_up(kMaxFiredPerCall);
}

// Sleeps, because a thread that waits for the mutex takes a moment to wake up.
void TeamRunner::yield_to_waiting_threads() const {
  for (int yields = 0; yields < kMaxYields && mutex_.waiting() > 0; ++yields) std::this_thread::sleep_for(kYield);
}

void TeamRunner::wake_waits() {
  std::lock_guard lock(mutex_);
  waits_.wake();
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

// With a manual clock callbacks are sent only by advance and settle, so that the test decides when.
Instant TeamRunner::CommandScope::catch_up(std::size_t limit) {
  caught_up_at_ = runner_.services_.time.now();
  const Instant now = runner_.clock_.now(caught_up_at_);
  if (runner_.stopped_) return now;
  const auto what = runner_.clock_.manual() ? engine::FireWhat::except_callbacks : engine::FireWhat::everything;
  launch_due();
  for (auto left = limit; left > 0 && runner_.fire_next(now, what); --left) {
    changed_ = true;
    launch_due();
  }
  const auto forgotten = runner_.team_.forgotten();
  runner_.team_.forget(now, limit);
  changed_ = changed_ || runner_.team_.forgotten() != forgotten;
  return now;
}

// Also launches the attempts that an earlier command had no memory for.
void TeamRunner::CommandScope::launch_due() {
  while (!runner_.due_.empty()) {
    changed_ = true;
    base::reserve_more(outgoing_, 1);
    outgoing_.push_back(runner_.launch_next());
  }
}

// The timer is armed for no earlier than the time of this command, so that other teams have their turn first, and later
// if the command failed because there was no memory.
TeamRunner::CommandScope::~CommandScope() {
  const bool failed = std::uncaught_exceptions() > exceptions_;
  runner_.run_or_warn([this] { runner_.events_.close_batch(EventOutbox::Cause::command); });
  runner_.update_idle_state();
  runner_.announce_changes();
  if (changed_ || failed) runner_.waits_.notify();
  const auto wake_at = runner_.next_alarm();
  lock_.unlock();
  const auto earliest = failed ? caught_up_at_ + Timer::kRetryAfterFailure : caught_up_at_;
  if (wake_at) runner_.services_.timer.arm(runner_.shared_from_this(), std::max(*wake_at, earliest));
  if (on_timer_thread_)
    runner_.events_.deliver_unless_busy(runner_.mutex_);
  else
    runner_.events_.deliver(runner_.mutex_);
  for (auto& outgoing : outgoing_) runner_.run_or_warn([&] { runner_.deliver(std::move(outgoing)); });
}

bool TeamRunner::fire_next(Instant limit, engine::FireWhat what) {
  const bool fired = team_.fire_next({limit, events_.open_batch()}, due_, what);
  events_.close_batch(EventOutbox::Cause::fell_due);
  announce_changes();
  return fired;
}

std::optional<RealTime> TeamRunner::next_alarm() {
  if (stopped_) return std::nullopt;
  if (!due_.empty()) return services_.time.now();
  if (clock_.manual()) return std::nullopt;
  const auto due = team_.next_due();
  return due ? std::optional<RealTime>(std::chrono::ceil<Tick>(clock_.real_time_of(*due))) : std::nullopt;
}

// From here on the attempt is in flight: a reset waits for it.
TeamRunner::OutgoingAttempt TeamRunner::launch_next() {
  auto generation = in_flight_.begin();
  OutgoingAttempt outgoing{std::move(due_.front()), std::move(generation)};
  due_.erase(due_.begin());
  return outgoing;
}

// Launches the attempt that `begin` returns, if it returns one.
template <class Begin>
std::optional<TeamRunner::OutgoingAttempt> TeamRunner::launch(Begin begin) {
  base::reserve_more(due_, 1);
  std::optional<engine::DueAttempt> attempt = begin();
  if (!attempt) return std::nullopt;
  due_.push_back(*std::move(attempt));
  return launch_next();
}

// The attempt begins once it is saved that it is under way, and what it shows.
void TeamRunner::deliver(OutgoingAttempt outgoing) {
  if (!services_.commits) return deliver_now(std::move(outgoing));
  const auto generation = outgoing.generation;
  const auto callback = outgoing.attempt.callback;
  const auto number = outgoing.attempt.number;
  try {
    const auto waiting = std::make_shared<OutgoingAttempt>(std::move(outgoing));
    return services_.commits->when_saved(
        [self = shared_from_this(), waiting] { self->run_or_warn([&] { self->deliver_now(std::move(*waiting)); }); });
  } catch (const std::bad_alloc&) {
  }
  finish(generation, callback, number, {0, "no memory", {}}, {});
}

void TeamRunner::deliver_now(OutgoingAttempt outgoing) {
  auto& [attempt, generation] = outgoing;
  const auto callback = attempt.callback;
  const auto number = attempt.number;
  std::string failure = "cannot be sent";
  try {
    const Deliverer::Cut cut(generation, &generation->cut);
    return services_.deliverer.deliver(std::move(attempt), profile_, cut,
                                       [self = shared_from_this(), of = generation, callback, number](
                                           engine::AttemptResult result, base::Exchange exchange) {
                                         self->finish(of, callback, number, std::move(result), std::move(exchange));
                                       });
  } catch (const std::exception& error) {  // the attempt has not begun
    run_or_warn([&] { failure = std::string("the callback cannot be sent: ") + error.what(); });
  }
  finish(generation, callback, number, {0, std::move(failure), {}}, {});
}

// Also ends if the next attempt has begun: without backoff it begins as soon as this one has failed.
void TeamRunner::deliver_and_wait(OutgoingAttempt outgoing) {
  const auto callback = outgoing.attempt.callback;
  const auto generation = outgoing.generation;
  const auto number = outgoing.attempt.number;
  deliver(std::move(outgoing));
  const auto ended = [&] {
    if (!in_flight_.is_current(generation) || waits_.cancelled()) return true;
    const auto* found = team_.callbacks().all().find(callback);
    return !found || found->state != engine::CallbackState::delivering || found->attempts.size() > number;
  };
  const base::Blocking blocking;
  Waits::Lock lock(mutex_);
  if (!services_.commits) return waits_.uninterrupted(ended, RealTime::max(), lock);
  // The attempt does not begin while saving fails.
  const auto ended_or_failing = [&] { return ended() || services_.commits->failing(); };
  while (!ended()) {
    waits_.uninterrupted(ended_or_failing, services_.time.now() + kClientCheckInterval, lock);
    services_.commits->check();
  }
}

// The time is read before anything else fires, because backoff counts from the end of the failed attempt. Nothing here
// throws until the team has the result: without it the team would wait forever.
void TeamRunner::finish(const AttemptsInFlight::GenerationPtr& generation, engine::Number callback, std::size_t attempt,
                        engine::AttemptResult result, base::Exchange exchange) {
  if (!result.error.empty()) {  // the error names the host, which may contain a key
    std::string shown = "no memory";
    run_or_warn([&] { shown = masker().hide(result.error); });
    result.error = std::move(shown);
  }
  JournalExchangePtr kept;
  if (journal_.on() && !exchange.request_head.empty()) {
    run_or_warn([&] {
      if (exchange.is_long()) exchange.shorten(masker());
      kept = std::make_shared<const JournalExchange>(callback, attempt, std::move(exchange));
    });
  }
  CommandScope scope(*this);
  if (!in_flight_.end(generation) || stopped_) return;
  const Instant now = clock_.now(services_.time.now());
  team_.finish_attempt(callback, std::move(result), {now, events_.open_batch()},
                       journal_.record_exchange(std::move(kept)));
  events_.close_batch(EventOutbox::Cause::fell_due);
  scope.catch_up();
}

}  // namespace enrichment_mock::runner
