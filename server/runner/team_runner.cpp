#include "runner/team_runner.h"

#include <algorithm>
#include <utility>

#include "base/mix.h"
#include "base/waiting.h"

namespace enrichment_mock::runner {

namespace {
// Wakes are rounded up to ticks of real time, so that what falls due close together is fired in one go, and a busy team
// does not set its alarm anew with every request.
using Tick = std::chrono::milliseconds;

RealTime next_tick(RealTime at) { return std::chrono::ceil<Tick>(at); }
}  // namespace

TeamRunner::TeamRunner(Surroundings surroundings, engine::TeamSetup setup, TeamProfile profile)
    : around_(surroundings),
      profile_(std::move(profile)),
      name_(setup.name),
      journal_(profile_.journal_size, *profile_.sequence),
      lost_past_(profile_.came_back),
      scenario_(setup.scenario),
      setup_(std::move(setup)),
      clock_(scenario_->clock, around_.time.wall(), around_.time.now()),
      team_(setup_, clock_.now(around_.time.now())) {}

std::shared_ptr<const scenario::Scenario> TeamRunner::scenario() const {
  std::lock_guard lock(scenario_mutex_);
  return scenario_;
}

std::optional<std::string> TeamRunner::lost_past() const {
  if (!lost_past_) return std::nullopt;
  return "this team was let go when there were too many (--max-teams), and what it did before is lost; a reset begins "
         "anew";
}

void TeamRunner::replace(std::shared_ptr<const scenario::Scenario> scenario, bool own) {
  own_scenario_ = own;
  command([&](engine::Team& team, Instant now) {
    team.replace(scenario, now);
    std::lock_guard lock(scenario_mutex_);
    scenario_.swap(scenario);  // the old one goes outside the locks
    return true;
  });
}

Admitted TeamRunner::admit(scenario::Event event) {
  return command([&](engine::Team& team, Instant now) {
    auto admission = team.admit(now, event);
    Admitted admitted{std::move(admission.reply), std::nullopt};
    if (const auto wait = admission.retry_after)
      admitted.retry_after = std::chrono::ceil<std::chrono::seconds>(clock_.real_duration_of(*wait)).count();
    return admitted;
  });
}

engine::RequestResult TeamRunner::request(engine::EnrichmentRequest request) {
  std::optional<Outgoing> first;
  auto result = command([&](engine::Team& team, Instant now) {
    auto made = team.request(now, std::move(request));
    if (made.attempt_first) first = launch(*std::exchange(made.attempt_first, std::nullopt));
    return made;
  });
  if (first) deliver_and_wait(*std::move(first));
  return result;
}

std::optional<engine::PollResult> TeamRunner::poll(const engine::EnrichmentId& id, bool spoilt) {
  return command([&](engine::Team& team, Instant now) { return team.poll(now, id, spoilt); });
}

engine::CreditsResult TeamRunner::credits() {
  return command([](engine::Team& team, Instant) { return team.credits(); });
}

void TeamRunner::count_refused(int status) {
  std::lock_guard lock(mutex_);
  team_.count_refused(status);
}

void TeamRunner::count_unmatched() {
  std::lock_guard lock(mutex_);
  team_.count_unmatched();
}

engine::Totals TeamRunner::totals() {
  std::lock_guard lock(mutex_);
  auto totals = past_;
  totals.add(team_);
  return totals;
}

Instant TeamRunner::now() {
  std::lock_guard lock(mutex_);
  return clock_.now(around_.time.now());
}

bool TeamRunner::nothing_pending() {
  std::lock_guard lock(mutex_);
  return team_.unresolved() == 0 && team_.callbacks().open_count() == 0 && !recorder_;
}

void TeamRunner::wake() {
  std::vector<Outgoing> due;
  std::optional<RealTime> wake_at;
  {
    std::lock_guard lock(mutex_);
    catch_up(due);
    wake_at = next_wake();
  }
  hand_out(std::move(due), wake_at);
}

void TeamRunner::hold_up_nobody() {
  std::lock_guard lock(mutex_);
  holds_up_ = false;
  changed_.notify_all();
}

void TeamRunner::stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

// On a manual clock callbacks leave only inside advance and settle, so that a test decides when.
Instant TeamRunner::catch_up(std::vector<Outgoing>& due) {
  const Instant now = clock_.now(around_.time.now());
  if (stopped_) return now;
  team_.keep_news(around_.audience && around_.audience->present());
  const auto what = clock_.manual() ? engine::FireWhat::all_but_callbacks : engine::FireWhat::everything;
  bool fired_any = false;
  while (auto fired = team_.fire_next(now, what)) {
    fired_any = true;
    record(*fired);
    if (auto* attempt = std::get_if<engine::DueAttempt>(&fired->what)) due.push_back(launch(std::move(*attempt)));
  }
  if (fired_any && (recorder_ || waiting_ > 0)) changed_.notify_all();
  team_.forget(now);
  return now;
}

std::optional<RealTime> TeamRunner::next_wake() {
  if (clock_.manual() || stopped_) return std::nullopt;
  const auto due = team_.next_due();
  return due ? std::optional(next_tick(clock_.real_time_of(*due))) : std::nullopt;
}

void TeamRunner::hand_out(std::vector<Outgoing> due, std::optional<RealTime> wake_at) {
  if (wake_at) around_.timer.arm(shared_from_this(), *wake_at);
  tell();
  for (auto& outgoing : due) deliver(std::move(outgoing));
}

// One thread at a time: news is heard in its order, and whoever comes second knows that the first one's has been heard.
void TeamRunner::tell() {
  if (!around_.audience || !around_.audience->present()) return;
  std::lock_guard telling(telling_mutex_);
  std::vector<engine::News> news;
  {
    std::lock_guard lock(mutex_);
    news = team_.take_news();
  }
  if (!news.empty()) around_.audience->hear(profile_.id, news);
}

// It belongs to its generation from here on, and is waited for when that ends.
TeamRunner::Outgoing TeamRunner::launch(engine::DueAttempt attempt) {
  if (!flight_) flight_ = std::make_shared<Flight>();
  ++flight_->count;
  const auto count = team_.callbacks().at(attempt.callback).attempts.size();
  return {std::move(attempt), flight_, count};
}

void TeamRunner::deliver(Outgoing outgoing) {
  auto& [attempt, flight, count] = outgoing;
  const auto callback = attempt.callback;
  const Deliverer::Cut cut(flight, &flight->cut);
  const auto finish = [self = shared_from_this(), flight = flight, callback](engine::AttemptResult result) {
    self->finish(flight, callback, std::move(result));
  };
  try {
    around_.deliverer.deliver(std::move(attempt), cut, finish);
  } catch (const std::exception& error) {  // it has not begun
    finish({0, std::string("the callback cannot be sent: ") + error.what(), {}});
  }
}

// By then the next attempt may be under way: without backoff it begins as soon as this one has failed.
void TeamRunner::deliver_and_wait(Outgoing outgoing) {
  const auto number = outgoing.attempt.callback;
  const auto flight = outgoing.flight;
  const auto count = outgoing.count;
  deliver(std::move(outgoing));
  const base::Blocking blocking;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    if (flight != flight_ || !holds_up_ || stopped_) return true;
    const auto* callback = team_.callbacks().all().find(number);
    return !callback || callback->state != engine::CallbackState::delivering || callback->attempts.size() > count;
  });
}

