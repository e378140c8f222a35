// What waits for a thread, in a fair order. Jobs for one URL (its query left out) keep their order; at most kPerUrl of
// them are ready or under way at once, so that a burst for one receiver neither opens thousands of connections to it
// nor makes the callbacks of everybody else wait behind it. Not thread-safe.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "callbacks/cutoff.h"
#include "callbacks/sender.h"

namespace enrichment_mock::callbacks {

struct Job {
  Outbound outbound;
  Sender::Done done;  // empty once it was called or forgotten
  Clock::time_point started{};
  Clock::time_point deadline{};
};
using JobPtr = std::shared_ptr<Job>;

class Queue {
 public:
  static constexpr std::size_t kPerUrl = 256;

  void push(JobPtr job);
  bool ready() const { return !ready_.empty(); }
  JobPtr pop();                   // only when ready
  void finished(const Job& job);  // for every popped job, once: makes way for the next of its URL
  std::vector<JobPtr> clear();    // what has not been popped

 private:
  struct Lane {
    std::size_t admitted = 0;  // ready or under way
    std::deque<JobPtr> waiting;
  };

  std::deque<JobPtr> ready_;
  std::unordered_map<std::string, Lane> lanes_;  // by URL
};

}  // namespace enrichment_mock::callbacks
