// Callbacks: the notifications of resolved enrichments, and the attempts to deliver them. Documented: up to 3 attempts
// with backoff. Our decision: a 2xx ends a callback, anything else is a failed attempt; backoff counts from the end of
// the failed attempt.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/due_queue.h"
#include "engine/enrichment.h"

namespace enrichment_mock::engine {

enum class CallbackState : unsigned char { scheduled, delivering, retrying, delivered, exhausted, dropped };

inline constexpr auto kCallbackStateWords = base::words<CallbackState>({{CallbackState::scheduled, "scheduled"},
                                                                        {CallbackState::delivering, "delivering"},
                                                                        {CallbackState::retrying, "retrying"},
                                                                        {CallbackState::delivered, "delivered"},
                                                                        {CallbackState::exhausted, "exhausted"},
                                                                        {CallbackState::dropped, "dropped"}});
constexpr std::string_view to_text(CallbackState state) { return kCallbackStateWords.text(state); }

bool is_open(CallbackState state);  // something is still to come

// How one attempt went. A 2xx status is success; everything else is not. Status 0: no answer, `error` says why.
struct AttemptResult {
  int status = 0;
  std::string error;
  std::chrono::microseconds latency{0};  // real time

  friend bool operator==(const AttemptResult&, const AttemptResult&) = default;
};

struct Attempt {
  Instant at{};  // when it was due, team time
  AttemptResult result;
  Instant ended{};  // team time; the next one follows so much later as the backoff says
};

// One notification of one enrichment.
struct Callback {
  Number number = 0;       // of its team
  Number enrichment = 0;   // its number
  std::uint32_t copy = 0;  // 0 for the first notification of the enrichment
  CallbackState state = CallbackState::scheduled;
  std::uint64_t creation = 0;
  Instant due = kNever;
  std::optional<Duration> burst = {};  // reversed: for so long the first of a burst is held
  std::uint32_t manual_attempts = 0;   // of the attempts, those that were asked for by hand
  // While one of these is under way: what the callback goes back to if it fails.
  struct Before {
    CallbackState state;
    Instant due;
  };
  std::optional<Before> before = {};
  std::vector<Attempt> attempts = {};

  // How many attempts it has made by itself; max_attempts, backoff and fail_first go by these.
  std::size_t automatic_attempts() const { return attempts.size() - manual_attempts; }
};

// Without the one that is under way.
std::span<const Attempt> ended_attempts(const Callback& callback);

// "<enrichment id>-<copy, from 1>".
std::string callback_id(const EnrichmentId& enrichment, std::uint32_t copy);

// An attempt to be made now: where it goes and what it says. Its result goes back to Team::finish_attempt.
struct DueAttempt {
  Number callback = 0;  // its number
  std::string url;
  EnrichmentView notification;
  std::shared_ptr<const scenario::Callback> settings;
};

// A team's callbacks: when each attempt is due, what became of it, and whether another one follows.
class CallbackStore {
 public:
  // How many are at each end.
  struct Totals {
    std::uint64_t delivered = 0, exhausted = 0, dropped = 0;
  };

  // From here on so many can be opened without allocating.
  void reserve_more(std::size_t more);

  // Opens one copy of an enrichment's callback, to be sent first at `due`; or records that it is dropped. Returns its
  // number.
  Number open(const Enrichment& enrichment, std::uint32_t copy, std::uint64_t creation, Instant due);

  // The next attempt that is due, if any.
  std::optional<Due> next();

  // Whether that one has to wait for others of its burst, which are to be sent before it; it is put off then. The first
  // that falls due begins a burst, whose callbacks all leave at its end, the last to fall due first.
  bool hold_next();

  // Begins an attempt of a callback that is not delivering, due at `at`: it is delivering until finish() is called for
  // it. Nothing has happened if it throws.
  void begin(Number number, Instant at);

  // Begins one attempt more, by hand, whatever the state but delivering. If it is delivered, that was the last; else
  // all goes on as if it had not been made.
  void begin_manual(Number number, Instant at);

  // Takes the result of the attempt under way; `now` is when it ended. Results for a callback that is not delivering
  // are ignored. Allocates nothing, so that no result is lost: begin() has made the room for the next attempt.
  void finish(Number number, const scenario::Callback& settings, AttemptResult result, Instant now);

  // Takes one out that is not open.
  void forget(Number number) { callbacks_.erase(number); }

  const Callback& at(Number number) const { return callbacks_[number]; }
  const RecordStore<Callback>& all() const { return callbacks_; }
  std::size_t open_count() const { return open_; }
  std::size_t delivering_count() const { return delivering_; }
  const Totals& totals() const { return totals_; }
  // How many have ever come to each end: one that was exhausted and is then delivered by hand has come to both.
  const Totals& ends() const { return ends_; }

 private:
  Callback& reserve_attempt(Number number);
  void schedule(Callback& callback, Instant due, std::uint64_t order);
  void wait(Callback& callback, CallbackState state, Instant due);
  void close(Callback& callback, CallbackState end, bool is_new);
  static std::uint64_t* counter_of(Totals& totals, CallbackState state);
  void count_end(CallbackState end, bool is_new);

  RecordStore<Callback> callbacks_;
  DueQueue queue_;
  std::size_t open_ = 0, delivering_ = 0;
  Totals totals_, ends_;
  Instant burst_end_ = Instant::min();  // of the latest burst
  std::uint64_t held_ = 0;              // so far
};

}  // namespace enrichment_mock::engine
