// A callback: one notification of a resolved enrichment, and the attempts to deliver it.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/enrichment.h"

namespace enrichment_mock::engine {

enum class CallbackState : unsigned char { scheduled, delivering, retrying, delivered, exhausted, dropped };

std::string_view to_text(CallbackState state);
bool is_open(CallbackState state);  // something is still to come

// How one attempt went. A 2xx status is success; everything else is not. Status 0: no answer, `error` says why.
struct AttemptResult {
  int status = 0;
  std::string error;
  std::chrono::microseconds latency{0};  // real time
};

struct Attempt {
  Instant at{};  // when it was due, team time
  AttemptResult result;
  Instant ended{};  // team time; the next one follows so much later as the backoff says
};

struct Callback {
  Number number = 0;       // of its team
  Number enrichment = 0;   // its number
  std::uint32_t copy = 0;  // 0 for the first notification of the enrichment
  CallbackState state = CallbackState::scheduled;
  std::uint64_t creation = 0;
  Instant due = kNever;
  std::optional<Duration> burst = {};  // reversed: for so long the first of a burst is held
  std::uint32_t by_hand = 0;           // of the attempts, those that were asked for by hand
  // While one of these is under way: what the callback goes back to if it fails.
  struct Before {
    CallbackState state;
    Instant due;
  };
  std::optional<Before> before = {};
  std::vector<Attempt> attempts = {};

  // How many attempts it has made by itself; max_attempts, backoff and fail_first go by these.
  std::size_t own_attempts() const { return attempts.size() - by_hand; }
};

// Without the one that is under way.
std::span<const Attempt> ended_attempts(const Callback& callback);

// "<enrichment id>-<copy, from 1>".
std::string callback_id(const EnrichmentId& enrichment, std::uint32_t copy);

// An attempt to be made now: what to tell whom. Its result goes back to Team::finish_attempt.
struct DueAttempt {
  Number callback = 0;  // its number
  std::string url;
  EnrichmentView notification;
  std::shared_ptr<const scenario::Callback> settings;
};

}  // namespace enrichment_mock::engine
