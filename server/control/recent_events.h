// The latest events, for a client that connects anew: by the id that it names in Last-Event-ID it gets the events that
// it missed. Bounded by number and by size; the oldest go. Not thread-safe.
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

using EventText = std::shared_ptr<const std::string>;  // as it goes over the wire

// `data` in one line: what a client sent may have line breaks between its values.
EventText event_text(std::uint64_t id, std::string_view type, const Object& data);

class RecentEvents {
 public:
  static constexpr std::size_t kMost = 5'000;  // as a listener has room for
  static constexpr std::size_t kMostBytes = 1'000'000;

  // An event about a team; empty: about none.
  void add(std::uint64_t id, std::string team, EventText text);

  // One about every team, which a listener to one of them hears as that team's.
  void add_about_all(std::uint64_t id, std::string_view type, const Object& data);

  // What a listener to that team, or to all, has missed since the event with that id. `next_id` is of the event that
  // comes next. Where events have gone that it may have missed, an event "gap" comes first.
  std::vector<EventText> since(std::uint64_t last_id, const std::string& team, std::uint64_t next_id) const;

  void clear();

 private:
  struct Kept {
    std::uint64_t id = 0;
    std::string team, type;  // type: of one about all teams
    EventText text;          // as a listener to all hears it
    Object data;             // of one about all teams
    std::size_t bytes() const { return sizeof *this + team.size() + text->size() + data.text().size(); }
  };
  void keep(Kept event);

  std::deque<Kept> events_;
  std::size_t bytes_ = 0;
};

}  // namespace enrichment_mock::control
