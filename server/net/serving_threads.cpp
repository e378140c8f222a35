#include "net/serving_threads.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "base/sockets.h"
#include "base/threads.h"
#include "net/polling.h"

namespace enrichment_mock::net {

namespace {

// How often the watching thread checks for progress. A handler that blocks without announcing it delays other
// connections at most for two of these intervals.
constexpr std::chrono::milliseconds kProgressInterval{100};

// How often, and for how long, after a handler has announced work that may take long.
constexpr std::chrono::milliseconds kCloseInterval{2}, kCloseTime{100};

// How long a thread that is not needed waits for work before it ends: threads that come and go cost more than waiting
// ones.
constexpr std::chrono::seconds kSurplusTime{1};

// Responses to requests that arrived together are sent together: after this time, or when a handler ends that takes
// longer. A client that waits for them, and sleeps after each, is then woken less often: at 16 connections that saves 7
// % of the CPU time per request.
constexpr std::chrono::microseconds kHoldTime{100};

// With at most this many connections at a time no other thread is woken to help: it would have to wait for a core,
// which takes longer than waiting for the other connections.
constexpr std::size_t kMaxForOneThread = 32;

}  // namespace

// Keeps a thread on its client's processor while it serves only one connection. The two take turns then, so that one
// processor is enough. On two, each of them waits for the other processes there: on a busy machine, a request then
// takes three times as long. If the thread does not stay there, which means that other processors are idle, moving it
// is of no use: it is tried less and less often.
class ServingThreads::Follower {
 public:
  // The thread has sent all responses that the connection waits for.
  void follow(Id id, int socket, Clock::time_point now) {
    if (is_alone_) polling_.answered(now);
    if (std::exchange(only_, id) == id) {
      if (now < next_) return;
      const bool strayed = base::move_this_thread(base::arrival_processor(socket));
      pause_ = strayed ? std::min(2 * pause_, kLongest) : kShortest;
    }
    next_ = now + pause_;
  }

  std::chrono::microseconds polling_time() const { return polling_.time(); }

  // What arrived: one request alone, or something else.
  void arrived(bool is_alone) {
    is_alone_ = is_alone;
    if (!is_alone) polling_.interrupted();
  }

 private:
  static constexpr std::chrono::milliseconds kShortest{10}, kLongest{1000};
  Id only_ = ~Id{0};
  std::chrono::milliseconds pause_ = kShortest;
  Clock::time_point next_;
  Polling polling_;
  bool is_alone_ = false;
};

ServingThreads::ServingThreads(std::chrono::milliseconds idle, std::size_t most)
    : idle_(idle),
      max_threads_(most),
      kept_threads_(std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2, most)),
      next_idle_check_(base::deadline_in(idle)) {}

ServingThreads::~ServingThreads() { stop(); }

void ServingThreads::add(std::unique_ptr<Connection> connection, bool at_once) {
  const int socket = connection->socket();
  Lock lock(mutex_);
  if (threads_ == 0) {
    start_thread([this] { watch(); });
    start_thread([this] { run(); });
  }
  const Id id = next_id_++;
  std::list<Id> queue_node{id};
  Entry& entry = entries_[id];
  entry.queue_node = std::move(queue_node);
  entry.connection = std::move(connection);
  entry.connection->set_resumer(*this, id);
  entry.idle_since = Clock::now();
  // Under the lock: without it, another thread could close the connection, and its socket's number could be reused.
  if (!at_once && !stopping_ && poller_.watch(socket, id)) return;
  enqueue(entry, Connection::Event::close_if_idle);
  poller_.wake();
}

std::size_t ServingThreads::connections() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

void ServingThreads::enqueue(Entry& entry, Connection::Event event) {
  entry.event = std::max(entry.event, event);
  entry.has_arrived = true;
  if (entry.state != Entry::State::idle) return;
  entry.state = Entry::State::queued;
  queue_.splice(queue_.end(), entry.queue_node);
}

// Wakes at most one thread: it serves all of them, one after the other.
void ServingThreads::resume(std::span<const Waiting> over) noexcept {
  std::lock_guard lock(mutex_);
  const bool was_empty = queue_.empty();
  for (const auto& each : over) {
    const auto found = entries_.find(each.response);
    if (found == entries_.end()) continue;
    Entry& entry = found->second;
    if (entry.state != Entry::State::waiting) {
      entry.is_resumed = true;
      continue;
    }
    entry.state = Entry::State::queued;
    queue_.splice(queue_.end(), entry.queue_node);
  }
  if (was_empty && !queue_.empty() && has_leader_) poller_.wake();
}

