#include "callbacks/worker_pool.h"

#include <algorithm>
#include <utility>

#include "callbacks/attempt.h"

namespace enrichment_mock::callbacks {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kFresh = 8;  // attempts that may be in their first moment at once
constexpr auto kMoment = 20ms;     // past it an attempt is slow
constexpr auto kStall = 2ms;       // the same, while all of them are busy, others wait and none has ended
constexpr auto kIdle = 3s;         // a worker without work leaves
constexpr auto kFarewell = 10ms;   // stop() gives threads that long to leave by themselves

}  // namespace

void Crew::spawn_detached(std::function<void()> run) { std::thread(std::move(run)).detach(); }

std::shared_ptr<Crew> Crew::start(Perform perform, std::size_t max_workers, Spawn spawn) {
  std::shared_ptr<Crew> crew(new Crew(std::move(perform), max_workers, std::move(spawn)));
  crew->watching_ = true;
  crew->spawn_([crew] { crew->watch(); });
  return crew;
}

Crew::Crew(Perform perform, std::size_t max_workers, Spawn spawn)
    : perform_(std::move(perform)), max_workers_(max_workers), spawn_(std::move(spawn)) {}

Crew::~Crew() = default;

void Crew::add(Outbound outbound, Sender::Done done) {
  auto job = std::make_shared<Job>(Job{.outbound = std::move(outbound), .done = std::move(done)});
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  queue_.push(std::move(job));
  staff();
}

bool Crew::may_start() const { return queue_.ready() && fresh_.size() < kFresh; }

// Sees to it that someone takes the next job. Whoever takes one calls this again, so one at a time is enough.
void Crew::staff() {
  if (!may_start()) return;
  if (idle_ > 0) return work_added_.notify_one();
  if (workers_ >= max_workers_) return;
  ++workers_;
  ++idle_;
  try {
    spawn_([self = shared_from_this()] { self->work(); });
  } catch (...) {
    // No thread to be had now: the others go on, and the watching thread comes back to it.
    --workers_;
    --idle_;
    alarm_changed_.notify_one();
  }
}

void Crew::work() {
  std::unique_lock lock(mutex_);
  while (await_job(lock)) {
    --idle_;
    do_next_job(lock);
    ++idle_;
  }
  --idle_;
  --workers_;
  leave();
}

bool Crew::await_job(std::unique_lock<std::mutex>& lock) {
  return work_added_.wait_for(lock, kIdle, [this] { return stopped_ || may_start(); }) && !stopped_;
}

void Crew::do_next_job(std::unique_lock<std::mutex>& lock) {
  try {
    const JobPtr job = take_job();
    lock.unlock();
    Delivery delivery = attempt(*job);
    lock.lock();
    report(lock, job, std::move(delivery));
  } catch (...) {
    // Out of memory: a job may be lost, the process is not.
    if (!lock.owns_lock()) lock.lock();
  }
}

Delivery Crew::attempt(const Job& job) const noexcept {
  try {
    const auto& cut = job.outbound.cut;
    return perform_(
        job.outbound,
        {.deadline = job.deadline, .stop_fd = stop_signal_.descriptor(), .cut_fd = cut ? cut->descriptor() : -1});
  } catch (...) {
    return {.error = "cannot send"};
  }
}

JobPtr Crew::take_job() {
  JobPtr job = queue_.pop();
  job->started = Clock::now();
  job->deadline = job->started + job->outbound.timeout;
  fresh_.push_back(job);
  if (moment_over() < alarm_) {
    alarm_ = moment_over();
    alarm_changed_.notify_one();
  }
  staff();
  return job;
}

// Takes the job off the lists of what is under way, or leaves it where the watching thread has done so. Its place falls
// to the same worker, after `done`; should that take long, the watching thread finds another.
void Crew::retire(const JobPtr& job) {
  if (std::erase(fresh_, job) > 0) {
    progress_ = Clock::now();
    return queue_.finished(*job);
  }
  const auto [begin, end] = slow_.equal_range(job->deadline);
  const auto found = std::find_if(begin, end, [&job](const auto& each) { return each.second == job; });
  if (found == end) return;
  slow_.erase(found);
  queue_.finished(*job);
}

// Calls `done` outside the lock, unless the job was reported or forgotten already.
void Crew::report(std::unique_lock<std::mutex>& lock, const JobPtr& job, Delivery delivery) {
  retire(job);
  if (!job->done) return;
  delivery.latency = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - job->started);
  const auto self = std::this_thread::get_id();
  reporting_.push_back(self);
  {
    // Whatever `done` holds on to goes before stop() may return.
    const Sender::Done done = std::exchange(job->done, nullptr);
    lock.unlock();
    try {
      done(std::move(delivery));
    } catch (...) {  // it must not
    }
  }
  lock.lock();
  reporting_.erase(std::find(reporting_.begin(), reporting_.end(), self));
  if (stopped_) quiet_.notify_all();
}

// When the oldest of the fresh attempts stops being fresh.
Clock::time_point Crew::moment_over() const {
  if (fresh_.empty()) return Clock::time_point::max();
  const auto own = fresh_.front()->started + kMoment;
  if (!queue_.ready() || fresh_.size() < kFresh) return own;
  return std::min(own, std::max(progress_, fresh_.back()->started) + kStall);
}

void Crew::release_slow(Clock::time_point now) {
  const bool all = !fresh_.empty() && moment_over() <= now && fresh_.front()->started + kMoment > now;
  while (!fresh_.empty() && (all || moment_over() <= now)) {
    slow_.emplace(fresh_.front()->deadline, fresh_.front());
    fresh_.erase(fresh_.begin());
  }
  staff();
}

Clock::time_point Crew::next_alarm(Clock::time_point now) const {
  Clock::time_point next = moment_over();
  if (!slow_.empty()) next = std::min(next, slow_.begin()->first);
  if (queue_.ready()) next = std::min(next, now + kMoment);  // should staff() have found no thread
  return next;
}

void Crew::watch_once(std::unique_lock<std::mutex>& lock) {
  const auto now = Clock::now();
  release_slow(now);
  if (!slow_.empty() && slow_.begin()->first <= now) {
    const JobPtr late = slow_.begin()->second;
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

void Crew::watch() {
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
  leave();
}

// Only the last to leave says so: with a thousand of them stop() would be woken a thousand times.
void Crew::leave() {
  if (stopped_ && workers_ == 0 && !watching_) quiet_.notify_all();
}

void Crew::stop() {
  std::vector<Sender::Done> forgotten;  // destroyed last, without the lock
  std::unique_lock lock(mutex_);
  if (!stopped_) {
    stopped_ = true;
    const auto forget = [&forgotten](const JobPtr& job) { forgotten.push_back(std::exchange(job->done, nullptr)); };
    for (const JobPtr& job : queue_.clear()) forget(job);
    for (const JobPtr& job : fresh_) forget(job);
    for (const auto& [deadline, job] : slow_) forget(job);
    stop_signal_.raise();
    work_added_.notify_all();
    alarm_changed_.notify_all();
  }
  const auto self = std::this_thread::get_id();
  const auto ours = static_cast<std::size_t>(std::count(reporting_.begin(), reporting_.end(), self));
  quiet_.wait(lock, [&] {
    return std::all_of(reporting_.begin(), reporting_.end(), [self](std::thread::id each) { return each == self; });
  });
  // A courtesy to the end of the process, which threads should not see from inside OpenSSL.
  quiet_.wait_for(lock, kFarewell, [&] { return workers_ + (watching_ ? 1 : 0) <= ours; });
}

}  // namespace enrichment_mock::callbacks