// The result's own time is read before anything else fires: backoff counts from the end of the failed attempt.
void TeamRunner::finish(const FlightPtr& flight, engine::Number callback, engine::AttemptResult result) {
  std::vector<Outgoing> due;
  std::optional<RealTime> wake_at;
  {
    std::lock_guard lock(mutex_);
    changed_.notify_all();
    if (flight != flight_) --being_cut_;
    if (stopped_ || flight != flight_) return;
    if (--flight->count == 0) flight_.reset();
    team_.finish_attempt(callback, std::move(result), clock_.now(around_.time.now()));
    record_attempt(team_.callbacks().at(callback));
    catch_up(due);
    wake_at = next_wake();
  }
  hand_out(std::move(due), wake_at);
}

void TeamRunner::record(const engine::Fired& fired) {
  if (!recorder_) return;
  if (const auto* status = std::get_if<engine::Status>(&fired.what))
    recorder_->push_back({fired.at, team_.enrichments()[fired.enrichment].id, 0, *status});
  else if (const auto* unsent = std::get_if<engine::Fired::Unsent>(&fired.what))
    record_attempt(team_.callbacks().at(unsent->callback));
  else if (const auto* moment = std::get_if<engine::ScheduleMoment>(&fired.what))
    recorder_->push_back({fired.at, {}, 0, *moment});
}

void TeamRunner::record_attempt(const engine::Callback& callback) {
  if (!recorder_) return;
  const auto& attempt = callback.attempts.back();
  recorder_->push_back({attempt.at, team_.enrichments()[callback.enrichment].id, callback.copy, attempt.result});
}

