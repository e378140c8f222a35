#include "control/recent_events.h"

#include <algorithm>
#include <utility>

namespace enrichment_mock::control {

EventText event_text(std::uint64_t id, std::string_view type, const Object& data) {
  Object event{{"kind", type}};
  event.add_all(data);
  std::string line = event.take();
  std::ranges::replace_if(
      line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  std::string text = "id: " + std::to_string(id) + "\nevent: ";
  text.append(type).append("\ndata: ").append(line) += "\n\n";
  return std::make_shared<const std::string>(std::move(text));
}

void RecentEvents::add(std::uint64_t id, std::string team, EventText text) {
  keep({.id = id, .team = std::move(team), .type = {}, .text = std::move(text), .data = {}});
}

void RecentEvents::add_for_all(std::uint64_t id, std::string_view type, const Object& data) {
  keep({.id = id, .team = {}, .type = std::string(type), .text = event_text(id, type, data), .data = data});
}

void RecentEvents::keep(Kept event) {
  const auto bytes = event.bytes();
  events_.push_back(std::move(event));
  bytes_ += bytes;
  while (events_.size() > kMax || bytes_ > kMaxBytes) {
    bytes_ -= events_.front().bytes();
    events_.pop_front();
  }
}

std::vector<EventText> RecentEvents::since(std::uint64_t last_id, const std::string& team,
                                           std::uint64_t next_id) const {
  std::vector<EventText> missed;
  const auto first_id = events_.empty() ? next_id : events_.front().id;
  // An id that is not used yet comes from another run of the server.
  if (last_id + 1 < first_id || last_id >= next_id) {
    missed.push_back(event_text(first_id - 1, "gap", {{"last_event_id", last_id}, {"continues_at", first_id}}));
    last_id = 0;
  }
  const auto begin = std::ranges::upper_bound(events_, last_id, {}, &Kept::id);
  for (auto event = begin; event != events_.end(); ++event) {
    if (!event->type.empty() && !team.empty()) {
      Object own = event->data;
      own.add("team", team);
      missed.push_back(event_text(event->id, event->type, own));
    } else if (team.empty() || event->team == team) {
      missed.push_back(event->text);
    }
  }
  return missed;
}

void RecentEvents::clear() {
  events_.clear();
  bytes_ = 0;
}

}  // namespace enrichment_mock::control
