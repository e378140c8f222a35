#include "runner/timer.h"

#include <doctest/doctest.h>

#include "support/fake_time.h"

using namespace enrichment_mock::runner;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

class Counter final : public Sleeper {
 public:
  void wake() override {
    std::lock_guard lock(mutex_);
    ++wakes_;
    woken_.notify_all();
  }
  void await(int wakes) {
    std::unique_lock lock(mutex_);
    woken_.wait(lock, [&] { return wakes_ >= wakes; });
  }
  int wakes() {
    std::lock_guard lock(mutex_);
    return wakes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  int wakes_ = 0;
};

}  // namespace

TEST_CASE("a sleeper is woken at its time and not before") {
  FakeTime time;
  Timer timer(time);
  const auto sleeper = std::make_shared<Counter>(), earlier = std::make_shared<Counter>();
  timer.arm(sleeper, RealTime(10s));
  timer.arm(earlier, RealTime(9s));
  time.await_waiters(1);
  time.advance(9s);
  earlier->await(1);
  CHECK(sleeper->wakes() == 0);
  time.await_waiters(1);
  time.advance(1s);
  sleeper->await(1);
}

TEST_CASE("a sleeper can be armed for earlier, and again from after its wake") {
  FakeTime time;
  Timer timer(time);
  const auto sleeper = std::make_shared<Counter>();
  timer.arm(sleeper, RealTime(10s));
  timer.arm(sleeper, RealTime(5s));
  time.advance(5s);
  sleeper->await(1);
  timer.arm(sleeper, RealTime(6s));
  time.advance(1s);
  sleeper->await(2);
}

TEST_CASE("a sleeper that is gone is not woken, and nobody after stop") {
  FakeTime time;
  Timer timer(time);
  auto gone = std::make_shared<Counter>();
  const auto other = std::make_shared<Counter>();
  timer.arm(gone, RealTime(1s));
  timer.arm(other, RealTime(2s));
  gone.reset();
  time.advance(2s);
  other->await(1);
  timer.arm(other, RealTime(3s));
  timer.stop();
  time.advance(10s);
  CHECK(other->wakes() == 1);
}

TEST_CASE("an alarm that an earlier one has replaced wakes nobody, however often that happens") {
  FakeTime time;
  Timer timer(time);
  const auto sleeper = std::make_shared<Counter>(), last = std::make_shared<Counter>();
  for (int i = 0; i < 100; ++i) {
    timer.arm(sleeper, RealTime(1h));
    timer.arm(sleeper, RealTime(std::chrono::seconds(i + 1)));
    time.advance(1s);
    sleeper->await(i + 1);
  }
  timer.arm(last, RealTime(2h));
  time.advance(2h);
  last->await(1);
  CHECK(sleeper->wakes() == 100);
}
