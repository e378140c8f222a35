// Callbacks when memory runs out: each accepted job is reported, and the pool stops.
#include <condition_variable>
#include <doctest/doctest.h>
#include <memory>
#include <mutex>
#include <string>

#include "callbacks/queue.h"
#include "callbacks/worker_pool.h"
#include "support/patience.h"
#include "support/scarce_memory.h"

namespace enrichment_mock::callbacks {
namespace {

using namespace std::chrono_literals;
using support::MemoryForThisThreadOnly;
using support::ScarceMemory;

std::string long_url(int path) { return "http://a.rather.long.host.example/" + std::to_string(path); }

TEST_CASE("a job that the queue has no memory for is not added; jobs in the queue need no more memory") {
  Queue queue({.per_url = 1, .per_origin = 1});
  const auto first = std::make_shared<Job>(Job{.outbound = {.url = long_url(1)}, .done = {}});
  const auto second = std::make_shared<Job>(Job{.outbound = {.url = long_url(2)}, .done = {}});
  support::repeat_until_memory_suffices(
      1, [&] { queue.push(first); }, [&] { REQUIRE_FALSE(queue.ready()); });
  queue.push(second);
  const ScarceMemory none;
  bool in_turn = queue.pop().front() == first && !queue.ready();
  queue.finished(*first);
  in_turn = in_turn && queue.pop().front() == second && !queue.ready();
  queue.finished(*second);
  const bool empty = queue.clear().empty();
  CHECK(in_turn);
  CHECK(empty);
}

TEST_CASE("every job is reported, even if the pool has no memory") {
  constexpr int kJobs = 40;
  std::mutex mutex;
  std::condition_variable changed;
  int told = 0;
  const auto perform = [](const OutboundRequest&, const base::Deadline&, ExchangeLog&) -> Delivery {
    return {.status = 200};
  };
  const auto pool = WorkerPool::start(perform, 4);
  {
    const MemoryForThisThreadOnly ours;
    for (int i = 0; i < kJobs; ++i) {
      pool->add({.url = long_url(i % 3)}, [&](const Delivery& delivery) {
        const std::lock_guard lock(mutex);
        told += delivery.status == 200 ? 1 : 0;
        changed.notify_all();
      });
    }
    std::unique_lock lock(mutex);
    CHECK(changed.wait_for(lock, support::kPatience, [&] { return told == kJobs; }));
  }
  pool->stop();
}

TEST_CASE("the pool stops without memory, and drops its jobs") {
  base::StopSignal begun;
  const auto hang = [&](const OutboundRequest&, const base::Deadline& deadline, ExchangeLog&) -> Delivery {
    begun.raise();
    while (!deadline.stop->raised()) deadline.stop->wait_for(1h);
    return {.status = 200};
  };
  const auto pool = WorkerPool::start(hang, 4);
  const auto held = std::make_shared<int>();
  const auto done = [held](const Delivery&) {};
  for (int i = 0; i < 20; ++i) pool->add({.url = long_url(i), .timeout = 10min}, done);
  begun.wait_for(1h);
  {
    const ScarceMemory none;
    pool->stop();
  }
  CHECK(held.use_count() == 2);  // here, and `done`
}

}  // namespace
}  // namespace enrichment_mock::callbacks
