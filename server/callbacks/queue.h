// The attempts that wait for a thread, in a fair order. Jobs for the same URL (without its query) keep their order. The
// number of jobs that are ready or in progress is limited for each URL, so that a burst for one receiver neither opens
// thousands of connections to it nor delays other callbacks. It is also limited for each origin (scheme, host and
// port), so that a host that hangs cannot take all threads. Only push() allocates, so that no job is lost when there is
// no memory. Not thread-safe.
#pragma once
#include <list>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/waiting.h"
#include "callbacks/sender.h"

namespace enrichment_mock::callbacks {

using base::Clock;

struct Job;
using JobPtr = std::shared_ptr<Job>;
using Jobs = std::list<JobPtr>;  // jobs move between lists by splice(), which does not allocate

// The jobs that share a limit, for example because they have the same URL.
struct Lane {
  std::size_t jobs = 0;        // jobs of this lane that wait or are in progress
  std::size_t used_slots = 0;  // jobs of this lane that have passed its limit
  Jobs waiting;                // jobs that wait for a slot
};
template <class Name>
using Lanes = std::unordered_map<Name, Lane>;
template <class Name>
using LanePtr = typename Lanes<Name>::value_type*;

// Sequential jobs with the same cut signal run one after the other.
using SequenceKey = const base::StopSignal*;

// What an attempt has sent and received so far. The thread that makes the attempt writes to it; at the deadline another
// thread may take it.
class ExchangeLog {
 public:
  // The request, which is about to be sent. The result is valid until is_sent().
  const base::Exchange& sends(std::string head, std::string body) {
    const std::lock_guard lock(exchange_mutex_);
    exchange_.request_body_bytes = body.size();
    exchange_.request_head = std::move(head);
    exchange_.request_body = std::move(body);
    is_being_sent_ = true;
    return exchange_;
  }
  void is_sent() {
    const std::lock_guard lock(exchange_mutex_);
    is_being_sent_ = false;
  }

  // `write` gets the base::Exchange.
  template <class Write>
  void update(Write write) {
    const std::lock_guard lock(exchange_mutex_);
    write(exchange_);
  }

  // Empty if the request is still being sent and there is no memory for a copy.
  base::Exchange take() noexcept {
    const std::lock_guard lock(exchange_mutex_);
    if (!is_being_sent_) return std::move(exchange_);
    try {
      return exchange_;
    } catch (const std::bad_alloc&) {
      return {};
    }
  }

 private:
  std::mutex exchange_mutex_;  // guards both below
  base::Exchange exchange_;
  bool is_being_sent_ = false;
};

struct Job {
  OutboundRequest outbound;
  Sender::Done done;  // empty after it was called or discarded

  // Used by the queue: the lanes of the job.
  LanePtr<SequenceKey> sequence = nullptr;  // null: the job is not sequential
  LanePtr<std::string> url = nullptr, origin = nullptr;

  // Used by the worker pool:
  enum class Stage { waiting, fresh, slow, retired, discarded } stage = Stage::waiting;
  Jobs::iterator position{};  // in the list of fresh or slow jobs
  Clock::time_point started{};
  Clock::time_point deadline{};
  ExchangeLog* exchange = nullptr;  // of the thread that makes the attempt, until it reports the attempt
};

class Queue {
 public:
  struct Limits {
    std::size_t per_url = 256;
    std::size_t per_origin = 1024;
  };
  Queue() = default;
  explicit Queue(Limits limits) : limits_(limits) {}

  void push(JobPtr job);  // if it throws, nothing has changed
  bool ready() const { return !ready_.empty(); }
  Jobs pop();               // one job; call it only if ready()
  void finished(Job& job);  // must be called once for each popped job; frees its slots
  Jobs clear();             // removes and returns the jobs that have not been popped; nothing may be pushed afterwards

 private:
  // A sequential job takes the slot of its sequence. Then each job takes a slot in its URL's lane and one in its
  // origin's lane. Then it is ready. `job` is a list with one element.
  static bool take_slot(Lane& lane, std::size_t slots, Jobs& job);
  static Jobs pass_slot_on(Lane& lane);
  void enter_url(Jobs job);
  void enter_origin(Jobs job);
  void leave_lanes(Job& job);

  Limits limits_;
  Jobs ready_;
  Lanes<SequenceKey> sequences_;  // one slot each
  Lanes<std::string> urls_;
  Lanes<std::string> origins_;
};

}  // namespace enrichment_mock::callbacks
