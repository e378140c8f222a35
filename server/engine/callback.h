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
#include <utility>
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

bool is_open(CallbackState state);  // another attempt is planned or under way

// The result of one attempt. A 2xx status is a success, anything else is a failure. Status 0: no response; `error` says
// why.
struct AttemptResult {
  int status = 0;
  std::string error;
  std::chrono::microseconds latency{0};  // real time

  friend bool operator==(const AttemptResult&, const AttemptResult&) = default;
};

struct Attempt {
  Instant at{};  // when it was due, team time
  AttemptResult result;
  Instant ended{};             // team time; the backoff until the next attempt counts from here
  std::uint32_t exchange = 0;  // the number by which the caller finds what was sent and received; 0: nothing was kept
};

// One notification of one enrichment.
struct Callback {
  Number number = 0;       // unique in its team
  Number enrichment = 0;   // the number of its enrichment
  std::uint32_t copy = 0;  // 0 for the first notification of the enrichment
  CallbackState state = CallbackState::scheduled;
  std::uint64_t creation = 0;
  Instant due = kNever;
  std::optional<Duration> burst = {};  // order "reversed": how long the first callback of a burst is held
  std::uint32_t manual_attempts = 0;   // how many attempts were started by redeliver()
  std::uint32_t interrupted = 0;       // how many other attempts were under way when the program ended
  // During a manual attempt: the state to which the callback returns if the attempt fails.
  struct Before {
    CallbackState state;
    Instant due;
  };
  std::optional<Before> before = {};
  std::vector<Attempt> attempts = {};

  // How many attempts were made automatically and not interrupted. max_attempts, backoff and fail_first count these.
  std::size_t automatic_attempts() const { return attempts.size() - manual_attempts - interrupted; }
};

// All attempts, except the one that is under way.
std::span<const Attempt> ended_attempts(const Callback& callback);

// "<enrichment id>-<copy, from 1>".
std::string callback_id(const EnrichmentId& enrichment, std::uint32_t copy);

// Headers of a request that its callbacks carry on (`forward` of the scenario): names and values, as they were sent.
using ForwardedHeaders = std::vector<std::pair<std::string, std::string>>;

// An attempt that the caller must make now. Its result is passed to Team::finish_attempt.
struct DueAttempt {
  Number callback = 0;     // the number of the callback
  std::uint32_t copy = 0;  // as in the callback
  std::size_t number = 0;  // of the attempt, counted from 1 for each callback
  std::string url;
  EnrichmentView notification;
  std::shared_ptr<const scenario::Callback> settings;
  std::shared_ptr<const ForwardedHeaders> forwarded = {};  // null: none
};

// A team's callbacks: when each attempt is due, how it ended, and whether another one follows.
class CallbackStore {
 public:
  // Numbers of callbacks by final state.
  struct Totals {
    std::uint64_t delivered = 0, exhausted = 0, dropped = 0;

    friend bool operator==(const Totals&, const Totals&) = default;
  };

  CallbackStore() = default;

  // Everything except the callbacks, which follow with restore().
  struct State {
    Totals totals = {}, cumulative_totals = {};
    Instant burst_end = Instant::min();  // of the latest burst

    friend bool operator==(const State&, const State&) = default;
  };
  explicit CallbackStore(const State& state) : state_(state) {}
  const State& state() const { return state_; }

  // Adds a saved callback. Its number is not below all().end_number(). Its attempt is planned by end_restore().
  void restore(Callback callback);
  void skip_to(Number number) { callbacks_.skip_to(number); }

  // The attempt under way ended when the program did, and nobody knows how. It counts as an attempt without an effect,
  // and is repeated at `now`.
  void interrupt(Number number, Instant now);

  // Plans the attempts of all saved callbacks. `held`: those that had been postponed to the end of their burst, in the
  // order in which that was done.
  void end_restore(const std::vector<Number>& held);

  // The attempts that are due by `now` become due one after the other from then on, in their order: with `step` between
  // two, or less so that the last one is due within `time`. Returns the callbacks.
  std::vector<Number> spread_overdue(Instant now, Duration step, Duration time);

  // Reserves memory, so that opening `more` callbacks cannot throw.
  void reserve_more(std::size_t more);

  // Opens one copy of an enrichment's callback. Its first attempt is due at `due`, unless the scenario drops it.
  // Returns the number of the callback.
  Number open(const Enrichment& enrichment, std::uint32_t copy, std::uint64_t creation, Instant due);

  // The next attempt that is due, if any.
  std::optional<Due> next();

  // Postpones that attempt to the end of its burst, if it belongs to one; returns whether it did. The first callback
  // that falls due begins a burst. At the end of the burst all its callbacks are sent, the last to fall due first.
  bool hold_next();

  // Begins an attempt, due at `at`, of a callback that is not delivering. The callback is delivering until finish() is
  // called. If this throws, nothing has changed.
  void begin(Number number, Instant at);

  // Begins a manual attempt. Any state except delivering is allowed. If the attempt succeeds, the callback is
  // delivered; else the callback continues as if the attempt had not been made.
  void begin_manual(Number number, Instant at);

  // Records the result of the attempt under way, which ended at `now`. A result for a callback that is not delivering
  // is ignored. Allocates nothing, so that no result is lost: begin() has reserved memory for the next attempt.
  void finish(Number number, const scenario::Callback& settings, AttemptResult result, Instant now,
              std::uint32_t exchange = 0);

  // Removes a callback that is not open.
  void forget(Number number) { callbacks_.erase(number); }

  const Callback& at(Number number) const { return callbacks_[number]; }
  const RecordStore<Callback>& all() const { return callbacks_; }
  std::size_t open_count() const { return open_; }
  std::size_t delivering_count() const { return delivering_; }
  const Totals& totals() const { return state_.totals; }
  // How often each final state was reached. A callback that was exhausted and is then delivered by a manual attempt
  // counts for both.
  const Totals& cumulative_totals() const { return state_.cumulative_totals; }

 private:
  Callback& reserve_attempt(Number number);
  void schedule(Callback& callback, Instant due, std::uint64_t order);
  void wait(Callback& callback, CallbackState state, Instant due);
  void close(Callback& callback, CallbackState end, bool is_new);
  static std::uint64_t* counter_of(Totals& totals, CallbackState state);
  void count_end(CallbackState end, bool is_new);

  RecordStore<Callback> callbacks_;
  DueQueue queue_;
  State state_;
  std::size_t open_ = 0, delivering_ = 0;
  std::uint64_t held_ = 0;  // number of postponed attempts
};

}  // namespace enrichment_mock::engine
