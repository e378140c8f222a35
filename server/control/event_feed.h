// All that happens, for the listeners to GET events: server-sent events (the HTML standard's text/event-stream). A
// listener that does not keep up is dropped, never waited for. Thread-safe.
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

#include "control/render.h"
#include "runner/event_observer.h"

namespace enrichment_mock::control {

class EventFeed final : public runner::EventObserver {
 public:
  // Of one team's events, or of all.
  class Listener {
   public:
    // The next event as it goes over the wire; an empty text when nothing has come for that long. Nothing: it has
    // ended, as the feed is closed and all was read, or the listener was too slow.
    std::optional<std::string> next(std::chrono::milliseconds timeout);

   private:
    friend class EventFeed;
    void drop() {  // under mutex_
      queue_.clear();
      ended_ = true;
    }
    std::mutex mutex_;  // guards all below
    std::condition_variable changed_;
    std::deque<std::string> queue_;
    bool ended_ = false;
    std::string team_;  // empty: all
  };

  std::shared_ptr<Listener> listen(std::string team_id);
  void leave(const std::shared_ptr<Listener>& listener);

  bool has_listeners() const override { return listeners_count_ > 0; }
  void on_events(const std::string& team_id, const engine::Events& events) override;

  // An event of that type about a team; empty: about none.
  void publish(std::string_view type, const std::string& team_id, Object data);

  // One about every team: a listener to one of them gets it as that team's.
  void publish_to_all(std::string_view type, const Object& data);

  // Ends all listeners.
  void close();

 private:
  static constexpr std::size_t kMaxQueued = 10'000;

  std::string next_event(std::string_view type, std::string_view text);  // under mutex_
  static void push(Listener& listener, const std::string& event);        // the same

  std::mutex mutex_;  // guards listeners_, closed_ and the order of events
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::uint64_t number_ = 0;
  bool closed_ = false;
  std::atomic<std::size_t> listeners_count_ = 0;
};

}  // namespace enrichment_mock::control
