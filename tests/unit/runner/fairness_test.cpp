// One team's long calls delay no other team.
#include <doctest/doctest.h>
#include <future>
#include <new>
#include <thread>

#include "support/runner_fixture.h"

using namespace enrichment_mock;
using namespace enrichment_mock::support;
using runner::TeamRunner;

namespace {

// A thread that stays inside a function until the test lets it continue.
class Busy {
 public:
  // `what` gets a function to call in the middle.
  explicit Busy(std::function<void(const std::function<void()>& in_the_middle)> what)
      : thread_([this, what = std::move(what)] {
          what([this] {
            begun_.set_value();
            may_end_.get_future().wait();
          });
        }) {
    begun_.get_future().wait();
  }
  ~Busy() {
    if (thread_.joinable()) end();
  }
  void end() {
    may_end_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> begun_, may_end_;
  std::thread thread_;
};

struct TwoTeams : RunnerFixture {
  TwoTeams() : RunnerFixture(FakeDeliverer::Receiver{}) {}

  // The team of the next callback.
  std::string next() { return deliverer.take().first.url; }

  std::shared_ptr<TeamRunner> one = start({}), other = start({});
};

constexpr const char *kOne = "http://one.example/", *kOther = "http://other.example/";

}  // namespace

TEST_CASE("a locked team delays no other team's callback, and its own is sent once it is unlocked") {
  TwoTeams teams;
  const auto look = [](const auto& in_the_middle) {
    return [&in_the_middle](const engine::Team&) {
      in_the_middle();
      return 0;
    };
  };
  teams.one->request(lead("jane", kOne));
  teams.other->request(lead("john", kOther));
  std::optional<Busy> busy;
  SUBCASE("by a call that only reads") {
    busy.emplace([&](const auto& in_the_middle) { teams.one->read(look(in_the_middle)); });
  }
  SUBCASE("by a call that catches up") {
    busy.emplace([&](const auto& in_the_middle) { teams.one->catch_up_and_read(look(in_the_middle)); });
  }
  SUBCASE("by a wait") {
    busy.emplace([&](const auto& in_the_middle) {
      bool first = true;
      teams.one->wait_until(1h, [&](const engine::Team& state) {
        if (std::exchange(first, false)) in_the_middle();
        return state.callbacks().delivering_count() > 0;
      });
    });
  }
  teams.time.advance(1min);
  CHECK(teams.next() == kOther);
  CHECK(teams.deliverer.held() == 0);
  busy->end();
  CHECK(teams.next() == kOne);
}

TEST_CASE("an observer that is slow with one team's events delays no other team's callback") {
  struct Slow final : runner::EventObserver {
    bool has_listeners() const override { return true; }
    void on_events(const std::string&, const engine::Events& events) override {
      if (first.exchange(false)) in_the_middle();
      std::lock_guard lock(told_mutex);
      told += events.size();
      more.notify_all();
    }
    std::function<void()> in_the_middle;
    std::atomic<bool> first = true;
    std::mutex told_mutex;
    std::condition_variable more;
    std::size_t told = 0;
  } slow;
  TwoTeams teams;
  const auto watched = std::make_shared<TeamRunner>(
      runner::TeamServices{teams.time, teams.timer, teams.deliverer, &slow},
      engine::TeamSetup{std::make_shared<const scenario::Scenario>(), "watched", "", 250, 1, {}},
      runner::TeamProfile{.label = "watched", .id = "watched"});
  const auto id = watched->request(lead("jane")).id;
  watched->request(lead("june", kOne));
  teams.other->request(lead("john", kOther));
  Busy busy([&](const auto& in_the_middle) {
    slow.in_the_middle = in_the_middle;
    watched->execute([&](engine::Team& state, const engine::Context& context) {
      return state.force(context, id, scenario::Outcome::completed, std::nullopt);
    });
  });
  teams.time.advance(1min);
  CHECK(teams.next() == kOne);
  CHECK(teams.next() == kOther);
  busy.end();
  watched->execute([&](engine::Team& state, const engine::Context& context) {
    state.finish_attempt(0, {200, "", {}}, context);
    return 0;
  });
  std::lock_guard lock(slow.told_mutex);
  CHECK(slow.told == 5);  // processing and completed of both, and the attempt
}

TEST_CASE("a team with much due work gives the timer to others in between") {
  TwoTeams teams;
  scenario::Scenario rich;
  rich.credits = 10'000;
  const auto busy = teams.start(rich);
  for (int i = 0; i < 1000; ++i) busy->request(lead("jane-" + std::to_string(i), kOne));
  teams.time.advance(1ms);
  teams.other->request(lead("john", kOther));
  teams.time.advance(1min);
  CHECK(teams.next() == kOther);
  for (int i = 0; i < 1000; ++i) CHECK(teams.next() == kOne);
}

TEST_CASE("an observer without memory loses only events") {
  struct Poor final : runner::EventObserver {
    bool has_listeners() const override { return true; }
    void on_events(const std::string&, const engine::Events&) override { throw std::bad_alloc(); }
  } poor;
  TwoTeams teams;
  const auto team = std::make_shared<TeamRunner>(
      runner::TeamServices{teams.time, teams.timer, teams.deliverer, &poor},
      engine::TeamSetup{std::make_shared<const scenario::Scenario>(), "poor", "", 250, 1, {}},
      runner::TeamProfile{.label = "poor", .id = "poor"});
  team->request(lead("jane", kOne));
  SUBCASE("events of the timer") {
    teams.time.advance(1min);
    CHECK(teams.next() == kOne);
  }
  SUBCASE("events of a command") {
    team->execute([&](engine::Team& state, const engine::Context& context) {
      return state.force(context, state.enrichments().begin()->id, scenario::Outcome::completed, std::nullopt);
    });
    teams.time.advance(1min);
    CHECK(teams.next() == kOne);
  }
}
