// The threads that make attempts. Few share the fresh work, so that a burst does not open hundreds of connections at
// once. An attempt that takes longer than a moment no longer counts as fresh, and another thread takes its place, so
// that hanging receivers delay no others. When no attempt makes progress, that moment is shorter.
//
// Threads are detached and own what they use: nothing ever waits for one that hangs in a name lookup. One more thread
// watches moments and deadlines; without work under way all of them sleep. Once a job is added, nothing that happens to
// it allocates, so that each is reported, and the pool stops, where memory is short.
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
  // Makes one attempt. Called on many threads at once; should return by the deadline, but nothing waits for it.
  using Perform = std::function<Delivery(const Outbound&, const base::Deadline&)>;

  // Runs something on a thread of its own that is not waited for. Throws if there is none to be had now.
  using Spawn = std::function<void(std::function<void()>)>;
  static void spawn_detached(std::function<void()> run);

  // Throws what `spawn` throws, which is std::system_error, if not even the watching thread can be had.
  static std::shared_ptr<WorkerPool> start(Perform perform, std::size_t max_workers, Spawn spawn = spawn_detached);
  ~WorkerPool();

  // `done` is called once, by the deadline of the attempt, which counts from its start; never after stop(). What it
  // throws is ignored.
  void add(Outbound outbound, Sender::Done done);

  // Ends the waits of what is under way, forgets the rest, and waits for calls of `done` on other threads to return,
  // but for no attempt. Safe to call twice and within `done`.
  void stop();

 private:
  WorkerPool(Perform perform, std::size_t max_workers, Spawn spawn);
  void work();
  bool await_job(std::unique_lock<std::mutex>& lock);
  void do_next_job(std::unique_lock<std::mutex>& lock);
  void begin_slow(const JobPtr& job);
  JobPtr take_job();
  Delivery attempt(const Job& job) const noexcept;
  void retire(const JobPtr& job);
  void report(std::unique_lock<std::mutex>& lock, const JobPtr& job, Delivery delivery);
  void watch();
  void watch_once(std::unique_lock<std::mutex>& lock);
  void release_slow(Clock::time_point now);
  Clock::time_point next_alarm(Clock::time_point now) const;
  bool may_start() const;
  Clock::time_point moment_over() const;
  void find_worker();
  void notify_if_last();

  const Perform perform_;
  const std::size_t max_workers_;
  const Spawn spawn_;
  base::StopSignal stop_signal_;

  std::mutex mutex_;  // guards all below
  std::condition_variable work_added_;
  std::condition_variable alarm_changed_;
  std::condition_variable quiet_;  // a call of `done` returned or a thread ended, after stop()
  Queue queue_;
  Jobs fresh_;                                          // under way for less than a moment, oldest first
  Jobs slow_;                                           // the others that have not been reported, by deadline
  std::size_t reporting_ = 0;                           // threads that are calling a `done`
  Clock::time_point alarm_ = Clock::time_point::max();  // when the watching thread will look again
  Clock::time_point progress_{};                        // when a fresh attempt last ended
  std::size_t workers_ = 0;
  std::size_t idle_ = 0;  // of them
  bool called_ = false;   // one of the idle ones has been woken or started, and has not looked for work yet
  bool watching_ = false;
  bool stopped_ = false;
};

}  // namespace enrichment_mock::callbacks