void ServingThreads::run() {
  base::name_this_thread("http-serve");
  base::Blocking::set_observer(this);
  bool is_batch = false, waited_in_vain = false;
  Follower follower;
  base::set_batch_scheduling(is_batch);  // the thread that started this one may have it
  Lock lock(mutex_);
  for (;;) {
    // With few connections one thread serves them all, and should not wait for a core.
    if (const bool many = entries_.size() > kMaxForOneThread; many != is_batch)
      base::set_batch_scheduling(is_batch = many);
    const bool is_surplus = std::exchange(waited_in_vain, false);
    if (queue_.empty()) queue_.splice(queue_.end(), held_);
    if (!queue_.empty()) {
      serve_next(lock, follower);
    } else if (stopping_ && entries_.empty()) {
      break;
    } else if (!has_leader_) {
      wait_as_leader(lock, follower);
    } else if (!unfinished_.empty()) {
      queue_.splice(queue_.end(), unfinished_);
    } else if (is_surplus && idle_threads_ + 1 >= kept_threads_) {
      break;
    } else {
      ++idle_threads_;
      if (idle_threads_ < kept_threads_)
        work_added_.wait(lock);
      else
        waited_in_vain = work_added_.wait_for(lock, kSurplusTime) == std::cv_status::timeout;
      --idle_threads_;
      if (woken_threads_ > 0) --woken_threads_;
    }
  }
  base::Blocking::set_observer(nullptr);
  --threads_;
  removed_.notify_all();
}

void ServingThreads::watch() {
  base::name_this_thread("http-watch");
  Lock lock(mutex_);
  for (auto steps = steps_; !stopping_ || !entries_.empty(); steps = steps_) {
    watches_closely_ = Clock::now() < closely_until_;
    const bool is_notified = watch_wakeup_.wait_for(lock, watches_closely_ ? kCloseInterval : kProgressInterval) ==
                             std::cv_status::no_timeout;
    if (is_notified || steps_ != steps || (has_leader_ && !has_work())) continue;
    closely_until_ = {};  // the thread that helps now may need long to begin, but one is enough
    try {
      wake_or_start_thread();
    } catch (...) {  // no thread can be created now
    }
  }
  --threads_;
  removed_.notify_all();
}

void ServingThreads::wait_as_leader(Lock& lock, Follower& follower) {
  has_leader_ = true;
  ++steps_;
  const bool is_idle = unfinished_.empty();
  const auto deadline = is_idle ? next_idle_check_ : Clock::time_point();
  lock.unlock();
  std::array<SocketPoller::Event, 64> events;
  const auto count = poller_.wait(events, deadline, is_idle ? follower.polling_time() : std::chrono::microseconds(0));
  lock.lock();
  has_leader_ = false;
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = entries_.find(events[i].id);
    if (found == entries_.end()) continue;
    enqueue(found->second, events[i].ended ? Connection::Event::ended : Connection::Event::readable);
  }
  follower.arrived(count == 1 && queue_.size() == 1 && unfinished_.empty());
  if (count == 0 && Clock::now() >= next_idle_check_) enqueue_idle_connections();
  queue_.splice(queue_.end(), unfinished_);
  if (queue_.size() > kMaxForOneThread &&
      (idle_threads_ > woken_threads_ || threads_ <= kept_threads_ + blocked_threads_)) {
    try {
      wake_or_start_thread();
    } catch (...) {  // no thread can be created: serving takes longer
    }
  }
}

void ServingThreads::serve_next(Lock& lock, Follower& follower) {
  const Id id = queue_.front();
  ++steps_;
  Entry& entry = entries_.at(id);  // only this thread erases it
  entry.queue_node.splice(entry.queue_node.end(), queue_, queue_.begin());
  entry.state = Entry::State::served;
  if (!std::exchange(entry.continues, false)) entry.has_arrived = false;
  const auto event = std::exchange(entry.event, Connection::Event::readable);
  const bool may_hold = !queue_.empty();
  lock.unlock();
  const auto outcome = entry.connection->serve(event, may_hold);
  const auto now = Clock::now();
  if (outcome == Connection::Outcome::idle) follower.follow(id, entry.connection->socket(), now);
  lock.lock();
  if (outcome != Connection::Outcome::idle) entry.event = std::max(entry.event, event);
  if (outcome == Connection::Outcome::ended)
    close(id, entry, lock);
  else
    take(entry, outcome, now);
  if (!held_.empty() && now - held_since_ >= kHoldTime) queue_.splice(queue_.begin(), held_);
}

