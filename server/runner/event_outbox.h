// The events of one team on their way from the engine to those who want them: the observer, who is told of all of them,
// and the advance or settle under way, which lists what fell due. What nobody wants is never noted. The team's mutex
// guards all but deliver().
#pragma once
#include <functional>
#include <string>
#include <utility>

#include "engine/event.h"
#include "runner/event_observer.h"
#include "runner/passable_mutex.h"

namespace enrichment_mock::runner {

class EventOutbox {
 public:
  // The observer may be null. `call_back` is for those who pass by deliver(), see PassableMutex.
  EventOutbox(EventObserver* observer, std::string team_id, std::function<void()> call_back)
      : observer_(observer), team_id_(std::move(team_id)), delivery_mutex_(std::move(call_back)) {}

  // The empty batch for the events of one command; null if nobody wants them. Its storage is used again and again.
  engine::Events* open_batch();

  // Takes what the command has added to the batch. With `fell_due` it joins the list, if there is one.
  enum class Cause { command, fell_due };
  void close_batch(Cause cause);

  // The list of the advance or settle under way: there is one at most.
  void start_list(engine::Events& list) { list_ = &list; }
  void stop_list(const engine::Events& list) {
    if (list_ == &list) list_ = nullptr;  // after a reset there may be another one
  }
  bool has_list() const { return list_ != nullptr; }

  // Drops what has not been delivered, and ends the list.
  void clear();

  // Tells the observer of what is waiting; not under `team_mutex`, which is the team's. One thread at a time: events
  // arrive in their order, and a thread that comes second knows that those of the first have arrived. What the observer
  // has no memory for is lost.
  void deliver(PassableMutex& team_mutex) noexcept;

  // The same, but never waits: if another thread is at it, the events stay, and `call_back` is called when it is done.
  void deliver_unless_busy(PassableMutex& team_mutex) noexcept;

 private:
  void tell() noexcept;  // under delivery_mutex_
  bool has_listeners() const { return observer_ && observer_->has_listeners(); }

  EventObserver* const observer_;
  const std::string team_id_;
  engine::Events batch_, waiting_;
  engine::Events* list_ = nullptr;

  PassableMutex delivery_mutex_;  // guards delivered_, and the order; taken before the team's
  engine::Events delivered_;
};

}  // namespace enrichment_mock::runner
