// Sends all events to the listeners of GET events, as server-sent events (text/event-stream of the HTML standard). The
// queue of a listener is limited in number and size; a listener that is too slow is dropped. A listener that reconnects
// gets the events that it missed if they are still kept: events are recorded for a while after the last listener has
// disconnected. Thread-safe.
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
  // Limits of the queues: of one listener, and of all together.
  static constexpr std::size_t kMaxEvents = 10'000;
  static constexpr std::size_t kMaxBytes = 8 * base::kMegabyte, kMaxBytesOfAll = 64 * base::kMegabyte;

  // Receives the events of one team or of all teams.
  class Listener {
   public:
    // Waits for the next event and returns it as it is sent. An empty text: no event arrived within the timeout.
    // Nothing: the stream has ended, because the feed was closed or the listener was too slow.
    std::optional<std::string> next(std::chrono::milliseconds timeout);

    // The id before the first event that this listener can receive.
    std::uint64_t begins_after() const { return begins_after_; }

   private:
    friend class EventFeed;
    std::size_t push(const EventText& event);  // returns the bytes in the queue
    std::size_t bytes();                       // in the queue
    void drop();                               // needs mutex_

    std::mutex mutex_;  // guards all below
    std::condition_variable changed_;
    std::deque<EventText> queue_;
    std::size_t bytes_ = 0;  // in queue_
    bool ended_ = false;
    std::string team_;  // empty: all
    std::uint64_t begins_after_ = 0;
  };

  using Clock = std::chrono::steady_clock;

  // Ids count up from `first_id`. If it grows from run to run, a client of an earlier run learns that it missed events.
  // `recording_time`: how long events are recorded after the last listener has disconnected.
  explicit EventFeed(std::uint64_t first_id = 1, Clock::duration recording_time = std::chrono::minutes(1))
      : next_id_(first_id), recording_time_(recording_time) {}

  // `last_id`: the last event that the client has received.
  std::shared_ptr<Listener> listen(std::string team_id, std::optional<std::uint64_t> last_id = {});
  void remove(const std::shared_ptr<Listener>& listener);

  // Also true while events are recorded for a listener that may reconnect.
  bool has_listeners() const override { return listeners_count_ > 0 || is_recording(); }
  void on_events(const std::string& team_id, const engine::Events& events) override;

  // Publishes an event of a team; an empty id: of no team. `data` contains the team's id.
  void publish(std::string_view type, const std::string& team_id, const Object& data);

  // Publishes an event of all teams. A listener of one team gets it as an event of this team, with the team's id.
  void publish_to_all(std::string_view type, const Object& data);

  // Ends the streams of all listeners.
  void close();

 private:
  bool is_recording() const;
  template <class EventFor>
  void push_to_each(EventFor event_for);  // needs mutex_

  std::mutex mutex_;  // guards listeners_, next_id_, recent_, closed_ and the order of events
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::uint64_t next_id_;
  RecentEvents recent_;
  bool closed_ = false;
  std::atomic<std::size_t> listeners_count_ = 0;

  const Clock::duration recording_time_;
  std::atomic<Clock::rep> recording_until_ = 0;  // 0: there has been no listener yet
};

}  // namespace enrichment_mock::control