// What is next for a connection that was served.
void ServingThreads::take(Entry& entry, Connection::Outcome outcome, Clock::time_point now) {
  entry.idle_since = now;
  switch (outcome) {
    case Connection::Outcome::waiting:
      entry.continues = true;
      entry.state = Entry::State::waiting;
      if (!std::exchange(entry.is_resumed, false) && !is_shut_down_) return;
      entry.state = Entry::State::queued;
      return queue_.splice(queue_.end(), entry.queue_node);
    case Connection::Outcome::held:
      entry.continues = true;
      entry.state = Entry::State::queued;
      if (held_.empty()) held_since_ = now;
      return held_.splice(held_.end(), entry.queue_node);
    case Connection::Outcome::has_more:
      entry.continues = true;
      entry.state = Entry::State::queued;
      return unfinished_.splice(unfinished_.end(), entry.queue_node);
    case Connection::Outcome::idle:
    case Connection::Outcome::ended:
      entry.state = Entry::State::idle;
      if (stopping_)
        enqueue(entry, Connection::Event::close_if_idle);
      else if (entry.has_arrived)
        enqueue(entry, Connection::Event::readable);
  }
}

// The connection is counted until its socket is closed.
void ServingThreads::close(Id id, Entry& entry, Lock& lock) {
  auto connection = std::move(entry.connection);
  lock.unlock();
  connection.reset();
  lock.lock();
  entries_.erase(id);
  if (!stopping_ || !entries_.empty()) return;
  removed_.notify_all();
  wake_all();
}

// Closes the connections that have been idle too long.
void ServingThreads::enqueue_idle_connections() {
  const auto now = Clock::now();
  next_idle_check_ = now + idle_;
  for (auto& [id, entry] : entries_) {
    if (entry.state != Entry::State::idle) continue;
    if (now - entry.idle_since >= idle_)
      enqueue(entry, Connection::Event::close_if_idle);
    else
      next_idle_check_ = std::min(next_idle_check_, entry.idle_since + idle_);
  }
}

// Wakes an idle thread, or else starts one.
void ServingThreads::wake_or_start_thread() {
  if (idle_threads_ > woken_threads_) {
    ++woken_threads_;
    work_added_.notify_one();
  } else if (threads_ < max_threads_) {
    start_thread([this] { run(); });
  }
}

void ServingThreads::start_thread(std::function<void()> work) {
  std::thread(std::move(work)).detach();
  ++threads_;
}

void ServingThreads::on_block() noexcept {
  std::lock_guard lock(mutex_);
  ++blocked_threads_;
  queue_.splice(queue_.begin(), held_);
  if (has_leader_ && !has_work()) return;
  try {
    wake_or_start_thread();
  } catch (...) {  // no thread can be created now: the watching thread tries again
  }
}

// Without the mutex: the caller may hold one of its own, and must not wait until another thread is started.
void ServingThreads::on_unblock() noexcept { --blocked_threads_; }

void ServingThreads::on_long_work() noexcept {
  std::lock_guard lock(mutex_);
  closely_until_ = Clock::now() + kCloseTime;
  if (!std::exchange(watches_closely_, true)) watch_wakeup_.notify_one();
}

void ServingThreads::begin_to_stop() {
  stopping_ = true;
  for (auto& [id, entry] : entries_) enqueue(entry, Connection::Event::close_if_idle);
  wake_all();
}

// Wakes every thread that waits.
void ServingThreads::wake_all() {
  poller_.wake();
  work_added_.notify_all();
  watch_wakeup_.notify_all();
}

bool ServingThreads::drain(Clock::time_point deadline) {
  Lock lock(mutex_);
  begin_to_stop();
  return removed_.wait_until(lock, deadline, [this] { return entries_.empty(); });
}

void ServingThreads::shut_down_all() {
  std::lock_guard lock(mutex_);
  is_shut_down_ = true;
  for (auto& [id, entry] : entries_) {
    if (entry.connection) entry.connection->shut_down();
    if (entry.state != Entry::State::waiting) continue;
    entry.state = Entry::State::queued;
    queue_.splice(queue_.end(), entry.queue_node);
  }
  wake_all();
}

void ServingThreads::stop() {
  Lock lock(mutex_);
  begin_to_stop();
  removed_.wait(lock, [this] { return entries_.empty() && threads_ == 0; });
}

}  // namespace enrichment_mock::net
