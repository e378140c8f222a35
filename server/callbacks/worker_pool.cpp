#include "callbacks/worker_pool.h"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

#include "base/memory.h"
#include "base/threads.h"

namespace enrichment_mock::callbacks {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxFresh = 8;     // how many attempts may be fresh at the same time
constexpr auto kFreshTime = 20ms;        // after this time an attempt is slow
constexpr auto kStalledFreshTime = 2ms;  // the same while kMaxFresh attempts are fresh, others wait, and none has ended
constexpr std::size_t kWorkerMemory = 64 * 1024;  // about what an attempt and its thread take
constexpr auto kStopTimeout = 10ms;               // how long stop() waits for threads to end

// The pool for which this thread is calling a `done`; null: it is not calling one.
thread_local const WorkerPool* reporting_for = nullptr;

}  // namespace

void WorkerPool::spawn_detached(std::function<void()> run) { std::thread(std::move(run)).detach(); }

std::shared_ptr<WorkerPool> WorkerPool::start(Perform perform, std::size_t max_workers, Spawn spawn,
                                              std::chrono::milliseconds idle_timeout) {
  std::shared_ptr<WorkerPool> pool(new WorkerPool(std::move(perform), max_workers, std::move(spawn), idle_timeout));
  pool->watching_ = true;
  pool->spawn_([pool] { pool->watch(); });
  return pool;
}

WorkerPool::WorkerPool(Perform perform, std::size_t max_workers, Spawn spawn, std::chrono::milliseconds idle_timeout)
    : perform_(std::move(perform)), max_workers_(max_workers), spawn_(std::move(spawn)), idle_timeout_(idle_timeout) {}

WorkerPool::~WorkerPool() = default;

void WorkerPool::add(OutboundRequest outbound, Sender::Done done) {
  auto job = std::make_shared<Job>(Job{.outbound = std::move(outbound), .done = std::move(done)});
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  queue_.push(std::move(job));
  wake_or_start_worker();
}

bool WorkerPool::may_start() const { return queue_.ready() && fresh_.size() < kMaxFresh; }

// Wakes or starts one worker for the next job. A worker that takes a job calls this again. Waking more workers at once
// would only make them wait for the mutex.
void WorkerPool::wake_or_start_worker() {
  if (worker_woken_ || !may_start()) return;
  if (top_idle_) {
    worker_woken_ = true;
    IdleWorker& worker = *top_idle_;
    unlist(worker);
    return worker.woken.notify_one();
  }
  if (workers_ >= max_workers_) return;
  ++workers_;
  worker_woken_ = true;
  try {
    spawn_([self = shared_from_this()] { self->work(); });
  } catch (...) {
    // No thread can be created now. The watching thread tries again.
    --workers_;
    worker_woken_ = false;
    alarm_changed_.notify_one();
  }
}

void WorkerPool::work() {
  base::name_this_thread("callback-send");
  std::unique_lock lock(mutex_);
  worker_woken_ = false;
  while (await_job(lock)) do_next_job(lock);
  --workers_;
  notify_if_last();
  const bool stopped = stopped_;
  lock.unlock();
  if (!stopped) base::return_free_memory(kWorkerMemory);
}

bool WorkerPool::await_job(std::unique_lock<std::mutex>& lock) {
  const auto until = Clock::now() + idle_timeout_;
  IdleWorker worker;
  while (!stopped_ && !may_start()) {
    list(worker);
    const bool late = worker.woken.wait_until(lock, until) == std::cv_status::timeout;
    if (worker.listed)
      unlist(worker);
    else
      worker_woken_ = false;
    if (late && !may_start()) return false;
  }
  return !stopped_;
}

void WorkerPool::list(IdleWorker& worker) {
  worker.above = nullptr;
  worker.below = top_idle_;
  if (top_idle_) top_idle_->above = &worker;
  top_idle_ = &worker;
  worker.listed = true;
}

void WorkerPool::unlist(IdleWorker& worker) {
  (worker.above ? worker.above->below : top_idle_) = worker.below;
  if (worker.below) worker.below->above = worker.above;
  worker.listed = false;
}

void WorkerPool::do_next_job(std::unique_lock<std::mutex>& lock) {
  const JobPtr job = take_job();
  ExchangeLog exchange;
  job->exchange = &exchange;
  lock.unlock();
  Delivery delivery = attempt(*job, exchange);
  lock.lock();
  report(lock, job, std::move(delivery));
}

Delivery WorkerPool::attempt(const Job& job, ExchangeLog& exchange) const noexcept {
  try {
    return perform_(job.outbound, {.time = job.deadline, .stop = &stop_signal_, .cut = job.outbound.cut.get()},
                    exchange);
  } catch (...) {
    return {.error = "cannot send"};
  }
}

JobPtr WorkerPool::take_job() {
  fresh_.splice(fresh_.end(), queue_.pop());
  JobPtr job = fresh_.back();
  job->stage = Job::Stage::fresh;
  job->position = std::prev(fresh_.end());
  job->started = Clock::now();
  job->deadline = job->started + job->outbound.timeout;
  if (fresh_until() < alarm_) {
    alarm_ = fresh_until();
    alarm_changed_.notify_one();
  }
  wake_or_start_worker();
  return job;
}