namespace {
constexpr std::chrono::milliseconds kBetweenLooks{500};  // for whether anybody still waits for the answer
}  // namespace

// Holds the team's one place for an advance or settle, and collects what fires meanwhile. Under mutex_.
struct TeamRunner::Claim {
  Claim(TeamRunner& owner, std::vector<FiredEntry>& fired) : team(owner), recorder(fired) {
    if (team.stopped_) throw Conflict("the emulator has been stopped");
    team.check_unclaimed();
    team.recorder_ = &fired;
  }
  // After a reset the place may be somebody else's.
  ~Claim() {
    if (team.recorder_ == &recorder) team.recorder_ = nullptr;
  }
  TeamRunner& team;
  std::vector<FiredEntry>& recorder;
};

// Tells the audience in the end, once the lock is released.
struct TeamRunner::Telling {
  explicit Telling(TeamRunner& owner) : team(owner) {}
  ~Telling() { team.tell(); }
  Telling(const Telling&) = delete;
  Telling& operator=(const Telling&) = delete;
  TeamRunner& team;
};

void TeamRunner::check_unclaimed() const {
  if (recorder_) throw Conflict("another advance or settle of this team is under way");
}

void TeamRunner::check_manual() const {
  if (!clock_.manual()) throw Conflict("only a manual clock can be advanced; this team's clock is running");
}

std::vector<FiredEntry> TeamRunner::advance(Duration by) {
  std::vector<FiredEntry> fired;
  const Telling telling(*this);
  std::unique_lock lock(mutex_);
  check_manual();
  const Claim claim(*this, fired);
  const Instant target = clock_.now(around_.time.now()) + std::min<Duration>(by, kYear);
  fire_until(
      target, [] { return false; }, RealTime::max(), lock);
  clock_.move_to(target);
  return fired;
}

std::vector<FiredEntry> TeamRunner::advance_to_next() {
  std::vector<FiredEntry> fired;
  const Telling telling(*this);
  std::unique_lock lock(mutex_);
  check_manual();
  const Claim claim(*this, fired);
  // Something that is only put off has not fired yet.
  while (fired.empty()) {
    const auto due = team_.next_due();
    if (!due) break;
    fire_until(
        *due, [] { return false; }, RealTime::max(), lock);
  }
  return fired;
}

SettleResult TeamRunner::settle(std::chrono::milliseconds timeout) {
  SettleResult result;
  const Telling telling(*this);
  std::unique_lock lock(mutex_);
  const RealTime deadline = deadline_in(timeout);
  const Claim claim(*this, result.fired);
  const auto settled = [this] { return team_.settled(); };
  result.complete =
      clock_.manual() ? fire_until(Instant::max(), settled, deadline, lock) : await(deadline, lock, settled);
  result.now = clock_.now(around_.time.now());
  result.open = open_lookups();
  return result;
}

// One thing after the other, and never while a delivery is under way, up to the limit or until it is `enough`. False:
// the deadline came first. The lock is released now and then, so that a long way does not keep the team's other calls
// waiting.
template <class Enough>
bool TeamRunner::fire_until(Instant limit, Enough enough, RealTime deadline, std::unique_lock<std::mutex>& lock) {
  constexpr int kEntriesAtOnce = 64;
  const auto generation = generation_;
  for (int entries = 1;; ++entries) {
    if (entries % kEntriesAtOnce == 0) {
      lock.unlock();
      tell();
      lock.lock();
    }
    if (generation != generation_) throw Conflict("the team has been reset");
    if (!await(deadline, lock, [&] { return team_.callbacks().delivering_count() == 0; })) return false;
    if (waiting_ > 0) changed_.notify_all();
    const auto due = team_.next_due();
    if (!due || *due > limit || enough()) return true;
    if (deadline != RealTime::max() && around_.time.now() >= deadline) return false;
    clock_.move_to(*due);
    team_.keep_news(around_.audience && around_.audience->present());
    auto fired = team_.fire_next(*due);
    if (!fired) continue;  // it was put off
    record(*fired);
    if (auto* attempt = std::get_if<engine::DueAttempt>(&fired->what)) {
      auto outgoing = launch(std::move(*attempt));
      lock.unlock();
      deliver(std::move(outgoing));
      lock.lock();
    }
  }
}

RealTime TeamRunner::deadline_in(std::chrono::milliseconds timeout) const {
  return around_.time.now() + std::min<std::chrono::milliseconds>(timeout, kYear);
}

