// Serves many connections on few threads. One thread at a time, the leader, waits for sockets that have something to be
// received; then it serves them itself, one after the other, and others that have nothing to do help. Who is about to
// block (base::Blocking) is replaced before, so that nobody waits for it; who blocks without a word is after a moment,
// for which one more thread looks every tenth of a second whether anybody gets anywhere.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/waiting.h"
#include "net/readiness.h"

namespace enrichment_mock::net {

using base::Clock;

// One of those that are served. Destroyed on any thread.
class Guest {
 public:
  enum class Call {
    arrived,    // something may be there to be received
    ended,      // the same, up to the end: nothing will be told after it
    last_call,  // the same, but if nothing is there, that is it
  };

  virtual ~Guest() = default;
  virtual int socket() const = 0;
  // Everything that has arrived. False: it is over, as it always is after an end or the last call. On one thread at a
  // time.
  virtual bool serve(Call call) noexcept = 0;
};

class ServingThreads final : private base::Blocking::Listener {
 public:
  // A guest that nothing comes from for `idle` gets its last call. There are `most` threads at most.
  ServingThreads(std::chrono::milliseconds idle, std::size_t most);
  ~ServingThreads() override;  // stops at once

  // Serves it from now on; `at_once`: whether or not something arrives. Throws what creating a thread throws.
  void add(std::unique_ptr<Guest> guest, bool at_once);
  std::size_t guests() const;

  // Gives all guests their last call. False: some were still there at the deadline.
  bool drain(Clock::time_point deadline);

  // For each guest that is there, under a lock.
  template <class Visit>
  void for_each(Visit visit) {
    std::lock_guard lock(mutex_);
    for (auto& [name, entry] : entries_)
      if (entry.guest) visit(*entry.guest);
  }

  // Returns when no guest and no thread is left.
  void stop();

 private:
  using Name = std::uint64_t;
  using Lock = std::unique_lock<std::mutex>;

  struct Entry {
    std::unique_ptr<Guest> guest;                                                 // null: it is just going
    enum class State { idle, queued, served, served_again } state = State::idle;  // again: something has arrived since
    Guest::Call call = Guest::Call::arrived;                                      // what it is to be told next
    Clock::time_point idle_since;
  };

  void run();
  void watch();
  void lead(Lock& lock);
  void serve_next(Lock& lock);
  void call(Name name, Entry& entry, Guest::Call call);
  void call_the_idle();
  void see_off(Name name, Entry& entry, Lock& lock);
  void get_help();
  void start_thread(std::function<void()> work);
  void wake_all();
  void begin_to_stop();
  void begins_to_block() noexcept override;
  void goes_on() noexcept override;

  const std::chrono::milliseconds idle_;
  const std::size_t most_;
  const std::size_t wanted_;  // threads that are kept though they have nothing to do
  Readiness readiness_;

  mutable std::mutex mutex_;       // guards all below
  std::condition_variable help_;   // for threads without work
  std::condition_variable fewer_;  // a guest or a thread less
  std::condition_variable watch_;  // for the thread that watches over the others
  std::unordered_map<Name, Entry> entries_;
  Name next_name_ = 0;
  std::deque<Name> queue_;       // that have something to be served
  Clock::time_point next_look_;  // for those that have been idle for long
  bool led_ = false;             // a thread waits for sockets
  std::uint64_t turns_ = 0;      // of threads, taken so far
  std::size_t threads_ = 0;      // the watching one among them
  std::size_t blocked_ = 0;      // of these, those that have said that they wait
  std::size_t free_ = 0;         // threads without work
  std::size_t called_ = 0;       // of these, those that have been called
  bool stopping_ = false;
};

}  // namespace enrichment_mock::net
