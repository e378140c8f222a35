#include "callbacks/worker_pool.h"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

#include "base/threads.h"

namespace enrichment_mock::callbacks {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kFresh = 8;  // attempts that may be in their first moment at once
constexpr auto kMoment = 20ms;     // past it an attempt is slow
constexpr auto kStall = 2ms;       // the same, while all of them are busy, others wait and none has ended
constexpr auto kIdle = 3s;         // a worker without work ends
constexpr auto kFarewell = 10ms;   // stop() gives threads that long to end by themselves

// Whose `done` this thread is calling; null: none.
thread_local const WorkerPool* reporting_for = nullptr;

}  // namespace

void WorkerPool::spawn_detached(std::function<void()> run) { std::thread(std::move(run)).detach(); }

std::shared_ptr<WorkerPool> WorkerPool::start(Perform perform, std::size_t max_workers, Spawn spawn) {
  std::shared_ptr<WorkerPool> pool(new WorkerPool(std::move(perform), max_workers, std::move(spawn)));
  pool->watching_ = true;
  pool->spawn_([pool] { pool->watch(); });
  return pool;
}

WorkerPool::WorkerPool(Perform perform, std::size_t max_workers, Spawn spawn)
    : perform_(std::move(perform)), max_workers_(max_workers), spawn_(std::move(spawn)) {}

WorkerPool::~WorkerPool() = default;

void WorkerPool::add(Outbound outbound, Sender::Done done) {
  auto job = std::make_shared<Job>(Job{.outbound = std::move(outbound), .done = std::move(done)});
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  queue_.push(std::move(job));
  find_worker();
}

bool WorkerPool::may_start() const { return queue_.ready() && fresh_.size() < kFresh; }

// Wakes or starts a thread for the next job. A thread that takes one calls this again, so one at a time is enough; more
// would wait for the mutex and find nothing to do.
void WorkerPool::find_worker() {
  if (called_ || !may_start()) return;
  if (idle_ > 0) {
    called_ = true;
    return work_added_.notify_one();
  }
  if (workers_ >= max_workers_) return;
  ++workers_;
  ++idle_;
  called_ = true;
  try {
    spawn_([self = shared_from_this()] { self->work(); });
  } catch (...) {
    // No thread to be had now: the others go on, and the watching thread tries again.
    --workers_;
    --idle_;
    called_ = false;
    alarm_changed_.notify_one();
  }
}

void WorkerPool::work() {
  base::name_this_thread("callback-send");
  std::unique_lock lock(mutex_);
  called_ = false;
  while (await_job(lock)) {
    --idle_;
    do_next_job(lock);
    ++idle_;
  }
  --idle_;
  --workers_;
  notify_if_last();
}

bool WorkerPool::await_job(std::unique_lock<std::mutex>& lock) {
  const auto until = Clock::now() + kIdle;
  while (!stopped_ && !may_start()) {
    const bool late = work_added_.wait_until(lock, until) == std::cv_status::timeout;
    called_ = false;
    if (late && !may_start()) return false;
  }
  return !stopped_;
}

void WorkerPool::do_next_job(std::unique_lock<std::mutex>& lock) {
  const JobPtr job = take_job();
  lock.unlock();
  Delivery delivery = attempt(*job);
  lock.lock();
  report(lock, job, std::move(delivery));
}

Delivery WorkerPool::attempt(const Job& job) const noexcept {
  try {
    return perform_(job.outbound, {.time = job.deadline, .stop = &stop_signal_, .cut = job.outbound.cut.get()});
  } catch (...) {
    return {.error = "cannot send"};
  }
}

JobPtr WorkerPool::take_job() {
  fresh_.splice(fresh_.end(), queue_.pop());
  JobPtr job = fresh_.back();
  job->stage = Job::Stage::fresh;
  job->place = std::prev(fresh_.end());
  job->started = Clock::now();
  job->deadline = job->started + job->outbound.timeout;
  if (moment_over() < alarm_) {
    alarm_ = moment_over();
    alarm_changed_.notify_one();
  }
  find_worker();
  return job;
}

