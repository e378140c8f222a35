// Serves many connections on a few threads. One thread at a time, the leader, waits until sockets have something to
// receive. Then it serves their connections, one after the other, and idle threads help. Their responses are held for a
// moment and sent together, so that a client that waits for several is woken less often. A connection with many
// requests is served for a short time, then again after the other connections that have requests. A thread that is
// about to block (base::Blocking) is replaced beforehand, so that no connection waits for it. A thread that blocks
// without announcing it is replaced soon after: a watching thread checks for progress every 100 ms, and every 2 ms if
// threads have announced work that may take long. A thread that serves only one connection follows its client from
// processor to processor. One that serves one request at a time may poll before it sleeps (net/polling.h).
#pragma once
#include <atomic>
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

class ServingThreads final : private base::Blocking::Observer, private base::Resumer {
 public:
  // `idle`: how long a connection may be without requests before it is closed. `most`: the largest number of threads.
  ServingThreads(std::chrono::milliseconds idle, std::size_t most);
  ~ServingThreads() override;  // stops

  // Serves the connection from now on. `at_once`: without waiting until something arrives. Throws std::system_error if
  // no thread can be created; the connection is then closed.
  void add(std::unique_ptr<Connection> connection, bool at_once);
  std::size_t connections() const;

  // Serves what has arrived and closes all connections. False: some were still open at the deadline.
  bool drain(Clock::time_point deadline);

  // Shuts down the sockets of all connections.
  void shut_down_all();

  // The same as drain(), but returns only when no connection and no thread is left.
  void stop();

 private:
  using Id = std::uint64_t;
  using Lock = std::unique_lock<std::mutex>;
  class Follower;

  struct Entry {
    std::unique_ptr<Connection> connection;                                  // null: it is being closed
    enum class State { idle, queued, served, waiting } state = State::idle;  // waiting: its response, for its barrier
    bool continues = false;                                 // the next serve() begins with what the last one has left
    bool has_arrived = false;                               // an event that the next serve() may not take into account
    bool is_resumed = false;                                // while it is served: its response need not wait any longer
    Connection::Event event = Connection::Event::readable;  // for the next serve()
    Clock::time_point idle_since;
    std::list<Id> queue_node;  // its element of queue_, allocated beforehand; empty while it is in a queue
  };

  void run();
  void watch();
  void wait_as_leader(Lock& lock, Follower& follower);
  void serve_next(Lock& lock, Follower& follower);
  void take(Entry& entry, Connection::Outcome outcome, Clock::time_point now);
  void enqueue(Entry& entry, Connection::Event event);
  bool has_work() const { return !queue_.empty() || !held_.empty() || !unfinished_.empty(); }
  void enqueue_idle_connections();
  void resume(std::span<const Waiting> over) noexcept override;
  void close(Id id, Entry& entry, Lock& lock);
  void wake_or_start_thread();
  void start_thread(std::function<void()> work);
  void wake_all();
  void begin_to_stop();
  void on_block() noexcept override;
  void on_unblock() noexcept override;
  void on_long_work() noexcept override;

  const std::chrono::milliseconds idle_;
  const std::size_t max_threads_;
  const std::size_t kept_threads_;  // idle threads beyond this number end
  SocketPoller poller_;

  std::atomic<std::size_t> blocked_threads_ = 0;  // threads that have announced that they block

  mutable std::mutex mutex_;              // guards all below
  std::condition_variable work_added_;    // notifies idle threads
  std::condition_variable removed_;       // a connection or a thread was removed
  std::condition_variable watch_wakeup_;  // notifies the watching thread
  std::unordered_map<Id, Entry> entries_;
  Id next_id_ = 0;
  std::list<Id> queue_;                // connections to serve
  std::list<Id> unfinished_;           // connections that have more requests; they go to queue_ after the next events
  std::list<Id> held_;                 // connections whose responses are to be sent, together
  Clock::time_point held_since_;       // the first of them
  Clock::time_point next_idle_check_;  // when to look for connections that have been idle too long
  bool has_leader_ = false;            // a thread waits for events
  std::uint64_t steps_ = 0;            // counts waits for events and served connections, as a sign of progress
  std::size_t threads_ = 0;            // includes the watching thread
  std::size_t idle_threads_ = 0;       // threads that wait for work_added_
  std::size_t woken_threads_ = 0;      // idle threads that were woken and have not continued yet
  Clock::time_point closely_until_;    // the watching thread checks for progress more often
  bool watches_closely_ = false;
  bool stopping_ = false;
  bool is_shut_down_ = false;  // responses do not wait any longer
};

}  // namespace enrichment_mock::net
