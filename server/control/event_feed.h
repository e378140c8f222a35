// All that happens, for the listeners to GET events: server-sent events (the HTML standard's text/event-stream). A
// listener that does not keep up is dropped, never waited for: what waits is bounded by number and by size. One that
// comes back gets what it missed, as far as that is kept: events are noted for a while after the last listener has
// left. Thread-safe.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "control/recent_events.h"
#include "runner/event_observer.h"

namespace enrichment_mock::control {

class EventFeed final : public runner::EventObserver {
 public:
  // Of what waits: for one listener, and for all.
  static constexpr std::size_t kMostEvents = 10'000;
  static constexpr std::size_t kMostBytes = 8 * base::kMegabyte, kMostBytesOfAll = 64 * base::kMegabyte;

  // Of one team's events, or of all.
  class Listener {
   public:
    // The next event as it goes over the wire; an empty text when nothing has come for that long. Nothing: it has
    // ended, as the feed is closed and all was read, or the listener was too slow.
    std::optional<std::string> next(std::chrono::milliseconds timeout);

    // The id of the event before the first that it can hear.
    std::uint64_t begins_after() const { return begins_after_; }

   private:
    friend class EventFeed;
    std::size_t push(const EventText& event);  // returns how many bytes wait
    std::size_t bytes();                       // that wait
    void drop();                               // under mutex_

    std::mutex mutex_;  // guards all below
    std::condition_variable changed_;
    std::deque<EventText> queue_;
    std::size_t bytes_ = 0;  // of those
    bool ended_ = false;
    std::string team_;  // empty: all
    std::uint64_t begins_after_ = 0;
  };

  using Clock = std::chrono::steady_clock;

  // Ids go up from `first_id`: one that grows from run to run tells a client of an earlier run that it missed events.
  // `remembers`: for how long after the last listener has left.
  explicit EventFeed(std::uint64_t first_id = 1, Clock::duration remembers = std::chrono::minutes(1))
      : next_id_(first_id), remembers_(remembers) {}

  // `last_id`: of the last event that the client got.
  std::shared_ptr<Listener> listen(std::string team_id, std::optional<std::uint64_t> last_id = {});
  void leave(const std::shared_ptr<Listener>& listener);

  // Or one may come back.
  bool has_listeners() const override { return listeners_count_ > 0 || is_remembering(); }
  void on_events(const std::string& team_id, const engine::Events& events) override;

  // An event of that type about a team; empty: about none.
  void publish(std::string_view type, const std::string& team_id, Object data);

  // One about every team: a listener to one of them gets it as that team's.
  void publish_to_all(std::string_view type, const Object& data);

  // Ends all listeners.
  void close();

 private:
  bool is_remembering() const;
  template <class EventFor>
  void push_to_each(EventFor event_for);  // under mutex_

  std::mutex mutex_;  // guards listeners_, next_id_, recent_, closed_ and the order of events
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::uint64_t next_id_;
  RecentEvents recent_;
  bool closed_ = false;
  std::atomic<std::size_t> listeners_count_ = 0;

  const Clock::duration remembers_;
  std::atomic<Clock::rep> remembers_until_ = 0;  // 0: nobody has listened yet
};

}  // namespace enrichment_mock::control
