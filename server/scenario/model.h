// The parts of a scenario as typed values, with all defaults filled in. scenarios/README.md describes the file format.
// `loader.h` loads a file into a Scenario (`scenario.h`), which consists of these parts.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time_text.h"
#include "base/words.h"
#include "scenario/latency.h"

namespace enrichment_mock::scenario {

using base::Instant;

// The two kinds of email that the API looks for (documented).
enum class EmailType : unsigned char { work, personal };

// The calls of the emulated API, one for each endpoint. Rules and schedule entries select them with "on".
enum class CallKind : unsigned char { request, poll, credits };

// How a lookup ends (documented statuses).
enum class Outcome : unsigned char { completed, not_found, failed };

// How long a status lasts: a duration in team time, a number of polls that show it, or forever.
struct Polls {
  int count = 1;
};
struct Forever {};
using StatusDuration = std::variant<Duration, Polls, Forever>;
// The same before it is drawn.
using StatusDurationChoice = std::variant<Duration, Polls, Forever, Latency>;

// The relative probability of each outcome. At least one is above zero; they need not add up to 100.
struct OutcomeWeights {
  unsigned completed = 0, not_found = 0, failed = 0;
};
using OutcomeChoice = std::variant<Outcome, OutcomeWeights>;

// How a lookup goes.
struct Lookup {
  StatusDurationChoice pending = Duration(100'000);
  StatusDurationChoice processing = Duration(400'000);
  // A random addition to each timed status: up to the duration, or drawn like the durations that vary.
  DurationChoice jitter = {};
  OutcomeChoice outcome = Outcome::completed;
  std::string email = "{username}@example.com";  // {username}, {first}, {last}, {type}
};

// The values of a Lookup that a step overrides.
struct LookupChanges {
  std::optional<StatusDurationChoice> pending, processing;
  std::optional<DurationChoice> jitter;
  std::optional<OutcomeChoice> outcome;
  std::optional<std::string> email;
};

// The order in which callbacks are sent: as they fall due, or the last of a burst first.
enum class Order : unsigned char { due, reversed };

// How the callbacks of an enrichment are delivered.
struct Callback {
  int max_attempts = 3;                                                        // our decision, see server/api/README.md
  std::vector<Duration> backoff = {Duration(1'000'000), Duration(2'000'000)};  // after the n-th; the last repeats
  std::optional<Duration> timeout = {};  // real time, for a whole attempt; empty: the server's setting
  bool on_failed = false;                // also call back when the lookup failed
  DurationChoice delay = {};             // from resolution to the first attempt; drawn for each copy
  int copies = 1;                        // number of notifications, each with its own attempts
  bool drop = false;                     // never sent
  int fail_first = 0;                    // number of attempts that fail without being sent
  std::vector<std::pair<std::string, std::string>> headers = {};  // added to each attempt
  std::vector<std::string> forward = {};                          // headers of the request that each attempt carries on
  bool before_response = false;              // resolve the lookup and make one attempt before answering the request
  Order order = Order::due;                  // of the first attempts
  Duration burst{100'000};                   // "reversed": how long the first callback of a burst waits for others
  std::string merge_patch = {};              // JSON object that is applied to the body (RFC 7396); empty: none
  std::optional<std::string> raw_body = {};  // replaces the body
};

// The body of a scripted response.
struct Body {
  std::string content_type;
  std::string text;
};

// Whether a response with that status has no body (RFC 9110).
constexpr bool has_no_body(int status) { return status == 204 || status == 205 || status == 304; }

// How a response is damaged or slowed down on its way to the client.
enum class Fault : unsigned char {
  none,
  connection_reset,    // nothing is sent, the connection is reset
  empty_response,      // nothing is sent, the connection is closed
  truncated_body,      // half of the body, then the connection is closed
  malformed_json,      // a complete response with a body that is not JSON
  stalled_body,        // half of the body, then nothing
  wrong_content_type,  // the body as text/html
  dribble,             // the whole response, byte by byte over a time
};

// Whether the client does not receive the response as it is.
constexpr bool damages_response(Fault fault) { return fault != Fault::none && fault != Fault::dribble; }

// A scripted response. With a status it replaces the API's response, and the call has no other effect. Without a status
// the call takes effect, and its response is delayed or damaged.
struct Reply {
  std::optional<int> status = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::optional<Body> body = {};  // only with a status; empty: the default body of that status
  DurationChoice delay = {};      // real time
  Fault fault = Fault::none;
  Duration over{0};  // real time; only for Fault::dribble
};

// Which requests a rule applies to. All parts that are present must match. Patterns may contain `*` and `?`.
struct Match {
  std::optional<std::string> username = {};  // pattern, lower case
  std::optional<EmailType> type = {};
  std::optional<std::string> external_id = {};  // pattern; a request without external_id does not match
  std::optional<bool> has_callback = {};
  std::optional<std::string> team = {};  // a team's name
};

// What a rule does to one matching call.
struct Step {
  LookupChanges lookup;
  std::shared_ptr<const Callback> callback;  // the settings of the file, with the changes of the step
  std::shared_ptr<const Reply> response;     // may be null
};

// Which calls a rule counts to find the next step: all calls of the team, or the calls of each profile separately.
enum class CountBy : unsigned char { team, profile };

// What happens after the last step: the last step is repeated, the steps start again, or the next rule applies.
enum class AfterLast : unsigned char { repeat, cycle, next_rule };

struct Rule {
  std::string name;  // from the file, else "rules/<index>"
  CallKind on = CallKind::request;
  Match match = {};
  CountBy count = CountBy::team;
  std::vector<Step> steps = {};  // at least one
  AfterLast after_last = AfterLast::repeat;
};

// A known person. The outer value is present if the file has an entry for the type. The inner value is empty if the
// lookup finds no email.
struct Profile {
  std::optional<std::optional<std::string>> work, personal;
};

// A team in the file, with its API keys.
struct TeamSettings {
  std::string name;
  std::vector<std::string> api_keys;
  std::optional<std::int64_t> credits;
};

struct ClockSettings {
  bool manual = false;
  double scale = 1;            // team seconds per real second; running only
  std::optional<Instant> now;  // where the clock starts; empty: at the present time
};

// The number of requests in each window of team time; further requests get 429. A window begins with the first request
// after the end of the previous window.
struct RateLimit {
  std::uint32_t requests = 1;
  Duration per{1'000'000};
};

// An entry of the schedule: a window in which calls get `response`, or credits that are added. Its times count from the
// opening or the last reset of the team, in team time.
struct ScheduleEntry {
  Duration at{0};
  std::optional<Duration> until = {};          // window only; empty: forever
  std::optional<CallKind> on = {};             // window only; empty: all calls
  std::shared_ptr<const Reply> response = {};  // window only; null: credits are added
  std::int64_t add_credits = 0;
};

// An expected number: exact (both bounds are equal), or with a lower or upper bound. At least one bound is present.
struct Bounds {
  std::optional<std::uint64_t> at_least = {}, at_most = {};

  static Bounds exactly(std::uint64_t number) { return {number, number}; }
  bool contains(std::uint64_t number) const {
    return number >= at_least.value_or(number) && number <= at_most.value_or(number);
  }
  bool operator==(const Bounds&) const = default;
};

// The rules of advice: what a client can do wrong. server/control/advice.md describes them.
enum class AdviceRule : unsigned char {
  retry_after_ignored,
  no_backoff,
  client_error_retried,
  server_error_not_retried,
  polled_after_final,
  result_lost,
  duplicate_lookup,
  callback_refused,
  duplicate_callback_not_idempotent,
  credits_unchecked,
};

// What is expected after a test with this scenario. Values that are absent are not checked. See engine/verify.h.
struct Expectation {
  std::optional<Bounds> requests = {};  // requests for an enrichment
  std::map<int, Bounds> rejected = {};  // rejected requests, by status
  std::optional<Bounds> completed = {}, not_found = {}, failed = {};
  std::optional<Bounds> delivered = {}, exhausted = {}, dropped = {};  // callbacks
  std::optional<Bounds> credits = {};                                  // the balance
  std::optional<Bounds> unmatched = {};                                // calls that match no endpoint
};

// The words of the file format.

inline constexpr auto kEmailTypeWords =
    base::words<EmailType>({{EmailType::work, "work"}, {EmailType::personal, "personal"}});
inline constexpr auto kCallKindWords =
    base::words<CallKind>({{CallKind::request, "request"}, {CallKind::poll, "poll"}, {CallKind::credits, "credits"}});
inline constexpr auto kOutcomeWords = base::words<Outcome>(
    {{Outcome::completed, "completed"}, {Outcome::not_found, "not-found"}, {Outcome::failed, "failed"}});
inline constexpr auto kOrderWords = base::words<Order>({{Order::due, "due"}, {Order::reversed, "reversed"}});
inline constexpr auto kFaultWords = base::words<Fault>({{Fault::connection_reset, "connection-reset"},
                                                        {Fault::empty_response, "empty-response"},
                                                        {Fault::truncated_body, "truncated-body"},
                                                        {Fault::malformed_json, "malformed-json"},
                                                        {Fault::stalled_body, "stalled-body"},
                                                        {Fault::wrong_content_type, "wrong-content-type"},
                                                        {Fault::dribble, "dribble"}});
inline constexpr auto kCountByWords = base::words<CountBy>({{CountBy::team, "team"}, {CountBy::profile, "profile"}});
inline constexpr auto kAfterLastWords = base::words<AfterLast>(
    {{AfterLast::repeat, "repeat"}, {AfterLast::cycle, "cycle"}, {AfterLast::next_rule, "next-rule"}});
inline constexpr auto kAdviceRuleWords =
    base::words<AdviceRule>({{AdviceRule::retry_after_ignored, "retry-after-ignored"},
                             {AdviceRule::no_backoff, "no-backoff"},
                             {AdviceRule::client_error_retried, "client-error-retried"},
                             {AdviceRule::server_error_not_retried, "server-error-not-retried"},
                             {AdviceRule::polled_after_final, "polled-after-final"},
                             {AdviceRule::result_lost, "result-lost"},
                             {AdviceRule::duplicate_lookup, "duplicate-lookup"},
                             {AdviceRule::callback_refused, "callback-refused"},
                             {AdviceRule::duplicate_callback_not_idempotent, "duplicate-callback-not-idempotent"},
                             {AdviceRule::credits_unchecked, "credits-unchecked"}});
inline constexpr auto kClockModeWords =
    base::words<bool>({{false, "running"}, {true, "manual"}});  // whether it is manual
inline constexpr auto kUnknownKeysWords = base::words<bool>({{false, "accept"}, {true, "reject"}});  // whether rejected

constexpr std::string_view to_text(EmailType type) { return kEmailTypeWords.text(type); }
constexpr std::string_view to_text(CallKind call) { return kCallKindWords.text(call); }
constexpr std::string_view to_text(Fault fault) { return kFaultWords.text(fault); }  // empty: none
constexpr std::string_view to_text(CountBy by) { return kCountByWords.text(by); }
constexpr std::string_view to_text(AdviceRule rule) { return kAdviceRuleWords.text(rule); }
constexpr std::string_view to_text(AfterLast after_last) { return kAfterLastWords.text(after_last); }

}  // namespace enrichment_mock::scenario
