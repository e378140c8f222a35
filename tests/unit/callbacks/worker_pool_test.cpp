#include "callbacks/worker_pool.h"

#include <atomic>
#include <doctest/doctest.h>
#include <future>
#include <new>
#include <set>
#include <system_error>

#include "support/deliveries.h"
#include "support/patience.h"

namespace enrichment_mock::callbacks {
namespace {

using namespace std::chrono_literals;
using support::Deliveries;

// Attempts at "hang" return only when the test allows it, like a name lookup that nothing can interrupt.
class Lookups {
 public:
  WorkerPool::Perform perform() {
    return [lookups = lookups_](const OutboundRequest& outbound, const base::Deadline&, ExchangeLog&) -> Delivery {
      if (outbound.url != "hang") return {.status = 200};
      std::unique_lock lock(lookups->mutex);
      ++lookups->hanging;
      lookups->changed.notify_all();
      lookups->changed.wait(lock, [&lookups] { return lookups->released; });
      ++lookups->returned;
      lookups->changed.notify_all();
      return {.error = "too late"};
    };
  }
  bool wait_hanging(int count) {
    return wait([this, count] { return lookups_->hanging >= count; });
  }
  bool wait_returned(int count) {
    return wait([this, count] { return lookups_->returned >= count; });
  }
  void release() {
    const std::lock_guard lock(lookups_->mutex);
    lookups_->released = true;
    lookups_->changed.notify_all();
  }
  ~Lookups() { release(); }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    int hanging = 0;
    int returned = 0;
    bool released = false;
  };
  template <typename Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(lookups_->mutex);
    return lookups_->changed.wait_for(lock, support::kPatience, condition);
  }
  std::shared_ptr<State> lookups_ = std::make_shared<State>();
};

TEST_CASE("an attempt that does not return is reported once, at its deadline") {
  Lookups lookups;
  Deliveries deliveries;
  const auto pool = WorkerPool::start(lookups.perform(), 10);
  pool->add({.url = "hang", .timeout = 100ms}, deliveries.done());
  REQUIRE(deliveries.wait_for(1));
  CHECK(deliveries.all()[0].error == "timed out after 100ms (see --callback-timeout)");
  CHECK(deliveries.all()[0].latency >= 100ms);
  lookups.release();
  REQUIRE(lookups.wait_returned(1));
  pool->add({.url = "fine"}, deliveries.done());
  REQUIRE(deliveries.wait_for(2));
  pool->stop();
  CHECK(deliveries.all().size() == 2);
}

TEST_CASE("an attempt that does not return is reported with what it has sent and received until the deadline") {
  for (const bool is_sent : {true, false}) {
    CAPTURE(is_sent);
    Lookups lookups;
    const auto perform = [&, lookup = lookups.perform()](const OutboundRequest& outbound,
                                                         const base::Deadline& deadline, ExchangeLog& log) {
      const auto& sending = log.sends("POST /", std::string(1000, 'x'));
      if (is_sent) log.is_sent();
      log.update([](base::Exchange& exchange) { exchange.status = 207; });
      auto delivery = lookup(outbound, deadline, log);
      if (!is_sent) CHECK(sending.request_body == std::string(1000, 'x'));  // although another thread has taken it
      return delivery;
    };
    Deliveries deliveries;
    const auto pool = WorkerPool::start(perform, 10);
    pool->add({.url = "hang", .timeout = 100ms}, deliveries.done());
    REQUIRE(deliveries.wait_for(1));
    const auto exchange = deliveries.all()[0].exchange;
    CHECK(exchange.request_head == "POST /");
    CHECK(exchange.request_body == std::string(1000, 'x'));
    CHECK(exchange.request_body_bytes == 1000);
    CHECK(exchange.status == 207);
    lookups.release();
    REQUIRE(lookups.wait_returned(1));
    pool->stop();
  }
}

TEST_CASE("stop does not wait for an attempt that does not return") {
  Lookups lookups;
  Deliveries deliveries;
  const auto pool = WorkerPool::start(lookups.perform(), 10);
  pool->add({.url = "hang", .timeout = 10min}, deliveries.done());
  REQUIRE(lookups.wait_hanging(1));
  const auto begin = Clock::now();
  pool->stop();
  CHECK(Clock::now() - begin < support::kPatience);
  CHECK(deliveries.all().empty());
}

TEST_CASE("stop waits for a running call of done, and drops the other jobs") {
  Lookups lookups;
  const auto pool = WorkerPool::start(lookups.perform(), 10);
  const auto held = std::make_shared<int>();
  pool->add({.url = "hang", .timeout = 10min}, [held](Delivery) {});
  REQUIRE(lookups.wait_hanging(1));
  std::promise<void> telling;
  std::promise<void> told;
  bool finished = false;
  pool->add({.url = "fine"}, [&](Delivery) {
    telling.set_value();
    told.get_future().wait();
    finished = true;
  });
  telling.get_future().wait();
  std::thread stopper([&] { pool->stop(); });
  told.set_value();
  stopper.join();
  CHECK(finished);
  CHECK(held.use_count() == 1);
}

