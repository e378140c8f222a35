// TeamRunner's reset, its clock, and what else a test does to a team by hand.
#include <utility>

#include "runner/team_runner.h"
#include "scenario/draw.h"

namespace enrichment_mock::runner {

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
  setup_.secret = scenario::mix(setup_.secret, generation_) >> 11;
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
