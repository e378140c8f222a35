#include "net/serving_threads.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "base/threads.h"

namespace enrichment_mock::net {

namespace {

// How often progress is looked for: a handler that blocks without saying so delays others no longer than that.
constexpr std::chrono::milliseconds kLook{100};

// A helper is woken for more than so many connections at a time. Fewer wait longer for a helper whose core is busy,
// with the client perhaps, than for one another.
constexpr std::size_t kAlone = 32;

}  // namespace

ServingThreads::ServingThreads(std::chrono::milliseconds idle, std::size_t most)
    : idle_(idle),
      most_(most),
      wanted_(std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2, most)),
      next_look_(base::deadline_in(idle)) {}

ServingThreads::~ServingThreads() { stop(); }

void ServingThreads::add(std::unique_ptr<Connection> connection, bool at_once) {
  const int socket = connection->socket();
  Lock lock(mutex_);
  if (threads_ == 0) {
    start_thread([this] { watch(); });
    start_thread([this] { run(); });
  }
  const Name name = next_name_++;
  std::list<Name> turn{name};
  Entry& entry = entries_[name];
  entry.turn = std::move(turn);
  entry.connection = std::move(connection);
  entry.idle_since = Clock::now();
  // Under the lock: once it is open, the connection may be gone, and its socket the number of another one.
  if (!at_once && !stopping_ && poller_.watch(socket, name)) return;
  enqueue(entry, Connection::Event::last_call);
  poller_.wake();
}

std::size_t ServingThreads::connections() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

void ServingThreads::enqueue(Entry& entry, Connection::Event event) {
  entry.event = std::max(entry.event, event);
  switch (entry.state) {
    case Entry::State::idle:
      entry.state = Entry::State::queued;
      queue_.splice(queue_.end(), entry.turn);
      break;
    case Entry::State::served:
      entry.state = Entry::State::served_again;
      break;
    case Entry::State::queued:
    case Entry::State::served_again:
      break;
  }
}

void ServingThreads::run() {
  base::name_this_thread("http-serve");
  base::Blocking::listen(this);
  bool takes_turns = false;
  Lock lock(mutex_);
  for (;;) {
    // With so few connections one thread serves them all. The less it waits for a core, the less they wait for it.
    if (const bool many = entries_.size() > kAlone; many != takes_turns) base::take_turns(takes_turns = many);
    if (!queue_.empty()) {
      serve_next(lock);
    } else if (stopping_ && entries_.empty()) {
      break;
    } else if (!led_) {
      lead(lock);
    } else if (!unfinished_.empty()) {
      queue_.splice(queue_.end(), unfinished_);
    } else if (free_ + 1 >= wanted_) {
      break;  // there are others to help
    } else {
      ++free_;
      help_.wait(lock);
      --free_;
      if (called_ > 0) --called_;
    }
  }
  base::Blocking::listen(nullptr);
  --threads_;
  fewer_.notify_all();
}

void ServingThreads::watch() {
  base::name_this_thread("http-watch");
  Lock lock(mutex_);
  for (auto turns = turns_; !stopping_ || !entries_.empty(); turns = turns_) {
    watch_.wait_for(lock, kLook);
    if (led_ || turns_ != turns) continue;
    try {
      get_help();
    } catch (...) {  // no thread to be had now
    }
  }
  --threads_;
  fewer_.notify_all();
}

void ServingThreads::lead(Lock& lock) {
  led_ = true;
  ++turns_;
  const auto deadline = unfinished_.empty() ? next_look_ : Clock::time_point();
  lock.unlock();
  std::array<SocketPoller::Event, 64> events;
  const auto count = poller_.wait(events, deadline);
  lock.lock();
  led_ = false;
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = entries_.find(events[i].id);
    if (found == entries_.end()) continue;
    enqueue(found->second, events[i].ended ? Connection::Event::ended : Connection::Event::readable);
  }
  if (count == 0 && Clock::now() >= next_look_) enqueue_idle();
  queue_.splice(queue_.end(), unfinished_);
  if (queue_.size() > kAlone && (free_ > called_ || threads_ <= wanted_ + blocked_)) {
    try {
      get_help();
    } catch (...) {  // no thread to be had: it takes longer
    }
  }
}

