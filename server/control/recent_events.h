// The latest events, for clients that reconnect: a client sends Last-Event-ID and gets the events that it missed.
// Limited in number and size; the oldest events are removed. Not thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/render.h"

namespace enrichment_mock::control {

using EventText = std::shared_ptr<const std::string>;  // as it is sent

// Writes the type and `data` as one JSON object, {"kind": type, …data}, in one line: JSON that a client sent may have
// line breaks between its values.
EventText event_text(std::uint64_t id, std::string_view type, const Object& data);

class RecentEvents {
 public:
  static constexpr std::size_t kMax = 5'000;  // fits into a listener's queue
  static constexpr std::size_t kMaxBytes = 1'000'000;

  // Adds an event of a team; an empty team: of no team.
  void add(std::uint64_t id, std::string team, EventText text);

  // Adds an event of all teams. A listener of one team gets it as an event of this team.
  void add_for_all(std::uint64_t id, std::string_view type, const Object& data);

  // The events after `last_id` for a listener of the team, or of all teams if it is empty. `next_id` is the id of the
  // next event. If some events are no longer kept, an event "gap" comes first.
  std::vector<EventText> since(std::uint64_t last_id, const std::string& team, std::uint64_t next_id) const;

  void clear();

 private:
  struct Kept {
    std::uint64_t id = 0;
    std::string team, type;  // type: only for an event of all teams
    EventText text;          // for a listener of all teams
    Object data;             // only for an event of all teams
    std::size_t bytes() const { return sizeof *this + team.size() + text->size() + data.text().size(); }
  };
  void keep(Kept event);

  std::deque<Kept> events_;
  std::size_t bytes_ = 0;
};

}  // namespace enrichment_mock::control
