// Events: what happened in a team. A command of engine::Team adds the events that it causes, in order, to the batch
// that the caller passes; without a batch it records none. The `fired` lists of the control API and of the library,
// server-sent events and tests show these events, each in its own form.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/callback.h"
#include "engine/gate.h"

namespace enrichment_mock::engine {

// The end of an attempt to deliver a callback. This includes attempts that the scenario failed without sending them.
struct AttemptEnd {
  std::uint32_t copy = 0;  // which of the enrichment's callbacks, from 0
  std::size_t number = 0;  // which of the callback's attempts, from 1
  Instant due{};           // when the attempt was due; Event::at is when it ended
  AttemptResult result = {};
  CallbackState state = CallbackState::scheduled;  // of the callback, after the attempt

  friend bool operator==(const AttemptEnd&, const AttemptEnd&) = default;
};

struct Event {
  Instant at{};                  // team time
  EnrichmentId enrichment = {};  // unused for a moment of the schedule
  // The new status, the end of an attempt, or a moment of the schedule.
  std::variant<Status, AttemptEnd, ScheduleMoment> what;

  friend bool operator==(const Event&, const Event&) = default;
};

using Events = std::vector<Event>;

// In the order of the types in Event::what.
inline constexpr std::array<std::string_view, 3> kEventKinds = {"transition", "callback", "schedule"};
static_assert(kEventKinds.size() == std::variant_size_v<decltype(Event::what)>);

inline std::string_view kind_of(const Event& event) { return kEventKinds[event.what.index()]; }

// When it was due. That is when it happened, except for an attempt: its event is added when it ends.
Instant due_of(const Event& event);

// The context of a command: the team time at which it happens, and the batch to which its events are added.
struct Context {
  // NOLINTNEXTLINE(google-explicit-constructor): a time alone means that there is no observer.
  Context(Instant time, Events* batch = nullptr) : now(time), events(batch) {}

  Instant now;
  Events* events;  // null: no observer
};

}  // namespace enrichment_mock::engine
