// Who is told of the events of all teams as they happen: in each team's order, on the threads on which they happen, and
// never while a team is locked. It must not call back. The control API's event feed is one; tests have another.
#pragma once
#include <string>

#include "engine/event.h"

namespace enrichment_mock::runner {

class EventObserver {
 public:
  virtual ~EventObserver() = default;
  // Whether anybody listens; events that happen meanwhile are not even noted. Cheap.
  virtual bool has_listeners() const = 0;
  virtual void on_events(const std::string& team_id, const engine::Events& events) = 0;
};

}  // namespace enrichment_mock::runner
