// Passes the events of one team on to their receivers: all events to the observer, and those that were due to the
// result list of the advance or settle in progress. Events without a receiver are never stored. The team's mutex guards
// everything except deliver().
#pragma once
#include <functional>
#include <string>
#include <utility>

#include "engine/event.h"
#include "runner/event_observer.h"
#include "runner/notifying_mutex.h"

namespace enrichment_mock::runner {

class EventOutbox {
 public:
  // The observer may be null. `on_free`: see deliver_unless_busy().
  EventOutbox(EventObserver* observer, std::string team_id, std::function<void()> on_free)
      : observer_(observer), team_id_(std::move(team_id)), delivery_mutex_(std::move(on_free)) {}

  // An empty batch for the events of one command; null if they have no receiver. Its storage is reused.
  engine::Events* open_batch();

  // Takes the events that the command has added to the batch. With `fell_due` they are also added to the list.
  enum class Cause { command, fell_due };
  void close_batch(Cause cause);

  // Sets the list of the advance or settle in progress. There is at most one.
  void start_list(engine::Events& list) { list_ = &list; }
  void stop_list(const engine::Events& list) {
    if (list_ == &list) list_ = nullptr;  // after a reset there may be another one
  }
  bool has_list() const { return list_ != nullptr; }

  // Removes the undelivered events, and stops the list.
  void clear();

  // Passes the waiting events to the observer. Call it without the team's mutex, `team_mutex`. One thread delivers at a
  // time, so that events arrive in order, and another thread's events have arrived when this returns. Events that the
  // observer has no memory for are lost.
  void deliver(NotifyingMutex& team_mutex) noexcept;

  // The same, but never waits: if another thread is delivering, the events stay, and that thread calls `on_free`.
  void deliver_unless_busy(NotifyingMutex& team_mutex) noexcept;

 private:
  void notify_observer() noexcept;  // under delivery_mutex_
  bool has_listeners() const { return observer_ && observer_->has_listeners(); }

  EventObserver* const observer_;
  const std::string team_id_;
  engine::Events batch_, waiting_;
  engine::Events* list_ = nullptr;

  NotifyingMutex delivery_mutex_;  // guards delivered_ and the order of delivery; locked before the team's
  engine::Events delivered_;
};

}  // namespace enrichment_mock::runner
