// What happened in a team, as values: enrichments, callbacks, credits, requests. Included by emulator.h.
//
// to_text() returns the word of an enum, the same as in the control API.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "enrichment_mock/options.h"

namespace enrichment_mock {

// "pending", "processing", "completed", "not-found", "failed". The last three are final.
enum class Status : unsigned char { pending, processing, completed, not_found, failed };

// How a lookup ends: "completed", "not-found", "failed".
enum class Outcome : unsigned char { completed, not_found, failed };

// "work", "personal"
enum class EmailType : unsigned char { work, personal };

// "scheduled", "delivering", "retrying", "delivered", "exhausted" (all attempts have failed), "dropped" (the scenario
// does not send it). The last three are final.
enum class CallbackState : unsigned char { scheduled, delivering, retrying, delivered, exhausted, dropped };

// "transition" (an enrichment has a new status), "callback" (an attempt has ended), "schedule" (an entry of the
// scenario's schedule begins or ends).
enum class FiredKind : unsigned char { transition, callback, schedule };

// "forever" (a lookup that never ends), "polls" (a lookup that ends after a number of polls), "pending" (a lookup that
// ends at its time), "delivering" (a callback).
enum class OpenReason : unsigned char { forever, polls, pending, delivering };

// "opening", "charge", "adjustment", "carried-forward" (the sum of movements that are no longer kept).
enum class MovementKind : unsigned char { opening, charge, adjustment, carried_forward };

// "running", "manual"
enum class ClockMode : unsigned char { running, manual };

std::string_view to_text(Status status);
std::string_view to_text(Outcome outcome);
std::string_view to_text(EmailType type);
std::string_view to_text(CallbackState state);
std::string_view to_text(FiredKind kind);
std::string_view to_text(OpenReason reason);
std::string_view to_text(MovementKind kind);
std::string_view to_text(ClockMode mode);

struct Clock {
  ClockMode mode = ClockMode::running;
  double scale = 1;  // how many seconds pass on a running clock in one second of real time
  Instant now{};
};

// Something that was due and has happened.
struct Fired {
  Instant at{};
  FiredKind kind = FiredKind::transition;
  std::string enrichment_id;          // 24 hex digits; empty for a moment of the schedule
  std::optional<Status> status = {};  // transition: the new status
  std::string callback_id = {};       // callback: whose attempt has ended
  // transition: the word of the status. callback: the attempt's result, such as "200" or "connection refused".
  // schedule: the entry, such as "schedule/0 begins".
  std::string detail = {};
};

// A lookup or callback that has not ended.
struct Open {
  std::string id;  // the enrichment's
  OpenReason why = OpenReason::pending;
};

// What a call has reached that moves the clock, or waits until everything has ended.
struct Settled {
  bool complete = true;  // false: the timeout ended the call
  Instant now{};
  std::vector<Fired> fired = {};  // in the order in which it happened
  // settle: lookups that do not end by themselves; after a timeout everything that has not ended.
  std::vector<Open> open = {};
};

struct HistoryEntry {
  Instant at{};
  Status status = Status::pending;
};

struct Enrichment {
  std::string id;
  Status status = Status::pending;
  std::string linkedin_url;
  EmailType type = EmailType::work;
  std::optional<std::string> external_id = {};
  std::optional<std::string> email = {};  // of a completed one
  std::string rule = {};                  // the name of the rule that accepted it; empty: none
  bool charged = false;
  std::vector<HistoryEntry> history = {};
  std::vector<std::string> callback_ids = {};
};

// What an attempt has sent or received. Secrets are masked.
struct AttemptMessage {
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};        // the first 64 KB of a request, the first 2 KB of a response
  bool body_truncated = false;  // the body was longer
};

struct Attempt {
  Instant at{}, ended{};  // when it was due, and when it had ended
  int status = 0;         // the response's; 0: there was none
  std::string error;      // why there was none; empty: there was one
  std::chrono::microseconds latency{0};
  // Empty: there was none, or it is no longer kept (Options::journal_size, Options::journal_bytes).
  std::optional<AttemptMessage> request = {}, response = {};
};

struct CallbackInfo {
  std::string id, enrichment_id, url;
  CallbackState state = CallbackState::scheduled;
  std::string body = {};            // that is sent
  std::optional<Instant> due = {};  // when the next attempt is due
  std::vector<Attempt> attempts = {};
};

struct Movement {
  Instant at{};
  MovementKind kind = MovementKind::opening;
  std::int64_t amount = 0;         // in credits; negative for a charge
  std::int64_t balance = 0;        // after the movement
  std::string enrichment_id = {};  // the charged one; empty for other kinds
};

// A request that the emulated API has answered, from the team's journal. Secrets are masked: API keys, and the values
// of headers and query parameters with names such as Authorization.
struct JournaledRequest {
  std::uint64_t number = 0;  // counts the requests of all teams, from 1
  Instant at{};              // when it was answered, on the team's clock
  std::string method = {}, path = {}, query = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};        // the first 64 KB
  bool body_truncated = false;  // the body was longer
  int status = 0;               // of the response
  std::string response_body = {};
  bool response_body_truncated = false;
  std::string enrichment_id = {};  // of the enrichment that was created or requested; empty: none
  std::string rule = {};           // the name of the rule that applied; empty: none
  std::size_t step = 0;            // the rule's step, from 0
  std::string fault = {};   // what happened to the response on the wire, such as "connection-reset"; empty: nothing
  std::string reason = {};  // why the response is not a success, in words; empty: it is one
  bool matched = true;      // false: the API has no such endpoint
};

// A request that the sink, the receiver of callbacks inside the mock, has received. Secrets are masked.
struct SinkRequest {
  std::uint64_t number = 0;  // counts the requests to all sinks, from 1
  Instant at{};              // in real time
  std::string method = {}, path = {}, query = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};  // the first 64 KB
  bool body_truncated = false;
  int status = 0;  // of the sink's answer
  std::string enrichment_id = {}, callback_id = {};
  std::size_t attempt = 0;  // of that callback, from 1
};

// How the sink answers: with these statuses, 200 to 599, one after the other; the last one repeats.
struct SinkScript {
  std::vector<int> statuses = {200};  // 1 to 100
  Duration delay{0};                  // real time before each answer
};

// A team, without its records.
struct TeamInfo {
  std::string id;        // for ?team= of the control API
  std::string name;      // from the scenario; empty: it has none
  std::string key;       // the API key that opened it, masked
  std::string scenario;  // the name of the one that it runs
  std::int64_t credits = 0;
  std::uint64_t requests = 0;                        // for an enrichment, since the last reset
  std::size_t enrichments = 0;                       // that are kept
  std::size_t open_lookups = 0, open_callbacks = 0;  // that have not ended
};

// How a wait ended.
enum class WaitEnd : unsigned char {
  reached,
  timed_out,
  unreachable  // what it waited for can no longer happen
};

struct Waited {
  WaitEnd end = WaitEnd::reached;
  std::vector<Open> open = {};  // what had not ended, if it was not reached

  bool reached() const { return end == WaitEnd::reached; }
};

// How often a rule of the scenario has applied.
struct RuleInfo {
  std::string name;
  std::uint64_t followed = 0;
  std::optional<std::uint64_t> left = {};  // of a rule that a test has put first: how often it still applies
};

}  // namespace enrichment_mock
