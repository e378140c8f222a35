// The threads that make attempts. Only a few attempts may be fresh at the same time, so that a burst does not open
// hundreds of connections. An attempt is fresh for its first milliseconds; after that it is slow, and another thread
// may begin an attempt. So a receiver that hangs does not delay the others. The time is shorter while no attempt makes
// progress.
//
// The worker that became idle last is woken first. So after a burst the others stay idle and end, although callbacks
// are sent all the time.
//
// Threads are detached and own what they use, so that nothing waits for a thread that hangs in a name lookup. Another
// thread watches the times and the deadlines. After add() nothing allocates, so that each attempt is reported, and the
// pool can stop, even if there is no memory.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "base/waiting.h"
#include "callbacks/queue.h"
#include "callbacks/sender.h"

namespace enrichment_mock::callbacks {

class WorkerPool : public std::enable_shared_from_this<WorkerPool> {
 public:
  // Makes one attempt. Called on many threads at the same time. Should return by the deadline, but nothing waits for
  // it: then the attempt is reported with what was logged until the deadline.
  using Perform = std::function<Delivery(const OutboundRequest&, const base::Deadline&, ExchangeLog&)>;

  // Runs a function on a new, detached thread. Throws if no thread can be created.
  using Spawn = std::function<void(std::function<void()>)>;
  static void spawn_detached(std::function<void()> run);

  // How long a worker without a job stays.
  static constexpr std::chrono::milliseconds kIdleTimeout{3000};

  // Throws what `spawn` throws (std::system_error) if the watching thread cannot be created.
  static std::shared_ptr<WorkerPool> start(Perform perform, std::size_t max_workers, Spawn spawn = spawn_detached,
                                           std::chrono::milliseconds idle_timeout = kIdleTimeout);
  ~WorkerPool();

  // `done` is called once, by the attempt's deadline, which counts from its start; never after stop(). Exceptions of
  // `done` are ignored.
  void add(OutboundRequest outbound, Sender::Done done);

  // Interrupts the attempts in progress, discards the rest, and waits for calls of `done` on other threads, but not for
  // attempts. May be called more than once, and inside `done`.
  void stop();

 private:
  // A worker without a job. They are a stack: the last one to become idle is at the top.
  struct IdleWorker {
    std::condition_variable woken;
    IdleWorker *above = nullptr, *below = nullptr;
    bool listed = false;
  };

  WorkerPool(Perform perform, std::size_t max_workers, Spawn spawn, std::chrono::milliseconds idle_timeout);
  void work();
  bool await_job(std::unique_lock<std::mutex>& lock);
  void list(IdleWorker& worker);
  void unlist(IdleWorker& worker);
  void do_next_job(std::unique_lock<std::mutex>& lock);
  void begin_slow(const JobPtr& job);
  JobPtr take_job();
  Delivery attempt(const Job& job, ExchangeLog& exchange) const noexcept;
  void retire(const JobPtr& job);
  void report(std::unique_lock<std::mutex>& lock, const JobPtr& job, Delivery delivery);
  void watch();
  void watch_once(std::unique_lock<std::mutex>& lock);
  void release_slow(Clock::time_point now);
  Clock::time_point next_alarm(Clock::time_point now) const;
  bool may_start() const;
  Clock::time_point fresh_until() const;
  void wake_or_start_worker();
  void notify_if_last();

  const Perform perform_;
  const std::size_t max_workers_;
  const Spawn spawn_;
  const std::chrono::milliseconds idle_timeout_;
  base::StopSignal stop_signal_;

  std::mutex mutex_;  // guards all below
  std::condition_variable alarm_changed_;
  std::condition_variable finished_;  // notified when, after stop(), a call of `done` returns or the last thread ends
  Queue queue_;
  Jobs fresh_;                                          // in progress, and fresh; oldest first
  Jobs slow_;                                           // in progress, slow, and not reported yet; by deadline
  std::size_t reporting_ = 0;                           // the number of threads that are calling a `done`
  Clock::time_point alarm_ = Clock::time_point::max();  // when the watching thread wakes up next
  Clock::time_point progress_{};                        // when a fresh attempt last ended
  std::size_t workers_ = 0;
  IdleWorker* top_idle_ = nullptr;
  bool worker_woken_ = false;  // an idle worker was woken or started, and has not looked for a job yet
  bool watching_ = false;
  bool stopped_ = false;
};

}  // namespace enrichment_mock::callbacks
