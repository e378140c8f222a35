// The attempts that wait for a thread, in a fair order. Jobs for one URL (its query left out) keep their order. There
// is a limit of those that are ready or under way at once for one URL, so that a burst for one receiver neither opens
// thousands of connections to it nor delays all other callbacks; and one for each origin (scheme, host and port), so
// that a host that hangs cannot take all threads, whatever its paths. Only push() allocates: a job that is in never
// gets lost where memory is short. Not thread-safe.
#pragma once
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/waiting.h"
#include "callbacks/sender.h"

namespace enrichment_mock::callbacks {

using base::Clock;

struct Job;
using JobPtr = std::shared_ptr<Job>;
using Jobs = std::list<JobPtr>;  // jobs go from list to list by their nodes

struct Lane {
  std::size_t jobs = 0;   // that are in the queue or under way, and pass it
  std::size_t taken = 0;  // places
  Jobs waiting;
};
template <class Name>
using Lanes = std::unordered_map<Name, Lane>;
template <class Name>
using LanePtr = typename Lanes<Name>::value_type*;

using Turn = const base::StopSignal*;

struct Job {
  Outbound outbound;
  Sender::Done done;  // empty once it was called or forgotten

  // The queue's: the lanes that it passes.
  LanePtr<Turn> turn = nullptr;  // null: it is not sent in turn
  LanePtr<std::string> url = nullptr, origin = nullptr;

  // The pool's.
  enum class Stage { waiting, fresh, slow, retired, forgotten } stage = Stage::waiting;
  Jobs::iterator place{};  // while it is fresh or slow
  Clock::time_point started{};
  Clock::time_point deadline{};
};

class Queue {
 public:
  struct Limits {
    std::size_t per_url = 256;
    std::size_t per_origin = 1024;
  };
  Queue() = default;
  explicit Queue(Limits limits) : limits_(limits) {}

  void push(JobPtr job);  // nothing has happened if it throws
  bool ready() const { return !ready_.empty(); }
  Jobs pop();               // one; only when ready
  void finished(Job& job);  // for every popped job, once: the next of its URL and of its origin take its places
  Jobs clear();             // what has not been popped; nothing is pushed afterwards

 private:
  // A job takes its turn, if it is to go in turn, then a place in its URL's lane, then one in its origin's, then it is
  // ready. `job` is a list of one.
  static bool take_place(Lane& lane, std::size_t places, Jobs& job);
  static Jobs pass_place_on(Lane& lane);
  void enter_url(Jobs job);
  void enter_origin(Jobs job);
  void leave_lanes(Job& job);

  Limits limits_;
  Jobs ready_;
  Lanes<Turn> turns_;  // of one place each
  Lanes<std::string> urls_;
  Lanes<std::string> origins_;
};

}  // namespace enrichment_mock::callbacks
