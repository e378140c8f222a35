// Receives the events of all teams as they happen: in order for each team, on the threads on which they happen, and
// never while a team is locked. An observer must not call the team. The control API's event feed is one.
#pragma once
#include <string>

#include "engine/event.h"

namespace enrichment_mock::runner {

class EventObserver {
 public:
  virtual ~EventObserver() = default;
  // Whether anyone listens. If not, events are not even stored. Cheap.
  virtual bool has_listeners() const = 0;
  virtual void on_events(const std::string& team_id, const engine::Events& events) = 0;
};

}  // namespace enrichment_mock::runner
