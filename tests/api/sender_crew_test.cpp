#include <doctest/doctest.h>
#include <future>
#include <set>

#include "callbacks/crew.h"
#include "support/deliveries.h"

namespace enrichment_mock::callbacks {
namespace {

using namespace std::chrono_literals;
using support::Deliveries;

// Attempts at "hang" come back only when the test lets them, like a name lookup that nothing can interrupt.
class Lookups {
 public:
  Crew::Perform perform() {
    return [lookups = lookups_](const Outbound& outbound, const Cutoff&) -> Delivery {
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
    return lookups_->changed.wait_for(lock, 30s, condition);
  }
  std::shared_ptr<State> lookups_ = std::make_shared<State>();
};

TEST_CASE("an attempt that does not come back is reported at its deadline, once") {
  Lookups lookups;
  Deliveries deliveries;
  const auto crew = Crew::start(lookups.perform(), 10);
  crew->add({.url = "hang", .timeout = 100ms}, deliveries.done());
  REQUIRE(deliveries.wait_for(1));
  CHECK(deliveries.all()[0].error == "timed out after 100ms");
  CHECK(deliveries.all()[0].latency >= 100ms);
  lookups.release();
  REQUIRE(lookups.wait_returned(1));
  crew->add({.url = "fine"}, deliveries.done());
  REQUIRE(deliveries.wait_for(2));
  crew->stop();
  CHECK(deliveries.all().size() == 2);
}

TEST_CASE("stop does not wait for an attempt that does not come back") {
  Lookups lookups;
  Deliveries deliveries;
  const auto crew = Crew::start(lookups.perform(), 10);
  crew->add({.url = "hang", .timeout = 10min}, deliveries.done());
  REQUIRE(lookups.wait_hanging(1));
  const auto begin = Clock::now();
  crew->stop();
  CHECK(Clock::now() - begin < 2s);
  CHECK(deliveries.all().empty());
}

TEST_CASE("stop waits for an outcome that is being told, and drops what the others held") {
  Lookups lookups;
  const auto crew = Crew::start(lookups.perform(), 10);
  const auto held = std::make_shared<int>();
  crew->add({.url = "hang", .timeout = 10min}, [held](Delivery) {});
  REQUIRE(lookups.wait_hanging(1));
  std::promise<void> telling;
  std::promise<void> told;
  bool finished = false;
  crew->add({.url = "fine"}, [&](Delivery) {
    telling.set_value();
    told.get_future().wait();
    finished = true;
  });
  telling.get_future().wait();
  std::thread stopper([&] { crew->stop(); });
  told.set_value();
  stopper.join();
  CHECK(finished);
  CHECK(held.use_count() == 1);
}

TEST_CASE("no more threads than allowed, and all jobs are done") {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  const auto count = [&](const Outbound&, const Cutoff&) -> Delivery {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
    return {.status = 200};
  };
  Deliveries deliveries;
  const auto crew = Crew::start(count, 2);
  for (int i = 0; i < 2000; ++i) crew->add({.url = std::to_string(i % 3)}, deliveries.done());
  REQUIRE(deliveries.wait_for(2000));
  crew->stop();
  CHECK(threads.size() <= 2);
}

TEST_CASE("jobs of one URL keep their order and do not take all places") {
  Queue queue;
  const auto job = [](std::string url) {
    return std::make_shared<Job>(Job{.outbound = {.url = std::move(url)}, .done = {}});
  };
  for (std::size_t i = 0; i < Queue::kPerUrl + 2; ++i) queue.push(job("http://busy/?" + std::to_string(i)));
  queue.push(job("http://other/"));
  std::vector<JobPtr> taken;
  while (queue.ready()) taken.push_back(queue.pop());
  REQUIRE(taken.size() == Queue::kPerUrl + 1);
  CHECK(taken.back()->outbound.url == "http://other/");
  CHECK(taken[1]->outbound.url == "http://busy/?1");
  queue.finished(*taken[0]);
  REQUIRE(queue.ready());
  CHECK(queue.pop()->outbound.url == "http://busy/?" + std::to_string(Queue::kPerUrl));
  CHECK_FALSE(queue.ready());
  CHECK(queue.clear().size() == 1);
}

}  // namespace
}  // namespace enrichment_mock::callbacks
