#include "callbacks/queue.h"

#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <vector>

namespace enrichment_mock::callbacks {
namespace {

void push(Queue& queue, std::string url) {
  queue.push(std::make_shared<Job>(Job{.outbound = {.url = std::move(url)}, .done = {}}));
}

std::vector<JobPtr> take_all(Queue& queue) {
  std::vector<JobPtr> jobs;
  while (queue.ready()) jobs.push_back(queue.pop().front());
  return jobs;
}

template <class Some>
std::vector<std::string> urls_of(const Some& jobs) {
  std::vector<std::string> urls;
  for (const auto& job : jobs) urls.push_back(job->outbound.url);
  return urls;
}

TEST_CASE("jobs for one URL keep their order and do not take all workers") {
  Queue queue({.per_url = 2, .per_origin = 9});
  for (int i = 0; i < 4; ++i) push(queue, "http://busy/?" + std::to_string(i));
  push(queue, "http://other/");
  const auto taken = take_all(queue);
  CHECK(urls_of(taken) == std::vector<std::string>{"http://busy/?0", "http://busy/?1", "http://other/"});
  queue.finished(*taken[0]);
  CHECK(urls_of(take_all(queue)) == std::vector<std::string>{"http://busy/?2"});
  CHECK(urls_of(queue.clear()) == std::vector<std::string>{"http://busy/?3"});
}

TEST_CASE("jobs that must be sent in order start one after the other, in each generation separately") {
  Queue queue;
  const auto cut = std::make_shared<const base::StopSignal>();
  const auto in_turn = [&](std::string url, std::shared_ptr<const base::StopSignal> by) {
    queue.push(std::make_shared<Job>(
        Job{.outbound = {.url = std::move(url), .cut = std::move(by), .sequential = true}, .done = {}}));
  };
  for (const char* url : {"http://a/1", "http://b/2", "http://a/3"}) in_turn(url, cut);
  in_turn("http://a/other", std::make_shared<const base::StopSignal>());
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

TEST_CASE("jobs for one origin do not take all workers, whatever their paths") {
  Queue queue({.per_url = 2, .per_origin = 3});
  for (const char* url : {"http://busy/a?0", "HTTP://Busy/a?1", "http://busy/a?2", "http://u:p@busy:80/b",
                          "http://busy:?c", "http://busy:81/", "https://busy/", "http://other/"}) {
    push(queue, url);
  }
  const auto taken = take_all(queue);
  CHECK(urls_of(taken) == std::vector<std::string>{"http://busy/a?0", "HTTP://Busy/a?1", "http://busy/a?2",
                                                   "http://busy:81/", "https://busy/", "http://other/"});
  for (const auto& job : taken) queue.finished(*job);
  const auto rest = take_all(queue);
  CHECK(urls_of(rest) == std::vector<std::string>{"http://u:p@busy:80/b", "http://busy:?c"});
  for (const auto& job : rest) queue.finished(*job);
  CHECK(queue.clear().empty());
}

TEST_CASE("a free worker of an origin goes to the job that has waited longest, and a URL waits for both of its jobs") {
  Queue queue({.per_url = 1, .per_origin = 2});
  for (const char* url : {"http://busy/a?0", "http://busy/a?1", "http://busy/b", "http://busy/c"}) push(queue, url);
  const auto taken = take_all(queue);
  CHECK(urls_of(taken) == std::vector<std::string>{"http://busy/a?0", "http://busy/b"});
  queue.finished(*taken[0]);
  CHECK(urls_of(take_all(queue)) == std::vector<std::string>{"http://busy/c"});
  queue.finished(*taken[1]);
  CHECK(urls_of(take_all(queue)) == std::vector<std::string>{"http://busy/a?1"});
}

}  // namespace
}  // namespace enrichment_mock::callbacks