void ServingThreads::serve_next(Lock& lock) {
  const Name name = queue_.front();
  ++turns_;
  Entry& entry = entries_.at(name);  // stays where it is until it is erased here
  entry.turn.splice(entry.turn.end(), queue_, queue_.begin());
  entry.state = Entry::State::served;
  const auto event = std::exchange(entry.event, Connection::Event::readable);
  lock.unlock();
  const auto outcome = entry.connection->serve(event);
  const auto now = Clock::now();
  lock.lock();
  if (outcome == Connection::Outcome::ended) return close(name, entry, lock);
  entry.idle_since = now;
  if (outcome == Connection::Outcome::goes_on) {
    entry.event = std::max(entry.event, event);
    entry.state = Entry::State::queued;
    unfinished_.splice(unfinished_.end(), entry.turn);
    return;
  }
  const bool again = entry.state == Entry::State::served_again || stopping_;
  entry.state = Entry::State::idle;
  if (again) enqueue(entry, stopping_ ? Connection::Event::last_call : Connection::Event::readable);
}

// It counts until its socket is closed.
void ServingThreads::close(Name name, Entry& entry, Lock& lock) {
  auto connection = std::move(entry.connection);
  lock.unlock();
  connection.reset();
  lock.lock();
  entries_.erase(name);
  if (!stopping_ || !entries_.empty()) return;
  fewer_.notify_all();
  wake_all();
}

// Those that have been idle for too long get their last call.
void ServingThreads::enqueue_idle() {
  const auto now = Clock::now();
  next_look_ = now + idle_;
  for (auto& [name, entry] : entries_) {
    if (entry.state != Entry::State::idle) continue;
    if (now - entry.idle_since >= idle_)
      enqueue(entry, Connection::Event::last_call);
    else
      next_look_ = std::min(next_look_, entry.idle_since + idle_);
  }
}

// Wakes a thread without work, or else starts one.
void ServingThreads::get_help() {
  if (free_ > called_) {
    ++called_;
    help_.notify_one();
  } else if (threads_ < most_) {
    start_thread([this] { run(); });
  }
}

void ServingThreads::start_thread(std::function<void()> work) {
  std::thread(std::move(work)).detach();
  ++threads_;
}

void ServingThreads::begins_to_block() noexcept {
  std::lock_guard lock(mutex_);
  ++blocked_;
  if (led_ && queue_.empty() && unfinished_.empty()) return;
  try {
    get_help();
  } catch (...) {  // no thread to be had now: the watching one tries again
  }
}

void ServingThreads::goes_on() noexcept {
  std::lock_guard lock(mutex_);
  --blocked_;
}

void ServingThreads::begin_to_stop() {
  stopping_ = true;
  for (auto& [name, entry] : entries_) enqueue(entry, Connection::Event::last_call);
  wake_all();
}

// Wakes every thread that waits.
void ServingThreads::wake_all() {
  poller_.wake();
  help_.notify_all();
  watch_.notify_all();
}

bool ServingThreads::drain(Clock::time_point deadline) {
  Lock lock(mutex_);
  begin_to_stop();
  return fewer_.wait_until(lock, deadline, [this] { return entries_.empty(); });
}

void ServingThreads::shut_down_all() {
  std::lock_guard lock(mutex_);
  for (auto& [name, entry] : entries_)
    if (entry.connection) entry.connection->shut_down();
}

void ServingThreads::stop() {
  Lock lock(mutex_);
  begin_to_stop();
  fewer_.wait(lock, [this] { return entries_.empty() && threads_ == 0; });
}

}  // namespace enrichment_mock::net
