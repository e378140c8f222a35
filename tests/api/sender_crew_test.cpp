#include <doctest/doctest.h>
#include <future>
#include <new>
#include <set>
#include <system_error>

#include "callbacks/worker_pool.h"
#include "support/deliveries.h"

namespace enrichment_mock::callbacks {
namespace {

using namespace std::chrono_literals;
using support::Deliveries;

// Attempts at "hang" come back only when the test lets them, like a name lookup that nothing can interrupt.
class Lookups {
 public:
  Crew::Perform perform() {
    return [lookups = lookups_](const Outbound& outbound, const net::Cutoff&) -> Delivery {
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

void push(Queue& queue, std::string url) {
  queue.push(std::make_shared<Job>(Job{.outbound = {.url = std::move(url)}, .done = {}}));
}

std::vector<JobPtr> take_all(Queue& queue) {
  std::vector<JobPtr> jobs;
  while (queue.ready()) jobs.push_back(queue.pop());
  return jobs;
}

std::vector<std::string> urls_of(const std::vector<JobPtr>& jobs) {
  std::vector<std::string> urls;
  for (const auto& job : jobs) urls.push_back(job->outbound.url);
  return urls;
}

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
  CHECK(Clock::now() - begin < support::kPatience);
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
  const auto count = [&](const Outbound&, const net::Cutoff&) -> Delivery {
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

TEST_CASE("an attempt that throws is a failed delivery, and an outcome that throws is the end of nothing") {
  const auto crew = Crew::start(
      [](const Outbound& outbound, const net::Cutoff&) -> Delivery {
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
  crew->add({.url = "throws"}, collect_and_throw);
  crew->add({.url = "fine"}, collect_and_throw);
  crew->add({.url = "fine"}, collect);
  REQUIRE(deliveries.wait_for(3));
  crew->stop();
  CHECK(deliveries.all()[0].error == "cannot send");
  CHECK(deliveries.all()[1].status == 200);
  CHECK(deliveries.all()[2].status == 200);
}

TEST_CASE("a job waits until there is a thread for it") {
  int failures = -1;  // the watching thread is the first
  const auto spawn = [&](std::function<void()> run) {
    if (failures++ >= 0 && failures <= 3) throw std::system_error(EAGAIN, std::generic_category());
    Crew::spawn_detached(std::move(run));
  };
  const auto crew =
      Crew::start([](const Outbound&, const net::Cutoff&) -> Delivery { return {.status = 200}; }, 1, spawn);
  Deliveries deliveries;
  crew->add({.url = "fine"}, deliveries.done());
  CHECK(deliveries.wait_for(1));
  crew->stop();
}

TEST_CASE("jobs of one URL keep their order and do not take all places") {
  Queue queue({.per_url = 2, .per_origin = 9});
  for (int i = 0; i < 4; ++i) push(queue, "http://busy/?" + std::to_string(i));
  push(queue, "http://other/");
  const auto taken = take_all(queue);
  CHECK(urls_of(taken) == std::vector<std::string>{"http://busy/?0", "http://busy/?1", "http://other/"});
  queue.finished(*taken[0]);
  CHECK(urls_of(take_all(queue)) == std::vector<std::string>{"http://busy/?2"});
  CHECK(urls_of(queue.clear()) == std::vector<std::string>{"http://busy/?3"});
}

TEST_CASE("jobs that are sent in turn begin one after the other, those of each cut for themselves") {
  Queue queue;
  const auto cut = std::make_shared<const enrichment_mock::base::StopSignal>();
  const auto in_turn = [&](std::string url, std::shared_ptr<const enrichment_mock::base::StopSignal> by) {
    queue.push(std::make_shared<Job>(
        Job{.outbound = {.url = std::move(url), .cut = std::move(by), .in_turn = true}, .done = {}}));
  };
  for (const char* url : {"http://a/1", "http://b/2", "http://a/3"}) in_turn(url, cut);
  in_turn("http://a/other", std::make_shared<const enrichment_mock::base::StopSignal>());
  push(queue, "http://a/plain");
  auto taken = take_all(queue);
  CHECK(urls_of(taken) == std::vector<std::string>{"http://a/1", "http://a/other", "http://a/plain"});
  queue.finished(*taken[2]);
  CHECK_FALSE(queue.ready());
  queue.finished(*taken[0]);
  taken = take_all(queue);
  CHECK(urls_of(taken) == std::vector<std::string>{"http://b/2"});
  CHECK(urls_of(queue.clear()) == std::vector<std::string>{"http://a/3"});
}

TEST_CASE("jobs for one origin do not take all places, whatever their paths") {
  Queue queue({.per_url = 2, .per_origin = 3});
  for (const char* url : {"http://busy/a?0", "HTTP://Busy/a?1", "http://busy/a?2", "http://busy/b", "http://busy?c",
                          "http://busy:81/", "https://busy/", "http://other/"}) {
    push(queue, url);
  }
  const auto taken = take_all(queue);
  CHECK(urls_of(taken) == std::vector<std::string>{"http://busy/a?0", "HTTP://Busy/a?1", "http://busy/a?2",
                                                   "http://busy:81/", "https://busy/", "http://other/"});
  for (const auto& job : taken) queue.finished(*job);
  const auto rest = take_all(queue);
  CHECK(urls_of(rest) == std::vector<std::string>{"http://busy/b", "http://busy?c"});
  for (const auto& job : rest) queue.finished(*job);
  CHECK(queue.clear().empty());
}

TEST_CASE("a place of an origin falls to who has waited longest, and a URL waits for both of its own") {
  Queue queue({.per_url = 1, .per_origin = 2});
  for (const char* url : {"http://busy/a?0", "http://busy/a?1", "http://busy/b", "http://busy/c"}) push(queue, url);
  const auto taken = take_all(queue);
  CHECK(urls_of(taken) == std::vector<std::string>{"http://busy/a?0", "http://busy/b"});
  queue.finished(*taken[0]);
  CHECK(urls_of(take_all(queue)) == std::vector<std::string>{"http://busy/c"});
  queue.finished(*taken[1]);
  CHECK(urls_of(take_all(queue)) == std::vector<std::string>{"http://busy/a?1"});
}

TEST_CASE("a host that hangs on every path leaves threads for the others") {
  Lookups lookups;
  const auto perform = [lookup = lookups.perform()](const Outbound& outbound, const net::Cutoff& cutoff) {
    const bool hangs = outbound.url.starts_with("http://hanging/");
    return lookup({.url = hangs ? "hang" : "fine"}, cutoff);
  };
  const auto crew = Crew::start(perform, 4096);
  Deliveries hanging;
  Deliveries healthy;
  for (int i = 0; i < 1200; ++i) {
    crew->add({.url = "http://hanging/" + std::to_string(i), .timeout = 10min}, hanging.done());
  }
  REQUIRE(lookups.wait_hanging(1024));
  crew->add({.url = "http://healthy/"}, healthy.done());
  CHECK(healthy.wait_for(1));
  crew->stop();
  CHECK(hanging.all().empty());
}

}  // namespace
}  // namespace enrichment_mock::callbacks
