// What a scenario file says, as typed values: no JSON, no file and no default left to fill in.
// A Scenario is immutable once loaded and is shared by all teams that run it.
// scenarios/README.md describes the file format; `loader.h` turns a file into this.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "scenario/time_text.h"

namespace enrichment_mock::scenario {

// The two kinds of email that the API looks for (documented).
enum class EmailType { work, personal };

// How a lookup ends (documented statuses).
enum class Outcome { completed, not_found, failed };

// How long a status lasts: a span of team time, a number of polls that show it, or for ever.
struct Polls {
  int count = 1;
};
struct Forever {};
using Lasting = std::variant<Duration, Polls, Forever>;

// Chances of each outcome; they need not add up to 100, but one is above zero.
struct OutcomeWeights {
  unsigned completed = 0, not_found = 0, failed = 0;
};
using OutcomeChoice = std::variant<Outcome, OutcomeWeights>;

// How a lookup goes.
struct Lookup {
  Lasting pending = Duration(100'000);
  Lasting processing = Duration(400'000);
  Duration jitter{0};  // each timed status lasts up to so much longer, drawn
  OutcomeChoice outcome = Outcome::completed;
  std::string email = "{username}@example.com";  // {username}, {first}, {last}, {type}
};

// What a rule's step says of it; the rest is inherited.
struct LookupChanges {
  std::optional<Lasting> pending, processing;
  std::optional<Duration> jitter;
  std::optional<OutcomeChoice> outcome;
  std::optional<std::string> email;
};

// How the callbacks of an enrichment are delivered.
struct Callback {
  int max_attempts = 3;                                                        // our decision, see the README
  std::vector<Duration> backoff = {Duration(1'000'000), Duration(2'000'000)};  // after the n-th; the last repeats
  Duration timeout{10'000'000};                                                // real time, for a whole attempt
  bool on_failed = false;                                                      // also call back when the lookup failed
  Duration delay{0};                                                           // from resolution to the first attempt
  int copies = 1;                                                 // notifications in all, each with its own attempts
  bool drop = false;                                              // never sent
  int fail_first = 0;                                             // attempts recorded as failed without being sent
  std::vector<std::pair<std::string, std::string>> headers = {};  // added to each attempt
};

// The content of a scripted or replaced answer.
struct Body {
  std::string content_type;
  std::string text;
};

// A scripted answer. With a status it is sent in place of the API's and nothing else takes effect; without one it
// disturbs the answer to a request that did take effect.
struct Reply {
  std::optional<int> status;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<Body> body;  // with a status only; absent: the catalogue's body for that status
  Duration delay{0};         // real time
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

struct Rule {
  std::string name;  // as given, else "rules/<index>"
  Match match;
  std::vector<Step> steps;  // at least one; the last repeats
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

struct Scenario {
  std::string name;
  std::string description;
  std::optional<std::uint64_t> seed;  // absent: every start draws its own
  ClockSettings clock;
  std::int64_t credits = 250;  // opening balance of a team
  std::vector<TeamSettings> teams;
  bool rejects_unknown_keys = false;
  Lookup lookup;
  std::shared_ptr<const Callback> callback = std::make_shared<const Callback>();
  std::map<std::string, Profile, std::less<>> profiles;  // by username in lower case
  std::map<int, Body> errors;                            // replaces the body of answers with that status
  std::vector<Rule> rules;
};

}  // namespace enrichment_mock::scenario
