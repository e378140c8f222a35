// GET events: all that happens, as it happens.
#include <chrono>

#include "control/call.h"

namespace enrichment_mock::control {

namespace {

// So often a connection on which nothing happens is tried, for a client that has gone to be noticed.
constexpr std::chrono::seconds kSilence{15};

void tell(EventFeed& feed, const std::string& team, http::Stream& stream) {
  const auto listener = feed.listen(team);
  bool there = stream.write(": listening\n\n");
  while (there) {
    const auto event = listener->next(kSilence);
    if (!event) break;
    there = stream.write(event->empty() ? ": nothing new\n\n" : *event);
  }
  feed.leave(listener);
}

http::Response listen(const Call& call) {
  const std::string team = call.team ? call.team->profile().id : "";
  return {.content_type = "text/event-stream",
          .headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}},
          .stream = [&feed = call.world.events, team](http::Stream& stream) { tell(feed, team, stream); }};
}

constexpr Route kRoutes[] = {{"GET", "events", {}, listen}};

}  // namespace

std::span<const Route> event_routes() { return kRoutes; }

}  // namespace enrichment_mock::control
