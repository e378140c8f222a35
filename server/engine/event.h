// One thing that happened in a team. A command of engine::Team adds the events that it causes to the batch that its
// caller gives it, in their order; without a batch nothing is noted. The `fired` lists of the control API and of the
// library, server-sent events and tests show these events, each in its own form.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/callback.h"
#include "engine/gate.h"

namespace enrichment_mock::engine {

// How an attempt to deliver a callback ended; one that the scenario failed without sending it is one, too.
struct AttemptEnd {
  std::uint32_t copy = 0;  // which of the enrichment's callbacks, from 0
  std::size_t number = 0;  // which of the callback's attempts, from 1
  Instant due{};           // when the attempt was due; the event's own time is when it ended
  AttemptResult result = {};
  CallbackState state = CallbackState::scheduled;  // of the callback, after the attempt

  friend bool operator==(const AttemptEnd&, const AttemptEnd&) = default;
};

struct Event {
  Instant at{};                  // team time
  EnrichmentId enrichment = {};  // not of a moment of the schedule
  // The status that was reached, the attempt that ended, or the moment that came.
  std::variant<Status, AttemptEnd, ScheduleMoment> what;

  friend bool operator==(const Event&, const Event&) = default;
};

using Events = std::vector<Event>;

// "transition", "callback" or "schedule".
std::string_view kind_of(const Event& event);

// When it fell due. That is when it happened, except for an attempt, whose event comes with its end.
Instant due_of(const Event& event);

// What comes with a command: the team time at which it happens, and the batch that its events are added to.
struct Context {
  // NOLINTNEXTLINE(google-explicit-constructor): a time alone says that nobody listens.
  Context(Instant time, Events* batch = nullptr) : now(time), events(batch) {}

  Instant now;
  Events* events;  // null: nobody listens
};

}  // namespace enrichment_mock::engine