// Takes the job off the lists of what is under way, unless the watching thread has done so. The same worker takes the
// next job after `done`; if that takes long, the watching thread finds another worker.
void WorkerPool::retire(const JobPtr& job) {
  const auto stage = job->stage;
  if (stage != Job::Stage::fresh && stage != Job::Stage::slow) return;
  if (stage == Job::Stage::fresh) progress_ = Clock::now();
  job->stage = Job::Stage::retired;
  (stage == Job::Stage::fresh ? fresh_ : slow_).erase(job->place);
  queue_.finished(*job);
}

// Calls `done` outside the lock, unless the job was reported or forgotten already.
void WorkerPool::report(std::unique_lock<std::mutex>& lock, const JobPtr& job, Delivery delivery) {
  retire(job);
  if (job->stage == Job::Stage::forgotten || !job->done) return;
  delivery.latency = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - job->started);
  ++reporting_;
  reporting_for = this;
  {
    // What `done` holds is destroyed before stop() may return.
    const Sender::Done done = std::exchange(job->done, nullptr);
    lock.unlock();
    try {
      done(std::move(delivery));
    } catch (...) {  // it must not
    }
  }
  lock.lock();
  reporting_for = nullptr;
  --reporting_;
  if (stopped_) quiet_.notify_all();
}

// When the oldest of the fresh attempts stops being fresh.
Clock::time_point WorkerPool::moment_over() const {
  if (fresh_.empty()) return Clock::time_point::max();
  const auto own = fresh_.front()->started + kMoment;
  if (!queue_.ready() || fresh_.size() < kFresh) return own;
  return std::min(own, std::max(progress_, fresh_.back()->started) + kStall);
}

void WorkerPool::release_slow(Clock::time_point now) {
  const bool all = !fresh_.empty() && moment_over() <= now && fresh_.front()->started + kMoment > now;
  while (!fresh_.empty() && (all || moment_over() <= now)) begin_slow(fresh_.front());
  find_worker();
}

// Most have the same timeout, so that the place is the last one or near it.
void WorkerPool::begin_slow(const JobPtr& job) {
  auto next = slow_.end();
  while (next != slow_.begin() && (*std::prev(next))->deadline > job->deadline) --next;
  job->stage = Job::Stage::slow;
  slow_.splice(next, fresh_, job->place);
}

Clock::time_point WorkerPool::next_alarm(Clock::time_point now) const {
  Clock::time_point next = moment_over();
  if (!slow_.empty()) next = std::min(next, slow_.front()->deadline);
  if (queue_.ready()) next = std::min(next, now + kMoment);  // if find_worker() has found no thread
  return next;
}

void WorkerPool::watch_once(std::unique_lock<std::mutex>& lock) {
  const auto now = Clock::now();
  release_slow(now);
  if (!slow_.empty() && slow_.front()->deadline <= now) {
    const JobPtr late = slow_.front();
    return report(lock, late, {.error = timed_out_after(late->outbound.timeout)});
  }
  alarm_ = next_alarm(now);
  // Not wait_until(max): some standard libraries add to it.
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
      // Out of memory: perhaps there is some in a moment.
      if (!lock.owns_lock()) lock.lock();
      alarm_changed_.wait_for(lock, kMoment);
    }
  }
  watching_ = false;
  notify_if_last();
}

// Only the last to end says so: with a thousand of them stop() would be woken a thousand times.
void WorkerPool::notify_if_last() {
  if (stopped_ && workers_ == 0 && !watching_) quiet_.notify_all();
}

void WorkerPool::stop() {
  Jobs forgotten;
  std::unique_lock lock(mutex_);
  if (!stopped_) {
    stopped_ = true;
    forgotten = queue_.clear();
    forgotten.splice(forgotten.end(), fresh_);
    forgotten.splice(forgotten.end(), slow_);
    for (const JobPtr& job : forgotten) job->stage = Job::Stage::forgotten;
    stop_signal_.raise();
    work_added_.notify_all();
    alarm_changed_.notify_all();
  }
  const std::size_t ours = reporting_for == this ? 1 : 0;
  quiet_.wait(lock, [&] { return reporting_ == ours; });
  // So that as few threads as possible are inside OpenSSL when the process ends.
  quiet_.wait_for(lock, kFarewell, [&] { return workers_ + (watching_ ? 1 : 0) <= ours; });
  lock.unlock();
  for (const JobPtr& job : forgotten) job->done = nullptr;
}

}  // namespace enrichment_mock::callbacks
