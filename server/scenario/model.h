// What the parts of a scenario file say, as typed values: no JSON, no file and no default left to fill in.
// scenarios/README.md describes the file format; `loader.h` turns a file into a Scenario (`scenario.h`) of these.
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

namespace enrichment_mock::scenario {

using base::Duration;
using base::Instant;

// The two kinds of email that the API looks for (documented).
enum class EmailType { work, personal };

// The calls of the emulated API, one an endpoint: what rules and entries of the schedule are "on".
enum class CallKind : unsigned char { request, poll, credits };

// How a lookup ends (documented statuses).
enum class Outcome { completed, not_found, failed };

// How long a status lasts: a span of team time, a number of polls that show it, or for ever.
struct Polls {
  int count = 1;
};
struct Forever {};
using StatusDuration = std::variant<Duration, Polls, Forever>;

// Chances of each outcome; they need not add up to 100, but one is above zero.
struct OutcomeWeights {
  unsigned completed = 0, not_found = 0, failed = 0;
};
using OutcomeChoice = std::variant<Outcome, OutcomeWeights>;

// How a lookup goes.
struct Lookup {
  StatusDuration pending = Duration(100'000);
  StatusDuration processing = Duration(400'000);
  Duration jitter{0};  // each timed status lasts up to so much longer, drawn
  OutcomeChoice outcome = Outcome::completed;
  std::string email = "{username}@example.com";  // {username}, {first}, {last}, {type}
};

// What a rule's step says of it; the rest is inherited.
struct LookupChanges {
  std::optional<StatusDuration> pending, processing;
  std::optional<Duration> jitter;
  std::optional<OutcomeChoice> outcome;
  std::optional<std::string> email;
};

// In which order callbacks leave: as they fall due, or the last of a burst first.
enum class Order : unsigned char { due, reversed };

// How the callbacks of an enrichment are delivered.
struct Callback {
  int max_attempts = 3;                                                        // our decision, see server/api/README.md
  std::vector<Duration> backoff = {Duration(1'000'000), Duration(2'000'000)};  // after the n-th; the last repeats
  std::optional<Duration> timeout = {};  // real time, for a whole attempt; absent: as the server says
  bool on_failed = false;                // also call back when the lookup failed
  Duration delay{0};                     // from resolution to the first attempt
  int copies = 1;                        // notifications in all, each with its own attempts
  bool drop = false;                     // never sent
  int fail_first = 0;                    // attempts recorded as failed without being sent
  std::vector<std::pair<std::string, std::string>> headers = {};  // added to each attempt
  bool before_response = false;  // the lookup resolves and one attempt is made before the request is answered
  Order order = Order::due;      // of first attempts
  Duration burst{100'000};       // reversed: how long the first of a burst waits for others to fall due
  std::string merge_patch = {};  // JSON object, applied to the body (RFC 7396); empty: none
  std::optional<std::string> raw_body = {};  // sent in place of the body
};

// The content of a scripted or replaced answer.
struct Body {
  std::string content_type;
  std::string text;
};

// Whether an answer of that status never has a body (RFC 9110).
constexpr bool has_no_body(int status) { return status == 204 || status == 205 || status == 304; }

// What becomes of an answer on its way to the client.
enum class Fault : unsigned char {
  none,
  connection_reset,    // nothing is sent, a TCP reset
  empty_response,      // nothing is sent, the connection is closed
  truncated_body,      // half of the body, then the connection is closed
  malformed_json,      // a whole answer whose body is no JSON
  stalled_body,        // half of the body, then nothing more for as long as the client waits
  wrong_content_type,  // the body as text/html
};

// A scripted answer. With a status it is sent in place of the API's and nothing else takes effect; without one it
// disturbs the answer to a request that did take effect.
struct Reply {
  std::optional<int> status = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::optional<Body> body = {};  // with a status only; absent: the catalogue's body for that status
  Duration delay{0};              // real time
  Fault fault = Fault::none;
};

// Which requests a rule is for; every part given must fit. Patterns know `*` and `?`.
struct Match {
  std::optional<std::string> username = {};  // pattern, lower case
  std::optional<EmailType> type = {};
  std::optional<std::string> external_id = {};  // pattern; a request without external_id does not fit
  std::optional<bool> has_callback = {};
  std::optional<std::string> team = {};  // a team's name
};

// What happens to one matching request.
struct Step {
  LookupChanges lookup;
  std::shared_ptr<const Callback> callback;  // complete: the step's settings over the file's
  std::shared_ptr<const Reply> response;     // may be null
};

// Whose requests move a rule from step to step: all of the team's, or each profile's for itself.
enum class CountBy : unsigned char { team, profile };

// What a rule does once its steps are used up: stays at the last, begins again, or steps aside for those behind it.
enum class AfterLast : unsigned char { repeat, cycle, next_rule };

struct Rule {
  std::string name;  // as given, else "rules/<index>"
  CallKind on = CallKind::request;
  Match match = {};
  CountBy count = CountBy::team;
  std::vector<Step> steps = {};  // at least one
  AfterLast after_last = AfterLast::repeat;
};

// A known person: the email per type. An engaged, empty inner value means "none to be found".
struct Profile {
  std::optional<std::optional<std::string>> work, personal;
};

// A team that the file names, with the keys that open it.
struct TeamSettings {
  std::string name;
  std::vector<std::string> api_keys;
  std::optional<std::int64_t> credits;
};

struct ClockSettings {
  bool manual = false;
  double scale = 1;            // team seconds per real second; running only
  std::optional<Instant> now;  // where the clock starts; absent: the present
};

// So many requests in each window of team time, the rest are answered 429. A window begins with the first request that
// comes after the one before has ended.
struct RateLimit {
  std::uint32_t requests = 1;
  Duration per{1'000'000};
};

// Something that happens at a time of the team's, counted from its opening or last reset: a window in which calls are
// answered as `response` says, or credits that are added.
struct ScheduleEntry {
  Duration at{0};
  std::optional<Duration> until = {};          // of a window; absent: for ever
  std::optional<CallKind> on = {};             // of a window; absent: every call
  std::shared_ptr<const Reply> response = {};  // null: credits are added
  std::int64_t add_credits = 0;
};

// A number that is expected: a very one (both bounds), at least or at most so many. One of the two is there.
struct Bounds {
  std::optional<std::uint64_t> at_least = {}, at_most = {};

  static Bounds exactly(std::uint64_t number) { return {number, number}; }
  bool contains(std::uint64_t number) const {
    return number >= at_least.value_or(number) && number <= at_most.value_or(number);
  }
  bool operator==(const Bounds&) const = default;
};

// What a test of this scenario should have led to; what is absent may be anything. Checked by engine/verify.h.
struct Expectation {
  std::optional<Bounds> requests = {};  // for an enrichment
  std::map<int, Bounds> rejected = {};  // of these, answered with that error status
  std::optional<Bounds> completed = {}, not_found = {}, failed = {};
  std::optional<Bounds> delivered = {}, exhausted = {}, dropped = {};  // callbacks
  std::optional<Bounds> credits = {};                                  // the balance
  std::optional<Bounds> unmatched = {};                                // calls that no endpoint of the API answers
};

// The format's words for what the model has as values.

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
                                                        {Fault::wrong_content_type, "wrong-content-type"}});
inline constexpr auto kCountByWords = base::words<CountBy>({{CountBy::team, "team"}, {CountBy::profile, "profile"}});
inline constexpr auto kAfterLastWords = base::words<AfterLast>(
    {{AfterLast::repeat, "repeat"}, {AfterLast::cycle, "cycle"}, {AfterLast::next_rule, "next-rule"}});
inline constexpr auto kClockModeWords =
    base::words<bool>({{false, "running"}, {true, "manual"}});  // whether it is manual
inline constexpr auto kUnknownKeysWords = base::words<bool>({{false, "accept"}, {true, "reject"}});  // whether rejected

constexpr std::string_view to_text(EmailType type) { return kEmailTypeWords.text(type); }
constexpr std::string_view to_text(CallKind call) { return kCallKindWords.text(call); }
constexpr std::string_view to_text(Fault fault) { return kFaultWords.text(fault); }  // empty: none
constexpr std::string_view to_text(CountBy by) { return kCountByWords.text(by); }
constexpr std::string_view to_text(AfterLast after_last) { return kAfterLastWords.text(after_last); }

}  // namespace enrichment_mock::scenario
