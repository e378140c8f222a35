#include "base/queue.h"

#include <deque>
#include <doctest/doctest.h>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "support/scarce_memory.h"

using enrichment_mock::base::Queue;

TEST_CASE("a queue has the elements of a std::deque after the same changes") {
  std::mt19937 random(2026);  // NOLINT: the same in each run
  for (int script = 0; script < 50; ++script) {
    Queue<std::string> queue;
    std::deque<std::string> expected;
    // It grows and shrinks for a while each, so that chunks are added and removed.
    for (int step = 0; step < 3000; ++step) {
      const auto choice = random() % 100;
      if (choice == 0 && step % 10 == 0) {
        queue.clear();
        expected.clear();
      } else if (choice < (step / 500 % 2 == 0 ? 70U : 30U)) {
        queue.push_back(std::to_string(step));
        expected.push_back(std::to_string(step));
      } else if (!expected.empty()) {
        queue.pop_front();
        expected.pop_front();
      }
      REQUIRE(queue.size() == expected.size());
      REQUIRE(queue.empty() == expected.empty());
      if (expected.empty()) continue;
      const auto place = random() % expected.size();
      REQUIRE(queue[place] == expected[place]);
      REQUIRE(queue.front() == expected.front());
      REQUIRE(queue.back() == expected.back());
    }
    REQUIRE(std::vector(queue.begin(), queue.end()) == std::vector(expected.begin(), expected.end()));
  }
}

TEST_CASE("elements stay where they are while others are added and removed") {
  Queue<int> queue;
  for (int n = 0; n < 10; ++n) queue.push_back(n);
  const int* const seventh = &queue[7];
  for (int n = 10; n < 1000; ++n) queue.push_back(n);
  for (int n = 0; n < 7; ++n) queue.pop_front();
  CHECK(&queue.front() == seventh);
  CHECK(queue.back() == 999);
}

TEST_CASE("an element is destroyed as soon as it is removed") {
  const auto element = std::make_shared<int>(1);
  Queue<std::shared_ptr<int>> queue;
  for (int n = 0; n < 3; ++n) queue.push_back(element);
  CHECK(element.use_count() == 4);
  queue.pop_front();
  CHECK(element.use_count() == 3);
  queue.clear();
  CHECK(element.use_count() == 1);
}

TEST_CASE("a queue that was moved from is empty and can be used") {
  Queue<int> from;
  for (int n = 0; n < 100; ++n) from.push_back(n);
  Queue<int> to = std::move(from);
  CHECK(to.size() == 100);
  CHECK(from.empty());  // NOLINT: this is promised
  from.push_back(7);
  CHECK(from.front() == 7);
}

TEST_CASE("an empty queue owns no memory, and one that cannot grow stays as it is") {
  using enrichment_mock::support::ScarceMemory;
  Queue<int> queue;
  int added = 0;
  {
    const ScarceMemory scarce(0);
    const Queue<int> empty;
    CHECK(empty.empty());
  }
  for (; added < 1000; ++added) {
    bool grown = true;
    {
      const ScarceMemory scarce(0);
      try {
        queue.push_back(added);
      } catch (const std::bad_alloc&) {
        grown = false;
      }
    }
    REQUIRE(queue.size() == static_cast<std::size_t>(grown ? added + 1 : added));
    if (!grown) queue.push_back(added);
    REQUIRE(queue.back() == added);
  }
}