// False: the deadline came first. Where there is none, it does not matter who still waits for it.
bool TeamRunner::await(RealTime deadline, std::unique_lock<std::mutex>& lock, const std::function<bool()>& holds) {
  const auto generation = generation_;
  auto next_look = around_.time.now() + kBetweenLooks;
  for (;;) {
    if (generation != generation_) throw Conflict("the team has been reset");
    if (!holds_up_ || stopped_) throw Conflict("the emulator is stopping");
    if (holds()) return true;
    if (around_.time.now() >= deadline) return false;
    if (deadline == RealTime::max()) {
      changed_.wait(lock);
      continue;
    }
    around_.time.wait_until(changed_, lock, std::min(deadline, next_look));
    if (around_.time.now() < next_look) continue;
    lock.unlock();
    const bool left = base::Caller::of_this_thread_has_left();
    lock.lock();
    if (left) throw Conflict("nobody waits for this any more: the client has left");
    next_look = around_.time.now() + kBetweenLooks;
  }
}

std::vector<OpenLookup> TeamRunner::open() {
  std::lock_guard lock(mutex_);
  return open_lookups();
}

std::vector<OpenLookup> TeamRunner::open_lookups() const {
  using Why = OpenLookup::Why;
  std::vector<OpenLookup> open;
  for (const auto& enrichment : team_.enrichments()) {
    if (engine::is_resolved(enrichment.status)) continue;
    const bool timed = enrichment.due != engine::kNever;
    open.push_back({enrichment.id, timed ? Why::pending : enrichment.polls_left > 0 ? Why::polls : Why::forever});
  }
  for (const auto& callback : team_.callbacks().all())
    if (engine::is_open(callback.state)) open.push_back({team_.enrichments()[callback.enrichment].id, Why::delivering});
  return open;
}

std::string_view to_text(OpenLookup::Why why) {
  switch (why) {
    case OpenLookup::Why::forever:
      return "forever";
    case OpenLookup::Why::polls:
      return "polls";
    case OpenLookup::Why::pending:
      return "pending";
    case OpenLookup::Why::delivering:
      return "delivering";
  }
  return "";
}

namespace {
constexpr std::chrono::seconds kUntilCut{1};  // only a name lookup, which nothing can cut, takes longer
}  // namespace

void TeamRunner::reset(std::shared_ptr<const scenario::Scenario> scenario) {
  std::unique_lock lock(mutex_);
  if (stopped_) throw Conflict("the emulator has been stopped");
  ++generation_;
  past_.add(team_);
  own_scenario_ = false;
  lost_past_ = false;
  journal_.clear();
  const auto flight = std::exchange(flight_, nullptr);
  if (flight) being_cut_ += flight->count;
  recorder_ = nullptr;
  setup_.scenario = scenario;
  setup_.credits = scenario->credits_of(setup_.name);
  // Ids without a seed are never given twice.
  setup_.secret = base::mix(setup_.secret, generation_) >> 11;
  clock_ = engine::Clock(scenario->clock, around_.time.wall(), around_.time.now());
  team_ = engine::Team(setup_, clock_.now(around_.time.now()));
  {
    std::lock_guard scenario_lock(scenario_mutex_);
    scenario_ = std::move(scenario);
  }
  changed_.notify_all();
  if (flight) flight->cut.raise();
  const RealTime deadline = around_.time.now() + kUntilCut;
  while (being_cut_ > 0 && around_.time.now() < deadline) around_.time.wait_until(changed_, lock, deadline);
}

bool TeamRunner::redeliver(engine::Number callback) {
  std::optional<Outgoing> outgoing;
  const auto generation = command([&](engine::Team& team, Instant now) {
    if (auto attempt = team.redeliver(callback, now)) outgoing = launch(*std::move(attempt));
    return generation_;
  });
  if (!outgoing) return false;
  deliver_and_wait(*std::move(outgoing));
  std::lock_guard lock(mutex_);
  if (generation != generation_) throw Conflict("the team has been reset");
  return true;
}

ClockView TeamRunner::clock() {
  return command([this](engine::Team&, Instant now) { return ClockView{clock_.manual(), clock_.scale(), now}; });
}

ClockView TeamRunner::stop_clock(std::optional<Instant> now) {
  {
    std::lock_guard lock(mutex_);
    check_unclaimed();
    const RealTime real = around_.time.now();
    clock_.stop_at(now.value_or(clock_.now(real)), real);
  }
  return clock();
}

ClockView TeamRunner::run_clock(double scale) {
  {
    std::lock_guard lock(mutex_);
    check_unclaimed();
    clock_.run(scale, around_.time.now());
  }
  return clock();
}

}  // namespace enrichment_mock::runner
