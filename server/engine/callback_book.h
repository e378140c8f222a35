// A team's callbacks: when each attempt is due, what became of it, and whether another one follows.
// Documented: up to 3 attempts with backoff. Our decision: a 2xx ends it, anything else is a failed attempt; backoff
// counts from the end of the failed attempt.
#pragma once
#include <deque>
#include <optional>

#include "engine/callback.h"
#include "engine/schedule.h"

namespace enrichment_mock::engine {

class CallbackBook {
 public:
  // Opens one copy of an enrichment's callback, to be sent first at `due`; or records that it is dropped.
  void open(const Enrichment& enrichment, std::uint32_t copy, std::uint64_t creation, Instant due);

  // The next attempt that is due, if any.
  std::optional<Due> next();

  // Begins that attempt: the callback is delivering until finish() is called for it.
  void begin_next();

  // Takes the result of the attempt under way; `now` is when it ended. Results for a callback that is not delivering
  // are ignored.
  void finish(std::uint32_t number, const scenario::Callback& settings, AttemptResult result, Instant now);

  const Callback& at(std::uint32_t number) const { return callbacks_[number]; }
  const std::deque<Callback>& all() const { return callbacks_; }
  std::size_t open_count() const { return open_; }
  std::size_t delivering_count() const { return delivering_; }

 private:
  void schedule(Callback& callback, Instant due);

  std::deque<Callback> callbacks_;
  Schedule schedule_;
  std::size_t open_ = 0, delivering_ = 0;
};

}  // namespace enrichment_mock::engine