TEST_CASE("there are no more threads than allowed, and all jobs are done") {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  const auto count = [&](const OutboundRequest&, const base::Deadline&, ExchangeLog&) -> Delivery {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
    return {.status = 200};
  };
  Deliveries deliveries;
  const auto pool = WorkerPool::start(count, 2);
  for (int i = 0; i < 2000; ++i) pool->add({.url = std::to_string(i % 3)}, deliveries.done());
  REQUIRE(deliveries.wait_for(2000));
  pool->stop();
  CHECK(threads.size() <= 2);
}

TEST_CASE("an attempt that throws is a failed delivery, and a callback done that throws stops nothing") {
  const auto pool = WorkerPool::start(
      [](const OutboundRequest& outbound, const base::Deadline&, ExchangeLog&) -> Delivery {
        if (outbound.url == "throws") throw 1;
        return {.status = 200};
      },
      1);
  Deliveries deliveries;
  const auto collect = deliveries.done();
  const auto collect_and_throw = [&](Delivery delivery) {
    collect(std::move(delivery));
    throw std::bad_alloc();
  };
  pool->add({.url = "throws"}, collect_and_throw);
  pool->add({.url = "fine"}, collect_and_throw);
  pool->add({.url = "fine"}, collect);
  REQUIRE(deliveries.wait_for(3));
  pool->stop();
  CHECK(deliveries.all()[0].error == "cannot send");
  CHECK(deliveries.all()[1].status == 200);
  CHECK(deliveries.all()[2].status == 200);
}

TEST_CASE("a job waits until a thread is free") {
  int failures = -1;  // the watching thread is the first
  const auto spawn = [&](std::function<void()> run) {
    if (failures++ >= 0 && failures <= 3) throw std::system_error(EAGAIN, std::generic_category());
    WorkerPool::spawn_detached(std::move(run));
  };
  const auto pool = WorkerPool::start(
      [](const OutboundRequest&, const base::Deadline&, ExchangeLog&) -> Delivery { return {.status = 200}; }, 1,
      spawn);
  Deliveries deliveries;
  pool->add({.url = "fine"}, deliveries.done());
  CHECK(deliveries.wait_for(1));
  pool->stop();
}

TEST_CASE("a host that hangs on every path leaves threads for other hosts") {
  Lookups lookups;
  const auto perform = [lookup = lookups.perform()](const OutboundRequest& outbound, const base::Deadline& deadline,
                                                    ExchangeLog& log) {
    const bool hangs = outbound.url.starts_with("http://hanging/");
    return lookup({.url = hangs ? "hang" : "fine"}, deadline, log);
  };
  const auto pool = WorkerPool::start(perform, 4096);
  Deliveries hanging;
  Deliveries healthy;
  for (int i = 0; i < 1200; ++i) {
    pool->add({.url = "http://hanging/" + std::to_string(i), .timeout = 10min}, hanging.done());
  }
  REQUIRE(lookups.wait_hanging(1024));
  pool->add({.url = "http://healthy/"}, healthy.done());
  CHECK(healthy.wait_for(1));
  pool->stop();
  CHECK(hanging.all().empty());
}

// Each thread that a pool has started and that has not ended.
class Threads {
 public:
  WorkerPool::Spawn spawn() {
    return [running = running_](std::function<void()> run) {
      ++*running;
      WorkerPool::spawn_detached([running, run = std::move(run)] {
        run();
        --*running;
      });
    };
  }
  int running() const { return *running_; }

 private:
  std::shared_ptr<std::atomic<int>> running_ = std::make_shared<std::atomic<int>>(0);
};

TEST_CASE("threads of a burst end, although others send all the time") {
  Threads threads;
  Lookups lookups;
  Deliveries burst;
  const auto pool = WorkerPool::start(lookups.perform(), 100, threads.spawn(), 50ms);
  for (int i = 0; i < 8; ++i) pool->add({.url = "hang", .timeout = 10min}, burst.done());
  REQUIRE(lookups.wait_hanging(8));
  lookups.release();
  REQUIRE(burst.wait_for(8));
  // One after the other: one worker is enough, or two if the next job is there before the first is idle again.
  const auto until = std::chrono::steady_clock::now() + support::kPatience;
  while (threads.running() > 3 && std::chrono::steady_clock::now() < until) {
    Deliveries deliveries;
    pool->add({.url = "fine"}, deliveries.done());
    REQUIRE(deliveries.wait_for(1));
  }
  CHECK(threads.running() <= 3);  // the watching thread is one of them
  pool->stop();
}

}  // namespace
}  // namespace enrichment_mock::callbacks
