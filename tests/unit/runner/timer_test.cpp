#include "runner/timer.h"

#include <doctest/doctest.h>
#include <new>
#include <string>
#include <vector>

#include "support/fake_time.h"

using namespace enrichment_mock::runner;
using namespace enrichment_mock::support;
using namespace std::chrono_literals;

namespace {

class Counter final : public TimerListener {
 public:
  void on_timer() override {
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

TEST_CASE("a listener is woken at its time and not before") {
  FakeTime time;
  Timer timer(time);
  const auto listener = std::make_shared<Counter>(), earlier = std::make_shared<Counter>();
  timer.arm(listener, RealTime(10s));
  timer.arm(earlier, RealTime(9s));
  time.await_waiters(1);
  time.advance(9s);
  earlier->await(1);
  CHECK(listener->wakes() == 0);
  time.await_waiters(1);
  time.advance(1s);
  listener->await(1);
}

TEST_CASE("a listener can be armed for earlier, and again from after its wake") {
  FakeTime time;
  Timer timer(time);
  const auto listener = std::make_shared<Counter>();
  timer.arm(listener, RealTime(10s));
  timer.arm(listener, RealTime(5s));
  time.advance(5s);
  listener->await(1);
  timer.arm(listener, RealTime(6s));
  time.advance(1s);
  listener->await(2);
}

TEST_CASE("a listener that is gone is not woken, and nobody after stop") {
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

TEST_CASE("an alarm that was replaced by an earlier one wakes no sleeper, however often that happens") {
  FakeTime time;
  Timer timer(time);
  const auto listener = std::make_shared<Counter>(), last = std::make_shared<Counter>();
  for (int i = 0; i < 100; ++i) {
    timer.arm(listener, RealTime(1h));
    timer.arm(listener, RealTime(std::chrono::seconds(i + 1)));
    time.advance(1s);
    listener->await(i + 1);
  }
  timer.arm(last, RealTime(2h));
  time.advance(2h);
  last->await(1);
  CHECK(listener->wakes() == 100);
}

TEST_CASE("listeners are woken in the order of their times, then in the order of arming") {
  FakeTime time;
  std::mutex mutex;
  std::vector<int> order;
  class Numbered final : public TimerListener {
   public:
    Numbered(int number, std::mutex& order_mutex, std::vector<int>& order)
        : number_(number), order_mutex_(order_mutex), order_(order) {}
    void on_timer() override {
      std::lock_guard lock(order_mutex_);
      order_.push_back(number_);
    }

   private:
    const int number_;
    std::mutex& order_mutex_;
    std::vector<int>& order_;
  };
  Timer timer(time);
  std::vector<std::shared_ptr<Numbered>> listeners;
  for (int number = 0; number < 4; ++number) listeners.push_back(std::make_shared<Numbered>(number, mutex, order));
  const auto last = std::make_shared<Counter>();
  timer.arm(listeners[2], RealTime(2s));
  timer.arm(listeners[3], RealTime(2s));
  timer.arm(listeners[1], RealTime(3s));
  timer.arm(listeners[0], RealTime(1s));
  timer.arm(listeners[1], RealTime(1s));
  timer.arm(last, RealTime(3s));
  time.advance(3s);
  last->await(1);
  CHECK(order == std::vector{0, 1, 2, 3});
}

TEST_CASE("a wake that fails without memory is reported and repeated, and the others continue") {
  class Failing final : public TimerListener {
   public:
    void on_timer() override {
      wakes.on_timer();
      throw std::bad_alloc();
    }
    Counter wakes;
  };
  FakeTime time;
  std::mutex mutex;
  std::vector<std::string> warnings;
  Timer timer(time, [&](std::string_view text) {
    std::lock_guard lock(mutex);
    warnings.emplace_back(text);
    throw std::bad_alloc();  // there is no memory for the warning either
  });
  const auto failing = std::make_shared<Failing>();
  const auto other = std::make_shared<Counter>();
  timer.arm(failing, RealTime(0s));
  for (int wakes = 1; wakes <= 10; ++wakes) {
    failing->wakes.await(wakes);
    timer.arm(other, time.now());
    other->await(wakes);
    time.await_waiters(1);
    time.advance(Timer::kRetryAfterFailure);
  }
  failing->wakes.await(11);
  std::lock_guard lock(mutex);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].starts_with("what is due in a team is delayed: "));
}
