// The events of one team on their way from the engine to those who want them: the observer, who is told of all of them,
// and the advance or settle under way, which lists what fell due. What nobody wants is never noted. The team's mutex
// guards all but deliver().
#pragma once
#include <mutex>
#include <string>

#include "engine/event.h"
#include "runner/event_observer.h"

namespace enrichment_mock::runner {

class EventOutbox {
 public:
  // The observer may be null.
  EventOutbox(EventObserver* observer, std::string team_id) : observer_(observer), team_id_(std::move(team_id)) {}

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
  // arrive in their order, and a thread that comes second knows that those of the first have arrived.
  void deliver(std::mutex& team_mutex);

 private:
  bool has_listeners() const { return observer_ && observer_->has_listeners(); }

  EventObserver* const observer_;
  const std::string team_id_;
  engine::Events batch_, waiting_;
  engine::Events* list_ = nullptr;

  std::mutex delivery_mutex_;  // guards delivered_, and the order; taken before the team's
  engine::Events delivered_;
};

}  // namespace enrichment_mock::runner
