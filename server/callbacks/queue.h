// The attempts that wait for a thread, in a fair order. Jobs for one URL (its query left out) keep their order. There
// is a limit of those that are ready or under way at once for one URL, so that a burst for one receiver neither opens
// thousands of connections to it nor delays all other callbacks; and one for each origin (scheme, host and port), so
// that a host that hangs cannot take all threads, whatever its paths. Not thread-safe.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/waiting.h"
#include "callbacks/sender.h"

namespace enrichment_mock::callbacks {

using base::Clock;

struct Job {
  Outbound outbound;
  Sender::Done done;  // empty once it was called or forgotten
  Clock::time_point started{};
  Clock::time_point deadline{};
};
using JobPtr = std::shared_ptr<Job>;

class Queue {
 public:
  struct Limits {
    std::size_t per_url = 256;
    std::size_t per_origin = 1024;
  };
  Queue() = default;
  explicit Queue(Limits limits) : limits_(limits) {}

  void push(JobPtr job);
  bool ready() const { return !ready_.empty(); }
  JobPtr pop();                   // only when ready
  void finished(const Job& job);  // for every popped job, once: the next of its URL and of its origin take its places
  std::vector<JobPtr> clear();    // what has not been popped

 private:
  // A job takes its turn, if it is to go in turn, then a place in its URL's lane, then one in its origin's, then it is
  // ready.
  struct Lane {
    std::size_t taken = 0;
    std::deque<JobPtr> waiting;
  };
  template <class Name>
  using Lanes = std::unordered_map<Name, Lane>;

  static bool take_place(Lane& lane, std::size_t places, const JobPtr& job);
  template <class Name>
  static JobPtr pass_place_on(Lanes<Name>& lanes, const Name& name);
  void enter_url(const JobPtr& job);
  void enter_origin(const JobPtr& job);

  Limits limits_;
  std::deque<JobPtr> ready_;
  Lanes<const base::StopSignal*> turns_;  // of one place each
  Lanes<std::string> urls_;
  Lanes<std::string> origins_;
};

}  // namespace enrichment_mock::callbacks