// Removes the job from the lists of jobs in progress, unless the watching thread has done so. This worker takes the
// next job after `done`. If that takes long, the watching thread finds another worker.
void WorkerPool::retire(const JobPtr& job) {
  const auto stage = job->stage;
  if (stage != Job::Stage::fresh && stage != Job::Stage::slow) return;
  if (stage == Job::Stage::fresh) progress_ = Clock::now();
  job->stage = Job::Stage::retired;
  (stage == Job::Stage::fresh ? fresh_ : slow_).erase(job->position);
  queue_.finished(*job);
  if (const auto soon = Clock::now() + kFreshTime; queue_.ready() && soon < alarm_) {
    alarm_ = soon;
    alarm_changed_.notify_one();
  }
}

// Calls `done` outside the lock, unless the job was already reported or discarded.
void WorkerPool::report(std::unique_lock<std::mutex>& lock, const JobPtr& job, Delivery delivery) {
  retire(job);
  if (job->stage == Job::Stage::discarded || !job->done) return;
  delivery.latency = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - job->started);
  if (job->exchange) delivery.exchange = job->exchange->take();
  ++reporting_;
  reporting_for = this;
  {
    // `done` is destroyed before stop() may return.
    const Sender::Done done = std::exchange(job->done, nullptr);
    lock.unlock();
    try {
      done(std::move(delivery));
    } catch (...) {  // `done` must not throw
    }
  }
  lock.lock();
  reporting_for = nullptr;
  --reporting_;
  if (stopped_) finished_.notify_all();
}

// When the oldest fresh attempt becomes slow.
Clock::time_point WorkerPool::fresh_until() const {
  if (fresh_.empty()) return Clock::time_point::max();
  const auto own = fresh_.front()->started + kFreshTime;
  if (!queue_.ready() || fresh_.size() < kMaxFresh) return own;
  return std::min(own, std::max(progress_, fresh_.back()->started) + kStalledFreshTime);
}

void WorkerPool::release_slow(Clock::time_point now) {
  const bool all = !fresh_.empty() && fresh_until() <= now && fresh_.front()->started + kFreshTime > now;
  while (!fresh_.empty() && (all || fresh_until() <= now)) begin_slow(fresh_.front());
  wake_or_start_worker();
}

// Most attempts have the same timeout, so that the position is at or near the end.
void WorkerPool::begin_slow(const JobPtr& job) {
  auto next = slow_.end();
  while (next != slow_.begin() && (*std::prev(next))->deadline > job->deadline) --next;
  job->stage = Job::Stage::slow;
  slow_.splice(next, fresh_, job->position);
}

Clock::time_point WorkerPool::next_alarm(Clock::time_point now) const {
  Clock::time_point next = fresh_until();
  if (!slow_.empty()) next = std::min(next, slow_.front()->deadline);
  if (queue_.ready()) next = std::min(next, now + kFreshTime);  // if wake_or_start_worker() could not start a thread
  return next;
}

void WorkerPool::watch_once(std::unique_lock<std::mutex>& lock) {
  const auto now = Clock::now();
  release_slow(now);
  if (!slow_.empty() && slow_.front()->deadline <= now) {
    const JobPtr late = slow_.front();
    return report(lock, late, {.error = timeout_error(late->outbound)});
  }
  alarm_ = next_alarm(now);
  // Not wait_until(max): in some standard libraries that overflows.
  if (alarm_ == Clock::time_point::max()) {
    alarm_changed_.wait(lock);
  } else {
    alarm_changed_.wait_until(lock, alarm_);
  }
}

void WorkerPool::watch() {
  base::name_this_thread("callback-watch");
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    try {
      watch_once(lock);
    } catch (...) {
      // No memory: tries again soon.
      if (!lock.owns_lock()) lock.lock();
      alarm_changed_.wait_for(lock, kFreshTime);
    }
  }
  watching_ = false;
  notify_if_last();
}

// Only the last thread notifies: otherwise a thousand threads would wake stop() a thousand times.
void WorkerPool::notify_if_last() {
  if (stopped_ && workers_ == 0 && !watching_) finished_.notify_all();
}

void WorkerPool::stop() {
  Jobs discarded;
  std::unique_lock lock(mutex_);
  if (!stopped_) {
    stopped_ = true;
    discarded = queue_.clear();
    discarded.splice(discarded.end(), fresh_);
    discarded.splice(discarded.end(), slow_);
    for (const JobPtr& job : discarded) job->stage = Job::Stage::discarded;
    stop_signal_.raise();
    for (auto* worker = top_idle_; worker; worker = worker->below) worker->woken.notify_one();
    alarm_changed_.notify_all();
  }
  const std::size_t ours = reporting_for == this ? 1 : 0;
  finished_.wait(lock, [&] { return reporting_ == ours; });
  // Few threads should be inside OpenSSL when the process ends.
  finished_.wait_for(lock, kStopTimeout, [&] { return workers_ + (watching_ ? 1 : 0) <= ours; });
  lock.unlock();
  for (const JobPtr& job : discarded) job->done = nullptr;
}

}  // namespace enrichment_mock::callbacks
