#include "runner/team_runner.h"

#include <utility>

namespace enrichment_mock::runner {

namespace {
// Wakes are rounded up to ticks of real time, so that what falls due close together is fired in one go, and a busy team
// does not set its alarm anew with every request.
using Tick = std::chrono::milliseconds;

RealTime next_tick(RealTime at) { return std::chrono::ceil<Tick>(at); }
}  // namespace

TeamRunner::TeamRunner(Surroundings surroundings, engine::TeamSetup setup, std::string label)
    : around_(surroundings),
      label_(std::move(label)),
      scenario_(setup.scenario),
      clock_(scenario_->clock, around_.time.wall(), around_.time.now()),
      team_(std::move(setup), clock_.now(around_.time.now())) {}

std::shared_ptr<const scenario::Scenario> TeamRunner::scenario() const {
  std::lock_guard lock(scenario_mutex_);
  return scenario_;
}

void TeamRunner::replace(std::shared_ptr<const scenario::Scenario> scenario) {
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
  auto result = command([&](engine::Team& team, Instant now) { return team.request(now, std::move(request)); });
  if (result.attempt_first) deliver_and_wait(*std::exchange(result.attempt_first, std::nullopt));
  return result;
}

std::optional<engine::PollResult> TeamRunner::poll(const engine::EnrichmentId& id) {
  return command([&](engine::Team& team, Instant now) { return team.poll(now, id); });
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

Instant TeamRunner::now() {
  return command([](engine::Team&, Instant now) { return now; });
}

bool TeamRunner::nothing_pending() {
  std::lock_guard lock(mutex_);
  return team_.unresolved() == 0 && team_.callbacks().open_count() == 0 && !recorder_;
}

void TeamRunner::wake() {
  std::vector<engine::DueAttempt> due;
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
Instant TeamRunner::catch_up(std::vector<engine::DueAttempt>& due) {
  const Instant now = clock_.now(around_.time.now());
  if (stopped_) return now;
  const auto what = clock_.manual() ? engine::FireWhat::all_but_callbacks : engine::FireWhat::everything;
  bool fired_any = false;
  while (auto fired = team_.fire_next(now, what)) {
    fired_any = true;
    record(*fired);
    if (auto* attempt = std::get_if<engine::DueAttempt>(&fired->what)) due.push_back(std::move(*attempt));
  }
  if (fired_any && recorder_) changed_.notify_all();
  return now;
}

std::optional<RealTime> TeamRunner::next_wake() {
  if (clock_.manual() || stopped_) return std::nullopt;
  const auto due = team_.next_due();
  return due ? std::optional(next_tick(clock_.real_time_of(*due))) : std::nullopt;
}

void TeamRunner::hand_out(std::vector<engine::DueAttempt> due, std::optional<RealTime> wake_at) {
  if (wake_at) around_.timer.arm(shared_from_this(), *wake_at);
  for (auto& attempt : due) deliver(std::move(attempt));
}

void TeamRunner::deliver(engine::DueAttempt attempt) {
  const auto callback = attempt.callback;
  around_.deliverer.deliver(std::move(attempt), [self = shared_from_this(), callback](engine::AttemptResult result) {
    self->finish(callback, std::move(result));
  });
}

void TeamRunner::deliver_and_wait(engine::DueAttempt attempt) {
  const auto callback = attempt.callback;
  deliver(std::move(attempt));
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    const bool under_way = team_.callbacks().at(callback).state == engine::CallbackState::delivering;
    return !under_way || !holds_up_ || stopped_;
  });
}

// The result's own time is read before anything else fires: backoff counts from the end of the failed attempt.
void TeamRunner::finish(std::uint32_t callback, engine::AttemptResult result) {
  std::vector<engine::DueAttempt> due;
  std::optional<RealTime> wake_at;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    team_.finish_attempt(callback, std::move(result), clock_.now(around_.time.now()));
    record_attempt(team_.callbacks().at(callback));
    catch_up(due);
    wake_at = next_wake();
    changed_.notify_all();
  }
  hand_out(std::move(due), wake_at);
}

void TeamRunner::record(const engine::Fired& fired) {
  if (!recorder_) return;
  if (const auto* status = std::get_if<engine::Status>(&fired.what))
    recorder_->push_back({fired.at, team_.enrichments()[fired.enrichment].id, *status});
  else if (const auto* unsent = std::get_if<engine::Fired::Unsent>(&fired.what))
    record_attempt(team_.callbacks().at(unsent->callback));
  else if (const auto* moment = std::get_if<engine::ScheduleMoment>(&fired.what))
    recorder_->push_back({fired.at, {}, *moment});
}

void TeamRunner::record_attempt(const engine::Callback& callback) {
  if (!recorder_) return;
  const auto& [at, result] = callback.attempts.back();
  recorder_->push_back({at, team_.enrichments()[callback.enrichment].id, result});
}

}  // namespace enrichment_mock::runner
