// A runner with a clock and a receiver that the test controls, and an observer of its events.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "runner/deliverer.h"
#include "runner/event_observer.h"
#include "runner/team_runner.h"
#include "support/fake_time.h"
#include "support/team_fixture.h"

namespace enrichment_mock::support {

// Replaces the sender: answers attempts at once as set, or holds them until the test answers.
class FakeDeliverer final : public runner::Deliverer {
 public:
  using Receiver = std::function<engine::AttemptResult(const engine::DueAttempt&)>;

  // Without a receiver, attempts are held for take().
  explicit FakeDeliverer(Receiver receiver = {}) : receiver_(std::move(receiver)) {}

  void deliver(engine::DueAttempt attempt, const runner::TeamProfile&, Cut cut, Done done) override {
    if (receiver_) return done(receiver_(attempt), {});
    std::lock_guard lock(mutex_);
    held_.emplace_back(std::move(attempt), std::move(done));
    last_cut_ = std::move(cut);
    arrived_.notify_all();
  }

  // The latest attempt's.
  Cut last_cut() {
    std::lock_guard lock(mutex_);
    return last_cut_;
  }

  // The next held attempt; blocks until there is one.
  std::pair<engine::DueAttempt, Done> take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !held_.empty(); });
    auto first = std::move(held_.front());
    held_.pop_front();
    return first;
  }

  std::size_t held() {
    std::lock_guard lock(mutex_);
    return held_.size();
  }

 private:
  const Receiver receiver_;
  std::mutex mutex_;  // guards all below
  std::condition_variable arrived_;
  Cut last_cut_;
  std::deque<std::pair<engine::DueAttempt, Done>> held_;
};

inline engine::AttemptResult ok(const engine::DueAttempt&) { return {200, "", std::chrono::milliseconds(1)}; }

// Stores the events while the test listens.
class RecordingObserver final : public runner::EventObserver {
 public:
  bool has_listeners() const override { return listening; }

  void on_events(const std::string& team_id, const engine::Events& events) override {
    std::lock_guard lock(events_mutex_);
    auto& all = events_[team_id];
    all.insert(all.end(), events.begin(), events.end());
  }

  // One team's events, in their order.
  engine::Events events_of(const std::string& team_id) {
    std::lock_guard lock(events_mutex_);
    return events_[team_id];
  }

  std::atomic<bool> listening = true;

 private:
  std::mutex events_mutex_;  // guards events_
  std::map<std::string, engine::Events> events_;
};

struct RunnerFixture {
  explicit RunnerFixture(FakeDeliverer::Receiver receiver = ok) : deliverer(std::move(receiver)) {}

  std::shared_ptr<runner::TeamRunner> start(scenario::Scenario scenario) {
    scenario.name = "test";
    const auto credits = scenario.credits;
    return std::make_shared<runner::TeamRunner>(
        services(),
        engine::TeamSetup{std::make_shared<const scenario::Scenario>(std::move(scenario)), "test", "", credits, 1,
                          keep},
        runner::TeamProfile{.label = "test", .id = "test", .journals = std::make_shared<runner::Journals>(journal)});
  }

  std::shared_ptr<runner::TeamRunner> start_manual(scenario::Scenario scenario = {}) {
    scenario.clock.manual = true;
    return start(std::move(scenario));
  }

  runner::TeamServices services() {
    return {.time = time, .timer = timer, .deliverer = deliverer, .observer = &observer, .commits = commits};
  }

  runner::Commits* commits = nullptr;  // for teams that are started from here on; null: nothing is saved
  engine::Retention keep;              // this and the next are for teams that are started from here on
  runner::JournalLimits journal;       // off
  FakeTime time;
  FakeDeliverer deliverer;
  RecordingObserver observer;
  runner::Timer timer{time};
};

inline engine::CallbackState state_of_first(runner::TeamRunner& team) {
  return team.catch_up_and_read([](const engine::Team& state) { return state.callbacks().at(0).state; });
}

}  // namespace enrichment_mock::support
