// Serves many connections on few threads. One thread at a time, the leader, waits for sockets that have something to be
// received; then it serves their connections itself, one after the other, and other threads that have nothing to do
// help. A connection with more requests than one turn takes is served again after the others that have something by
// then. A thread that is about to block (base::Blocking) is replaced before, so that no connection waits for it. One
// that blocks without saying so is replaced after a moment: another thread looks every tenth of a second whether there
// is progress.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/waiting.h"
#include "net/connection.h"
#include "net/socket_poller.h"

namespace enrichment_mock::net {

class ServingThreads final : private base::Blocking::Listener {
 public:
  // A connection that nothing comes from for `idle` gets its last call. There are `most` threads at most.
  ServingThreads(std::chrono::milliseconds idle, std::size_t most);
  ~ServingThreads() override;  // stops at once

  // Serves it from now on; `at_once`: whether or not something arrives. Throws what creating a thread throws.
  void add(std::unique_ptr<Connection> connection, bool at_once);
  std::size_t connections() const;

  // Gives all connections their last call. False: some were still there at the deadline.
  bool drain(Clock::time_point deadline);

  // Shuts down all connections that are there.
  void shut_down_all();

  // Returns when no connection and no thread is left.
  void stop();

 private:
  using Name = std::uint64_t;
  using Lock = std::unique_lock<std::mutex>;

  struct Entry {
    std::unique_ptr<Connection> connection;  // null: it is being closed
    // served_again: it is served, and something has arrived since.
    enum class State { idle, queued, served, served_again } state = State::idle;
    Connection::Event event = Connection::Event::readable;  // the next one
    Clock::time_point idle_since;
    std::list<Name> turn;  // its place in the queue, made beforehand so that none has to be; empty while it is there
  };

  void run();
  void watch();
  void lead(Lock& lock);
  void serve_next(Lock& lock);
  void enqueue(Entry& entry, Connection::Event event);
  void enqueue_idle();
  void close(Name name, Entry& entry, Lock& lock);
  void get_help();
  void start_thread(std::function<void()> work);
  void wake_all();
  void begin_to_stop();
  void begins_to_block() noexcept override;
  void goes_on() noexcept override;

  const std::chrono::milliseconds idle_;
  const std::size_t most_;
  const std::size_t wanted_;  // threads that are kept though they have nothing to do
  SocketPoller poller_;

  mutable std::mutex mutex_;       // guards all below
  std::condition_variable help_;   // for threads without work
  std::condition_variable fewer_;  // a connection or a thread has gone
  std::condition_variable watch_;  // for the thread that watches over the others
  std::unordered_map<Name, Entry> entries_;
  Name next_name_ = 0;
  std::list<Name> queue_;        // those that have something to be served
  std::list<Name> unfinished_;   // those that had their turn and have more: queued behind those that come meanwhile
  Clock::time_point next_look_;  // for those that have been idle for too long
  bool led_ = false;             // a thread waits for sockets
  std::uint64_t turns_ = 0;      // that threads have taken so far
  std::size_t threads_ = 0;      // the watching one is one of them
  std::size_t blocked_ = 0;      // those that have said that they wait
  std::size_t free_ = 0;         // those without work
  std::size_t called_ = 0;       // of these, those that have been woken
  bool stopping_ = false;
};

}  // namespace enrichment_mock::net
