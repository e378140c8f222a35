// Keeps the events that it is told of, while the test wants to listen.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "runner/event_observer.h"

namespace enrichment_mock::support {

class RecordingObserver final : public runner::EventObserver {
 public:
  bool has_listeners() const override { return listening; }

  void on_events(const std::string& team_id, const engine::Events& events) override {
    std::lock_guard lock(events_mutex_);
    auto& all = events_[team_id];
    all.insert(all.end(), events.begin(), events.end());
  }

  // Of one team, in the order in which they came.
  engine::Events events_of(const std::string& team_id) {
    std::lock_guard lock(events_mutex_);
    return events_[team_id];
  }

  std::atomic<bool> listening = true;

 private:
  std::mutex events_mutex_;  // guards events_
  std::map<std::string, engine::Events> events_;
};

}  // namespace enrichment_mock::support
